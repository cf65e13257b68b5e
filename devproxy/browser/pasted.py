"""What somebody has copied out of a browser's console: which reason it is, and the values in it.

Chromium, Firefox and Safari of the last ten years; whole, cut, wrapped, without its quotes (a shell takes them), or with what
DevTools and a framework put around it. Every pattern takes time that only grows with the length of the text, and that has
an end. This module must not know what is done about a reason.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

Browser = Literal["Chromium", "Firefox", "Safari", ""]

#: characters that are looked at; nobody's red line is longer
LONGEST = 64 * 1024

_CUT = (
    "That line is cut: the reason is missing. Chromium prints it behind 'CORS policy:', Firefox behind '(Reason:', Safari in a "
    "line of its own above."
)
_SAYS_NOTHING = (
    "That line says only that something failed, which is all that script is told. Copy the red line above it in the console: "
    "it names the reason."
)
_AN_ANSWER = (
    "That is an ordinary answer with an error status, and nothing was blocked. Where the page cannot read it all the same, the "
    "console has another red line above."
)
_SAFARI_SAYS = "Safari names the check in the line above this one; copy that too."
_SEVERAL = "That line is cut, and what is left of it fits several reasons. Copy all of it from the console."
_PANEL = (
    "That is what the network panel says of every block. Copy the red line from the console: it names the reason. So does "
    "the panel where the mouse rests on the status."
)
_BAD_URI = (
    "Firefox says that of whatever it refuses. Copy the line of the console that begins with 'Cross-Origin Request Blocked': "
    "it names the reason."
)
_NO_ERROR = (
    "That is a setting of the page's or a note, and blocks nothing. Copy the red line from the console."
)
# Of a line whose reason is known, what else to copy: without the address there is no command.
_ADDRESS_IN_FRONT = "The first half of that line is missing; copy it too: it names the URL."
_ADDRESS_BELOW = "Copy the next line too: it names the URL."


@dataclass(frozen=True, slots=True)
class Pasted:
    """What a console said.

    `codes` are the reasons that print it, the likeliest first; none where the text says too little, and then `fits` are
    those that it may be of. `hint` says what else to copy. `url` is what was called and `origin` the page's, `hop` where a
    redirect has led to whose answer is at fault, `value` a field's value, `name` that of a method or a header; each is empty
    where the text has none, and `status` is 0. All of it is foreign text, and may hold secrets.
    """

    codes: tuple[str, ...] = ()
    browser: Browser = ""
    url: str = ""
    origin: str = ""
    value: str = ""
    name: str = ""
    status: int = 0
    hint: str = ""
    hop: str = ""
    fits: tuple[str, ...] = ()


def recognise(text: str) -> Pasted | None:
    """What a console said, or None where it is nothing that a console prints about a blocked read."""
    plain = _plain(text)
    for rule in _RULES:
        if said := rule.pattern.search(plain):
            return _refined(_read(plain, said, rule), plain)
    return None


def _plain(text: str) -> str:
    """One line with plain quotes, and a word that was wrapped at its hyphen whole again."""
    text = _WRAPPED.sub("-", text[:LONGEST].translate(_QUOTES))
    return " ".join(text.split())


# Kinds of quotes are all one here: they get lost, doubled and replaced on the way. Characters that nobody sees go.
_QUOTES = str.maketrans(
    {
        **dict.fromkeys((*range(0x2018, 0x2020), ord("`"), ord('"'), 0xB4), "'"),
        **dict.fromkeys((0x200B, 0x200E, 0x200F, 0xFEFF)),
    }
)
_WRAPPED = re.compile(r"-[ \t]*\r?\n[ \t]*")


class _Rule(NamedTuple):
    browser: Browser
    codes: tuple[str, ...]
    pattern: re.Pattern[str]
    hint: str = ""
    is_open: bool = False


# A code that begins with a dot is one of either stage; this stands in front where it is the preflight's, and one of those
# where it is not.
_STAGE = r"(?P<preflight>pass access control check: ?)?"
_BEGINNING = re.compile(
    r"cors policy|cannot load|failed to load|cross-origin resource sharing policy", re.IGNORECASE
)
_ACAO = "'?access-control-allow-origin'?"
_ACAC = "'?access-control-allow-credentials'?"
_VALUE = "'?(?P<value>[^']{0,500}?)'?"
_NAME = r"'?(?P<name>[^\s']{1,200})'?"
_STATUS = r"(?P<status>[1-5]\d\d)"


def _rules(browser: Browser, rows: Iterable[tuple[str, str]]) -> Iterator[_Rule]:
    """One rule a row: codes with blanks between them, and a pattern."""
    for codes, pattern in rows:
        yield _Rule(browser, tuple(codes.split()), re.compile(pattern, re.IGNORECASE))


def _open(browser: Browser, rows: Iterable[tuple[str, str]]) -> Iterator[_Rule]:
    """Rules for halves of lines that fit several reasons."""
    for rule in _rules(browser, rows):
        yield rule._replace(hint=_SEVERAL, is_open=True)


def _says_little(browser: Browser, hint: str, pattern: str) -> _Rule:
    """A rule for what names no reason at all."""
    return _Rule(browser, (), re.compile(pattern, re.IGNORECASE), hint)


# The first that fits counts, so what says more stands above what says less.
_RULES: tuple[_Rule, ...] = (
    *_rules(
        "Chromium",
        (
            ("legacy.private-network", r"access-control-allow-private-network|private-network-access-(?:id|name)"),
            ("legacy.private-network", r"request had no target ip address space"),
            ("legacy.allow-external", r"access-control-allow-external"),
            ("lna.insecure-page", r"more-private address space(?: '?(?P<value>\w+))?|client is not a secure context and"),
            ("lna.space-mismatch", r"had a target ip address space of '?(?P<value>\w+)"),
            ("lna.permission", r"permission was denied for this request to access the '?(?P<value>\w+)"),
            ("lna.permission", r"err_blocked_by_(?:local|private)_network_access_checks"),
            ("preflight.redirect", r"redirect is not allowed for a preflight|response for preflight is invalid \(redirect"),
            ("preflight.redirect", r"cross-origin requests that require preflight|request requires preflight, which is"),
            ("preflight.status", r"it does not have http ok|http ok status"),
            ("preflight.status", rf"response for preflight (?:has|does not have) [a-z ]{{0,20}}http [a-z ]{{2,20}}{_STATUS}?"),
            ("preflight.methods-unparsable", r"cannot parse access-control-allow-methods"),
            ("preflight.headers-unparsable", r"cannot parse access-control-allow-headers"),
            ("preflight.authorization-star", r"authorization will not be covered by the wildcard"),
            ("preflight.header", rf"header field {_NAME} is not allowed by '?access-control-allow-headers'? in preflight"),
            ("preflight.method", rf"method {_NAME} is not allowed by '?access-control-allow-methods'? in preflight"),
            (".star-with-credentials", rf"{_STAGE}the value of the {_ACAO} header in"),
            (".star-with-credentials", rf"{_STAGE}a wildcard '?.?'? cannot be used in the {_ACAO}"),
            (".acac", rf"{_STAGE}the value of the {_ACAC} header in the response is {_VALUE} ?which must be"),
            (".acac", rf"{_STAGE}credentials flag is '?true'?, but the {_ACAC} header is {_VALUE}\."),
            (".acao-multiple", rf"{_STAGE}the {_ACAO} header contains multiple val(?:ues {_VALUE}, but only one)?"),
            (".acao-invalid", rf"{_STAGE}the {_ACAO} header contains the invalid value {_VALUE}(?:\.? (?:have|origin)|\.?$)"),
            (".acao-invalid", rf"{_STAGE}the {_ACAO} header contains the invalid"),
            (".acao-mismatch", rf"{_STAGE}the {_ACAO} header has a value(?: {_VALUE} that is not equal to the supplied)?"),
            (".acao-missing", rf"{_STAGE}\bno {_ACAO}(?: header|\W*$)"),
            ("redirect.userinfo", r"contains a username and password|containing userinfo, which is disallowed"),
            ("scheme.not-http", r"url scheme '?(?P<value>[\w.+-]{1,60})'? is not supported|url scheme must be '?http"),
            ("scheme.not-http", r"cross origin requests are only supported for|not allowed to load local resource"),
            ("scheme.not-http", r"has a disallowed scheme for cross-origin|'?file:'? urls are treated as unique"),
            ("mode.same-origin", r"request mode is '?same-origin"),
            ("mode.no-cors-redirect", r"request mode is '?no-cors'? but the redirect mode is not"),
            ("preflight.net-failed", r"blocked by cors policy: the response is invalid|\. invalid response\. origin"),
        ),
    ),
    *_rules(
        "Firefox",
        (
            ("lna.permission", r"local network access (?:permission required|detected)"),
            ("preflight.redirect", r"cors request external redirect not allowed"),
            ("preflight.status", r"cors preflight (?:response|channel) (?:did not succeed|failed)"),
            ("preflight.methods-unparsable", rf"invalid token {_VALUE} in cors header '?access-control-allow-methods"),
            ("preflight.headers-unparsable", rf"invalid token {_VALUE} in cors header '?access-control-allow-headers"),
            ("preflight.authorization-star", r"the '?authorization'? header is not covered"),
            ("preflight.header", rf"header {_NAME} is not allowed according to header"),
            ("preflight.header", rf"missing token {_NAME} in cors header '?access-control-allow-headers"),
            ("preflight.method", r"did not find method in cors header"),
            (
                "actual.star-with-credentials preflight.star-with-credentials",
                r"credential is not supported if the cors header",
            ),
            ("actual.acac preflight.acac", rf"expected '?true'? in cors header {_ACAC}"),
            ("actual.acao-multiple preflight.acao-multiple", rf"multiple cors header {_ACAO} not allowed"),
            ("actual.acao-mismatch preflight.acao-mismatch", rf"{_ACAO} does not match '?(?P<value>\(null\)|[^')]{{0,500}})"),
            ("actual.acao-missing preflight.acao-missing", rf"{_ACAO} missing"),
            ("actual.acao-missing preflight.acao-missing", r"moving the resource to the same domain or enabling cors"),
            # German, Chinese, French and Spanish, which many paste
            ("preflight.status", r"cors-preflight-(?:kanal|antwort) war nicht erfolgreich|cors 预检(?:通道|响应)未"),
            (
                "actual.acao-missing preflight.acao-missing",
                (rf"cors-kopfzeile {_ACAO} fehlt|cors 头缺少 {_ACAO}|en-tête cors « access-control-allow-origin » est manquant"
                rf"|falta la cabecera cors {_ACAO}"),
            ),
            ("actual.acao-mismatch preflight.acao-mismatch", rf"{_ACAO} stimmt nicht mit {_VALUE} überein"),
            (
                "net.failed preflight.net-failed redirect.userinfo",
                r"cors-an\w{2,10} schlug fehl|cors 请求未能成功|échec de la requête cors|solicitud cors sin éxito",
            ),
            ("scheme.not-http", r"cors request not http|may not load or link to"),
            ("mode.same-origin", r"security error: content at \S{1,2000} may not load data from"),
            ("browser.cors-disabled", r"reason: cors disabled"),
            ("browser.origin-not-added", r"cors header '?origin'? cannot be added"),
        ),
    ),
    *_rules(
        "Safari",
        (
            ("preflight.redirect", r"preflight response is not successful\. status code: (?P<status>3\d\d)"),
            ("preflight.status", rf"preflight response is not successful(?:\. status code: {_STATUS})?"),
            ("preflight.methods-unparsable", r"header access-control-allow-methods has an invalid value(?:: (?P<value>\S+))?"),
            ("preflight.headers-unparsable", r"header access-control-allow-headers has an invalid value(?:: (?P<value>\S+))?"),
            ("preflight.header", rf"header field {_NAME} is not allowed(?: by|$)"),
            ("preflight.method", rf"method {_NAME} is not allowed(?: by|$)"),
            (
                "actual.star-with-credentials preflight.star-with-credentials",
                r"cannot use wildcard in access-control-allow-origin when credentials",
            ),
            ("actual.acac preflight.acac", r"credentials flag is true, but access-control-allow-credentials is not"),
            ("actual.acao-multiple preflight.acao-multiple", r"access-control-allow-origin cannot contain more than one"),
            ("redirect.userinfo", r"redirection url '?\S{0,2000} has credentials"),
            (
                "actual.acao-missing actual.acao-mismatch preflight.acao-missing",
                r"is not allowed by access-control-allow-origin",
            ),
            ("actual.acao-missing actual.acao-mismatch", r"load denied by cross-origin resource sharing policy"),
            (
                "actual.acao-missing redirect.tainted-origin",
                r"redirection (?:to \S{1,2000} )?denied by cross-origin resource sharing policy",
            ),
        ),
    ),
    *_rules(
        "Chromium",
        (
            ("csp.connect-src", r"violates the (?:following )?(?:document'?s )?content security policy|err_blocked_by_csp"),
            ("mixed-content", r"mixed content: |loaded over https, but |insecure websocket connection may not be initiated"),
            ("corp", r"err_blocked_by_response|corp-not-same-(?:origin|site)"),
            ("orb", r"err_blocked_by_orb|read blocking \(corb\)|blocked by corb"),
            ("orb", r"because its mime type|responded with a (?:non-javascript )?mime type"),
            ("expose", rf"refused to get unsafe header {_NAME}"),
            ("preflight.net-failed", r"\boptions \S{1,2000} (?:net::)?err_(?!failed|aborted)(?P<value>[a-z0-9_]{2,60})"),
            ("net.failed", r"\b(?:net::)?err_(?!failed|aborted|network\b|bad_)(?P<value>[a-z0-9_]{2,60})"),
            ("ws.handshake", rf"websocket handshake: (?:unexpected response code: {_STATUS})?"),
        ),
    ),
    *_rules(
        "Firefox",
        (
            ("csp.connect-src", r"page'?s settings (?:blocked|would block)|content.security.policy: "),
            ("mixed-content", r"mixed (?:active|display) content|mixed \(insecure\)"),
            ("corp", r"due to its cross-origin-resource-policy"),
            ("orb", r"blocked by opaqueresponseblocking|mismatch \(x-content-type-options"),
            ("net.failed", r"ns_error_(?:net|unknown_host|connection_refused|proxy)"),
            ("ws.handshake net.failed", r"can'?t establish a connection to the server at '?wss?:"),
            ("ws.handshake net.failed", r"the connection to '?wss?:\S{1,2000} was interrupted"),
            ("net.failed", r"can'?t establish a connection to the server at"),
        ),
    ),
    *_rules(
        "Safari",
        (
            ("csp.connect-src", r"directive of the content security policy|blocked by content security policy"),
            ("mixed-content", r"(?:run|display|requested) insecure content"),
            ("corp", r"cross-origin-resource-policy response header"),
            ("ws.handshake", rf"unexpected response code: {_STATUS}|bad response from the server"),
            ("net.failed", r"could not connect to the server|specified hostname could not be found|an ssl error has occurred"),
            ("net.failed", r"network connection was lost|certificate for this server is invalid|connection appears to be off"),
        ),
    ),
    *_rules(
        "",
        (
            ("csp.connect-src", r"blocked:csp|blocked by csp\b"),
            ("mixed-content", r"blocked:mixed-content|mixed content"),
            ("corp", r"cross-origin-(?:resource|embedder)-policy"),
            ("cookies.not-sent", r"samesite"),
            (
                "upstream.rejects-origin",
                r"invalid cors request|csrf verification failed|origin checking failed|invalidauthenticitytoken",
            ),
            (
                "upstream.rejects-origin",
                r"http origin header .{0,300}match request\.base_url|invalid server actions request|verify csrf token",
            ),
            ("ws.handshake net.failed", r"websocket connection to"),
        ),
    ),
    *_rules("Firefox", (("net.failed preflight.net-failed redirect.userinfo", r"cors request (?:did not succeed|failed)"),)),
    _Rule(
        "Safari",
        ("actual.acao-missing", "preflight.acao-missing", "net.failed"),
        re.compile("due to access control checks", re.IGNORECASE),
        _SAFARI_SAYS,
    ),
    # From here on, what is left where the front, the end or both are missing.
    *_rules(
        "Chromium",
        (
            (".acao-missing", r"present on the requested resource|origin '?[^\s']{1,300}'? is therefore not allowed access"),
            (".acao-mismatch redirect.tainted-origin", r"not equal to the supplied origin"),
            (".acao-multiple", r"'?, but only one is allowed"),
            (".star-with-credentials", r"must not be the wildcard"),
            (".acac", rf"which must be 'true'|the value of the {_ACAC} header in"),
            ("preflight.redirect", r"not allowed for a preflight request"),
            ("preflight.header", rf"request header field {_NAME}|is not allowed by access-control-allow-headers"),
            ("preflight.method", r"is not allowed by access-control-allow-methods"),
            ("redirect.userinfo", r"which is disallowed for cross-origin requests"),
            ("lna.space-mismatch", r"yet the resource is in address space"),
        ),
    ),
    *_rules(
        "Firefox",
        (
            (".acao-missing", r"missing\)\. status code"),
            (".acao-multiple", r"reason: multiple cors"),
            (".star-with-credentials", r"reason: credential is not"),
            (".acac", rf"in cors header {_ACAC}"),
            ("preflight.status", r"reason: cors preflight"),
            ("preflight.method", r"reason: did not find"),
            ("preflight.header", r"from cors preflight (?:response|channel)"),
        ),
    ),
    *_open(
        "Chromium",
        (
            (
                (
                    "preflight.acao-missing preflight.status preflight.redirect preflight.acao-mismatch preflight.acao-invalid "
                    "preflight.acao-multiple preflight.star-with-credentials preflight.acac"
                ),
                r"pass access control check\W*$",
            ),
            (".acao-mismatch .acao-invalid .acao-multiple", rf"the {_ACAO} header\W*$|send the header with a valid value"),
            (".star-with-credentials .acac", r"credentials mode (?:is|of requests)|controlled by the withcredentials"),
            ("preflight.headers-unparsable preflight.methods-unparsable", r"response header field in preflight response"),
            (
                "preflight.header preflight.method preflight.headers-unparsable preflight.methods-unparsable",
                r"in preflight response",
            ),
            ("lna.permission lna.insecure-page lna.space-mismatch", r"\b(?:loopback|local|private|public)'? address space"),
        ),
    ),
    *_open(
        "Firefox",
        (
            (".acao-missing .acao-mismatch", rf"reason: cors header {_ACAO}\W*$"),
            ("net.failed preflight.redirect scheme.not-http", r"reason: cors request\W*$"),
            ("preflight.headers-unparsable preflight.methods-unparsable", r"reason: invalid token"),
            ("preflight.method preflight.methods-unparsable", r"in cors header '?access-control-allow-methods"),
            ("preflight.header preflight.headers-unparsable", r"in cors header '?access-control-allow-headers"),
            ("net.failed preflight.status", r"did not succeed\)"),
        ),
    ),
    _says_little("", _AN_ANSWER, rf"responded with a status of {_STATUS}|err_aborted [1-5]\d\d"),
    _says_little("Chromium", _CUT, r"blocked by cors policy|access to [a-z ]{2,40} at '?\S{0,2000} (?:\(redirected|from origin)"),
    _says_little("Firefox", _CUT, "cross-origin request (?:blocked|warning)|same origin policy"),
    _says_little("Firefox", _BAD_URI, "ns_error_dom_bad_uri"),
    _says_little("Chromium", _PANEL, r"\bcors error\b|\(failed\) ?(?:net::err_failed)?"),
    _says_little(
        "",
        _SAYS_NOTHING,
        r"failed to fetch|failed to load resource|networkerror|network error|load failed|network request failed|0 unknown error"
        r"|err_(?:failed|aborted|network)|err_bad_|httperrorresponse|status: 0\b|axioserror|type error$",
    ),
    _says_little("", _NO_ERROR, "strict-origin-when-cross-origin|provisional headers are shown"),
)  # fmt: skip

_AT = r"'?(?P<url>[^\s']{0,2000})'?"
_FROM = r"'?(?P<origin>[^\s']{0,300})'?"

# Where the addresses stand; the match that is nearest before the reason counts, or else the first behind it.
_FRAMES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"access to (?:[a-z]{{1,20}} ){{1,3}}at {_AT} (?:\(redirected from '?(?P<asked>[^\s')]{{0,2000}})'?\) )?from origin {_FROM}",
        rf"access to (?:[a-z]{{1,20}} ){{1,3}}at {_AT}",
        rf"redirect (?:from|at) {_AT} to ",
        rf"(?:xmlhttprequest|fetch api|eventsource|beacon api) cannot load {_AT}",
        r"failed to load '?(?P<url>[a-z]{2,20}:[^\s']{1,2000})'?",
        rf"remote resource at {_AT}",
        rf"may not (?:load data from|load or link to) {_AT}",
        rf"(?:insecure|mixed) (?:[a-z]{{1,20}} ){{1,3}}(?:from )?{_AT}",
        rf"(?:refused to [a-z ]{{4,40}}|connecting to|loading the [a-z]{{3,20}}|framing) {_AT} (?:because|violates)",
        rf"resource (?:\([\w-]{{1,40}}\) )?at {_AT}",
        rf"websocket connection to {_AT}",
        rf"connection to the server at {_AT}",
        rf"failure response for {_AT}",
        rf"\b(?:get|head|post|put|patch|delete|options) {_AT} (?:net::|[45]\d\d)",
    )
)
_LONE = re.compile(r"\b(?P<url>(?:https?|wss?)://[^\s'<>()]{1,2000})", re.IGNORECASE)
_ORIGINS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"from origin {_FROM} has been blocked by",
        rf"origin {_FROM} is (?:therefore )?not allowed",
        rf"the request origin {_FROM}",
        r"the page at '?(?P<origin>https?://[^\s'/]{1,300})",
        r"content at '?(?P<origin>https?://[^\s'/]{1,300})",
    )
)
_STATUSES = re.compile(
    rf"(?:status code:? |err_failed |err_aborted |response code: ){_STATUS}", re.IGNORECASE
)


def _read(text: str, said: re.Match[str], rule: _Rule) -> Pasted:
    """The values around a reason."""
    groups = {key: value for key, value in said.groupdict().items() if value}
    frame = _near(_FRAMES, text, said.start())
    around = frame.groupdict() if frame else {}
    origin = around.get("origin") or ""
    if not origin and (page := _near(_ORIGINS, text, said.start())):
        origin = page["origin"]
    origin, value = _address(origin), groups.get("value", "")
    url, asked = around.get("url") or "", around.get("asked") or ""
    if frame is None and (lone := _near((_LONE,), _without(text, (origin, value)), said.start())):
        url = lone["url"]
    status = groups.get("status") or next((found["status"] for found in _STATUSES.finditer(text)), "0")
    codes = tuple(_staged(rule.codes, text[: said.start()], is_preflight="preflight" in groups))
    if codes == ("actual.acao-mismatch",) and asked and value == origin:
        codes = ("redirect.tainted-origin", *codes)
    hop, url = (_address(url), _address(asked)) if asked else ("", _address(url))
    return Pasted(
        () if rule.is_open else codes,
        rule.browser,
        url,
        origin,
        value,
        groups.get("name", "").rstrip("."),
        int(status),
        rule.hint or ("" if url else _where_else(rule.browser, codes)),
        hop,
        codes if rule.is_open else (),
    )


def _staged(codes: Iterable[str], before: str, *, is_preflight: bool) -> Iterator[str]:
    """The codes with their stage: of either, where the beginning of the line does not tell."""
    stages = ["preflight"] if is_preflight else ["actual"]
    if not is_preflight and not _BEGINNING.search(before):
        stages.append("preflight")
    codes = tuple(codes)
    for stage in stages:
        yield from (f"{stage}{code}" for code in codes if code.startswith("."))
    yield from (code for code in codes if not code.startswith("."))


def _where_else(browser: Browser, codes: Iterable[str]) -> str:
    """What else to copy of a line without its address, where a command would help."""
    if not next(iter(codes), "").startswith(("actual.", "preflight.", "redirect.")):
        return ""
    return _ADDRESS_BELOW if browser == "Safari" else _ADDRESS_IN_FRONT


def _without(text: str, values: Iterable[str]) -> str:
    """The text with blanks where addresses stand that are of other use in it, or lie on the same server."""
    for value in values:
        if "://" in value:
            text = re.sub(rf"{re.escape(value)}(?![\w.:-])\S*", lambda found: " " * len(found[0]), text)
    return text


def _near(patterns: Iterable[re.Pattern[str]], text: str, place: int) -> re.Match[str] | None:
    """The first pattern's match that is nearest before a place, or else the first behind it."""
    for pattern in patterns:
        found = list(pattern.finditer(text))
        if found:
            return next((match for match in reversed(found) if match.start() <= place), found[0])
    return None


def _address(text: str) -> str:
    """Without the end of the sentence behind it."""
    return text.rstrip(".,:;)")


def _refined(pasted: Pasted, text: str) -> Pasted:
    """What other parts of the text say about a line that several reasons print."""
    if pasted.browser != "Firefox":
        return pasted
    codes = pasted.codes
    if "actual.acao-mismatch" in codes:
        kind = _kind(pasted.value)
        codes = (f"actual.{kind}", f"preflight.{kind}")
    # Firefox adds such a line where a preflight has failed, and the request with it.
    if len(codes) == 2 and "cors request did not succeed" in text.lower():
        codes = codes[::-1]
    return replace(pasted, codes=codes)


def _kind(value: str) -> str:
    """What Firefox's one sentence about an origin that does not match is in the other browsers' terms."""
    if value == "*":
        return "star-with-credentials"
    if value == "(null)":
        return "acao-missing"
    if "," in value or " " in value.strip():
        return "acao-multiple"
    return "acao-mismatch" if "://" in value or value == "null" else "acao-invalid"
