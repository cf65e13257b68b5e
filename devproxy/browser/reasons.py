"""The catalogue: every reason why a browser keeps an answer from a page, in words for whoever reads them at night.

All that devproxy says about blocked reads is written here. This module must not know policies, nor what devproxy is set to.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

_FETCH = "https://fetch.spec.whatwg.org/"
_CORS_CHECK = f"{_FETCH}#concept-cors-check"
_PREFLIGHT = f"{_FETCH}#cors-preflight-fetch"
_MODE = f"{_FETCH}#concept-request-mode"
_LOCAL_NETWORK = "https://wicg.github.io/local-network-access/"

#: of a page whose origin is `null`, whatever it is blocked for
NULL_PAGE = (
    "A page that was opened as a file, or sits in a sandboxed frame, has the origin null, which anybody can have: no server "
    "should allow it. Serve the page over http first, with its dev server or python3 -m http.server."
)

# What is only said where the status is not known, and what it gives way to.
_MAY_BE_AN_ERROR = " It may be an error in disguise: a 404, a 401 or a 500 often comes from a layer that knows nothing of CORS."
_IS_AN_ERROR = " Its status is {status}: an error often comes from a layer that knows nothing of CORS."
_LOOK_FIRST, _MEND_FIRST = (
    "Look at the status first, and mend that. Then send",
    "Mend the {status} first. Then send",
)
_OF_A_STATUS = " 404 and 405: nothing handles OPTIONS there. 401 and 403: a login stands in front of it."
_NOBODY, _LOGIN = " {status}: nothing handles OPTIONS there.", " {status}: a login stands in front of it."
_STATUSES = {404: _NOBODY, 405: _NOBODY, 401: _LOGIN, 403: _LOGIN}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, explained.

    `chromium` and `firefox` are what the browsers call it themselves: names of Chromium's `Network.CorsError` and keys of
    Firefox's `security.properties`, or of another list of theirs where it is no CORS error to them. `what` has happened,
    and `why` there is such a rule; `fix_here` is to be done in devproxy's configuration or on its command line, `fix_there`
    in the backend or the page. `link` leads to the place in the standard.
    """

    code: str
    stage: str
    chromium: tuple[str, ...]
    firefox: tuple[str, ...]
    what: str
    why: str
    fix_here: str
    fix_there: str
    link: str


@dataclass(frozen=True, slots=True)
class _Check:
    """A step of the CORS check, which an answer to a preflight has to pass as well as the answer itself (Fetch, 4.9)."""

    name: str
    chromium: str
    firefox: str
    what: str
    why: str
    fix_here: str
    fix_there: str

    def reasons(self) -> Iterator[Reason]:
        """Failed by the answer, and by the answer to a preflight."""
        for stage, chromium, answer in (
            ("actual", self.chromium, "The answer"),
            ("preflight", f"Preflight{self.chromium}", "The answer to the preflight (OPTIONS)"),
        ):
            yield Reason(
                f"{stage}.{self.name}",
                stage,
                (chromium,),
                (self.firefox,),
                f"{answer} {self.what}",
                self.why,
                self.fix_here,
                self.fix_there,
                _CORS_CHECK,
            )


_CHECKS = (
    _Check(
        "acao-missing",
        "MissingAllowOriginHeader",
        "CORSMissingAllowOrigin2",
        f"has no Access-Control-Allow-Origin, so the browser keeps it from the page.{_MAY_BE_AN_ERROR}",
        "A page may read an answer of another origin only where that answer says so itself.",
        "Call devproxy instead of the backend. Where the answer is devproxy's already, add the page to cors.allow_origins.",
        f"{_LOOK_FIRST} Access-Control-Allow-Origin with the page's origin, on errors and on answers to OPTIONS too.",
    ),
    _Check(
        "acao-mismatch",
        "AllowOriginMismatch",
        "CORSAllowOriginNotMatchingOrigin",
        "allows another origin than the page's. The two are compared letter by letter: port, http or https, localhost or "
        "127.0.0.1, a slash at the end, all of it counts.",
        "An origin is scheme, host and port together; where one of them differs, it is another site to the browser.",
        "Add the page's origin to cors.allow_origins exactly as the browser writes it: http://localhost:5173, without a slash.",
        "Compare the request's Origin with the list of allowed ones and send back that very origin.",
    ),
    _Check(
        "acao-invalid",
        "InvalidAllowOriginValue",
        "CORSAllowOriginNotMatchingOrigin",
        "has an Access-Control-Allow-Origin that is no origin at all: it is empty, a bare host name, a word such as true, or "
        "a variable that nobody replaced.",
        "The value has to be one origin, scheme://host or scheme://host:port, or *.",
        "Nothing, unless the route says cors: passthrough: devproxy replaces what the backend sends.",
        "Send an origin as in http://localhost:5173, or *; look at the configuration that the value is made from.",
    ),
    _Check(
        "acao-multiple",
        "MultipleAllowOriginValues",
        "CORSMultipleAllowOriginNotAllowed",
        "has more than one Access-Control-Allow-Origin, or a list in one. Most often two layers add it: the application and "
        "the server in front of it.",
        "There is room for one origin. Browsers refuse a second one even where both are equal.",
        "Nothing, unless the route says cors: passthrough: devproxy removes the backend's line and sends one of its own.",
        "Let one layer alone add the header, and answer with the one origin that has asked.",
    ),
    _Check(
        "star-with-credentials",
        "WildcardOriginNotAllowed",
        "CORSNotSupportingCredentials",
        "allows any page (*), but this request carries credentials: it was sent with credentials: 'include', or with "
        "withCredentials.",
        "With * and cookies together every site on the web could read what belongs to the person at the keyboard.",
        'Name the pages in cors.allow_origins instead of "*", and set allow_credentials: true.',
        "Send the page's own origin instead of *, with Access-Control-Allow-Credentials: true; or leave the credentials out "
        "of the request where no cookie is needed.",
    ),
    _Check(
        "acac",
        "InvalidAllowCredentials",
        "CORSMissingAllowCredentials",
        "does not say Access-Control-Allow-Credentials: true, but this request carries credentials: it was sent with "
        "credentials: 'include', or with withCredentials.",
        "An answer made for a person who is signed in is handed out only where the server agrees to that.",
        "Set cors.allow_credentials: true; it needs origins with a name.",
        "Send Access-Control-Allow-Credentials: true once, in lower case: True, 1 and a second line do not count.",
    ),
)

_REASONS = (
    Reason(
        "preflight.status",
        "preflight",
        ("PreflightInvalidStatus",),
        ("CORSPreflightDidNotSucceed3",),
        "The browser asked first, with OPTIONS, and was answered with an error, so the request itself was never sent."
        f"{_OF_A_STATUS}",
        "A preflight has to be answered with a status from 200 to 299, and it never carries cookies or Authorization.",
        "Call devproxy instead of the backend: it answers preflights itself. A route with cors: passthrough leaves them to the "
        "backend.",
        "Answer OPTIONS before routing and before the login, with 204.",
        _PREFLIGHT,
    ),
    Reason(
        "preflight.redirect",
        "preflight",
        ("PreflightDisallowedRedirect",),
        ("CORSExternalRedirectNotAllowed",),
        "The browser asked first, with OPTIONS, and was sent elsewhere: to https, to the address with or without a slash at "
        "its end, or to a login page. The request itself was never sent.",
        "Browsers do not follow a redirect of a preflight.",
        "Call devproxy instead of the backend: it answers preflights itself. A route with cors: passthrough leaves them to the "
        "backend.",
        "Call the address that the redirect leads to, or answer OPTIONS before the redirect.",
        _PREFLIGHT,
    ),
    Reason(
        "preflight.methods-unparsable",
        "preflight",
        ("InvalidAllowMethodsPreflightResponse",),
        ("CORSInvalidAllowMethod",),
        "Access-Control-Allow-Methods cannot be read: something in it is no method, such as a semicolon or a blank between "
        "two of them.",
        "The field is a list with commas; one bad entry spoils all of it.",
        "Nothing, unless the route says cors: passthrough: devproxy writes the list itself.",
        "Write it with commas: GET, PUT, DELETE.",
        f"{_FETCH}#http-access-control-allow-methods",
    ),
    Reason(
        "preflight.headers-unparsable",
        "preflight",
        ("InvalidAllowHeadersPreflightResponse",),
        ("CORSInvalidAllowHeader",),
        "Access-Control-Allow-Headers cannot be read: something in it is no name of a header, such as a semicolon or a blank "
        "between two of them.",
        "The field is a list with commas; one bad entry spoils all of it.",
        "Nothing, unless the route says cors: passthrough: devproxy writes the list itself.",
        "Write it with commas: Content-Type, Authorization.",
        f"{_FETCH}#http-access-control-allow-headers",
    ),
    Reason(
        "preflight.method",
        "preflight",
        ("MethodDisallowedByPreflightResponse",),
        ("CORSMethodNotFound",),
        "The answer to the preflight (OPTIONS) does not list this method in Access-Control-Allow-Methods. Case counts: "
        "'patch' is not PATCH. With credentials a * is no wildcard.",
        "Every method but GET, HEAD and POST has to be allowed by name before the browser sends it to another origin.",
        "Add the method to cors.allow_methods, or leave that key out: the default allows what is asked for.",
        "Add the method to Access-Control-Allow-Methods; in the page write it in upper case.",
        f"{_FETCH}#http-access-control-allow-methods",
    ),
    Reason(
        "preflight.header",
        "preflight",
        ("HeaderDisallowedByPreflightResponse",),
        ("CORSMissingAllowHeaderFromPreflight2",),
        "The page sends a header that the answer to the preflight (OPTIONS) does not list in Access-Control-Allow-Headers. "
        "Chromium names only the first one; there may be more. With credentials a * is no wildcard.",
        "Every header that a plain form could not send has to be allowed by name; a Content-Type of JSON is one of them.",
        "Add the header to cors.allow_headers, or leave that key out: the default allows what is asked for.",
        "Add it to Access-Control-Allow-Headers, or leave it out: a page never has to send Access-Control-* headers of its own.",
        f"{_FETCH}#http-access-control-allow-headers",
    ),
    Reason(
        "preflight.authorization-star",
        "warning",
        ("DeprecationIssue", "AuthorizationCoveredByWildcard"),
        ("CORSAllowHeaderFromPreflightDeprecation",),
        "The request has passed, but not for long: Authorization is allowed by a * only. Browsers warn today and are going to "
        "refuse it.",
        "By the standard * covers every header except Authorization, which has to be named.",
        "Nothing: devproxy answers with the names that were asked for.",
        "List Authorization by its name in Access-Control-Allow-Headers.",
        f"{_FETCH}#cors-non-wildcard-request-header-name",
    ),
    Reason(
        "net.failed",
        "network",
        ("net::ERR_*",),
        ("CORSDidNotSucceed2",),
        "There was no answer at all: nothing listens there, the name is unknown, the certificate is not trusted, the connection "
        "broke, or a blocker has stopped it. It is not about CORS, although Firefox words it like that.",
        "Without an answer there is no header that could allow anything. Script is told nothing, so that it cannot explore "
        "networks.",
        "See that devproxy runs and that the port is its own; its log says whether the request has arrived.",
        "Start the server, call the right port, open an https address once in a tab to see its certificate, and try without "
        "extensions.",
        f"{_FETCH}#concept-network-error",
    ),
    Reason(
        "preflight.net-failed",
        "network",
        ("InvalidResponse",),
        ("CORSDidNotSucceed2",),
        "The connection broke while the browser asked first, with OPTIONS. It is not about CORS: there was no answer.",
        "Without an answer to the preflight the request itself is never sent.",
        "See that devproxy runs; it answers preflights even where the backend is down.",
        "See in the server's log what OPTIONS does: it crashes, hangs, or is cut off by something in front.",
        _PREFLIGHT,
    ),
    Reason(
        "redirect.userinfo",
        "redirect",
        ("RedirectContainsCredentials",),
        ("CORSDidNotSucceed2",),
        "The answer redirects to an address with a name and a password in it (https://user:password@host/).",
        "A page could use such a redirect to guess passwords, so browsers end a cross-origin request there.",
        "Nothing: a redirect to the backend itself is made to lead back to devproxy, others are passed on as they are.",
        "Take the name and the password out of the Location header.",
        f"{_FETCH}#http-redirect-fetch",
    ),
    Reason(
        "redirect.tainted-origin",
        "redirect",
        ("AllowOriginMismatch",),
        ("CORSAllowOriginNotMatchingOrigin",),
        "The answer redirected to a third origin, and from there on the browser sends Origin: null instead of the page's. The "
        "last server allows the page, but nobody called null.",
        "After such a redirect the server cannot know whether the page or the one that redirected has chosen the address.",
        "Leave rewrite_redirects on auto, and give the server behind the redirect a route of its own: then it leads back to "
        "devproxy.",
        "Call the final address directly, or answer there with Access-Control-Allow-Origin: *, without credentials.",
        f"{_FETCH}#http-redirect-fetch",
    ),
    Reason(
        "mode.same-origin",
        "page",
        ("DisallowedByMode",),
        ("category SOP",),
        "The page itself has asked to stay on its own origin (mode: 'same-origin'), but calls another one. Nothing was sent.",
        "With that mode the page promises the browser never to leave its origin.",
        "Serve page and API through one devproxy (devproxy api=3001 /=5173): then they are one origin.",
        "Leave the mode out of fetch, or write mode: 'cors'.",
        _MODE,
    ),
    Reason(
        "mode.no-cors-redirect",
        "page",
        ("NoCorsRedirectModeNotFollow",),
        (),
        "The page has asked for mode: 'no-cors' together with redirect: 'manual' or 'error'. Nothing was sent.",
        "A request without CORS may not tell the page whether there was a redirect, so it has to follow them.",
        "Nothing: call devproxy with mode: 'cors', which is the default.",
        "Leave mode: 'no-cors' out; with it the page could not read the answer in any case.",
        _MODE,
    ),
    Reason(
        "scheme.not-http",
        "page",
        ("CorsDisabledScheme",),
        ("CORSRequestNotHttp",),
        "The address does not begin with http:// or https://, or the page was opened as a file. Often the scheme was "
        "forgotten: localhost:3001 is read as an address of the kind 'localhost:'.",
        "CORS exists for http and https only; a file has no origin that a server could allow.",
        "Open the page through devproxy or a dev server, and call http://localhost:8484.",
        "Write the whole address, with http:// in front, and serve the page instead of opening the file.",
        f"{_FETCH}#main-fetch",
    ),
    Reason(
        "lna.permission",
        "lna",
        ("LocalNetworkAccessPermissionDenied",),
        ("LocalNetworkAccessPermissionRequired", "LocalNetworkAccessDetected"),
        "A page from the internet calls this machine or the local network, and that needs a permission which was not given. "
        "The browser asks before anything is sent, so no CORS header can help.",
        "Local Network Access keeps pages of strangers from reaching routers, printers and servers on this machine.",
        "Serve the page from this machine too, through devproxy or a dev server: then nobody is asked.",
        "Allow it where the browser asks, or in the page's site settings (Chrome: 'Apps on device' for this machine); in tests "
        "grant loopback-network; a company sets LocalNetworkAccessAllowedForUrls.",
        _LOCAL_NETWORK,
    ),
    Reason(
        "lna.insecure-page",
        "lna",
        ("InsecureLocalNetwork",),
        (),
        "A page that was loaded over plain http from the internet calls this machine or the local network. The browser does "
        "not even ask for a permission, and no CORS header can help.",
        "Over plain http anybody on the way could have written that page.",
        "Serve the page from this machine too, through devproxy or a dev server.",
        "Serve the page over https, or from localhost.",
        _LOCAL_NETWORK,
    ),
    Reason(
        "lna.space-mismatch",
        "lna",
        ("InvalidLocalNetworkAccess",),
        (),
        "The page says in fetch where the server is (targetAddressSpace), and the server turned out to be elsewhere.",
        "What the page has announced is what the person was asked about, so it has to be true.",
        "Nothing: devproxy on this machine is in the space 'loopback'.",
        "Leave targetAddressSpace out, or write 'loopback' for localhost and 'local' for the local network.",
        _LOCAL_NETWORK,
    ),
    Reason(
        "csp.connect-src",
        "page",
        ("csp",),
        ("CSPGenericViolation",),
        "The page's own Content-Security-Policy does not list this address. Nothing was sent, and no CORS header can help.",
        "A page says with this policy where it may connect to, so that script smuggled into it cannot call home.",
        "Serve page and API through one devproxy (devproxy api=3001 /=5173): connect-src 'self' is enough then.",
        "Add the address to connect-src (img-src for images, and so on) where the page's policy is written: a header, or a "
        "<meta> tag.",
        "https://www.w3.org/TR/CSP3/#directive-connect-src",
    ),
    Reason(
        "mixed-content",
        "page",
        ("mixed-content",),
        ("BlockMixedActiveContent",),
        "The page was loaded over https and calls an address over plain http. Nothing was sent, and no CORS header can help.",
        "What comes over plain http can be read and changed on the way, and would undo what https gives the page.",
        "Let devproxy serve https (listen.tls), or call it as http://localhost:8484: Chromium and Firefox take that for "
        "secure, Safari does not.",
        "Call the https address.",
        "https://w3c.github.io/webappsec-mixed-content/",
    ),
    Reason(
        "corp",
        "embedding",
        (
            "corp-not-same-origin",
            "corp-not-same-site",
            "corp-not-same-origin-after-defaulted-to-same-origin-by-coep",
        ),
        ("CORPBlocked",),
        "A file of another origin was to be shown or run in the page, and its Cross-Origin-Resource-Policy says no; or it says "
        "nothing, and the page demands one (Cross-Origin-Embedder-Policy: require-corp).",
        "A server may keep its files out of foreign pages, and an isolated page takes in only what agrees to it.",
        "Set Cross-Origin-Resource-Policy: cross-origin in headers.response.set of the route.",
        "Send Cross-Origin-Resource-Policy: cross-origin with the file, or load it with the attribute crossorigin and CORS "
        "headers.",
        f"{_FETCH}#cross-origin-resource-policy-header",
    ),
    Reason(
        "orb",
        "embedding",
        ("net::ERR_BLOCKED_BY_ORB",),
        ("ResourceBlockedORB",),
        "A <script>, <img> or the like was answered with JSON, HTML or XML of another origin: often an error page, or an API "
        "called as if it were a script.",
        "Such an answer is of no use there, and in the page's memory it could be spied out (Opaque Response Blocking).",
        "Look at the status in devproxy's log: a 404 or a login page in place of the file is the usual cause.",
        "Correct the address or the Content-Type; read data with fetch, not with a <script>.",
        "https://github.com/annevk/orb",
    ),
    Reason(
        "expose",
        "silent",
        (),
        (),
        "No error is printed, but headers.get() gives null in the page: the header came, and script may not see it.",
        "Of an answer from another origin script sees seven harmless headers, and those that the answer exposes by name.",
        "Add the header to cors.expose_headers, or leave that key out: the default exposes every header that came.",
        "Send Access-Control-Expose-Headers with its name; with credentials a * is no wildcard.",
        f"{_FETCH}#http-access-control-expose-headers",
    ),
    Reason(
        "cache.vary",
        "silent",
        ("MissingAllowOriginHeader",),
        (),
        "The browser took a copy from its cache that was made for an <img> or another page, and that copy has no "
        "Access-Control-Allow-Origin. The server is never asked, and looks right when you ask it.",
        "A copy may be used for everyone unless the answer says that it depends on who asks (Vary: Origin).",
        "Nothing: devproxy sends Vary: Origin wherever the answer depends on it. Reload once without the cache.",
        "Send Vary: Origin on every answer of that address, also on those without CORS headers; then reload without the cache.",
        f"{_FETCH}#cors-protocol-and-http-caches",
    ),
    Reason(
        "cache.preflight",
        "silent",
        (),
        (),
        "The browser still remembers an earlier preflight, so that a change of the server does not show: up to two hours in "
        "Chromium, a day in Firefox, ten minutes in Safari.",
        "An answer to OPTIONS may be kept for as long as Access-Control-Max-Age says; five seconds where it says nothing.",
        "Leave cors.max_age at 0 while you develop. What is kept is not asked while the cache is switched off in DevTools.",
        "Send a small Access-Control-Max-Age in development.",
        f"{_FETCH}#http-access-control-max-age",
    ),
    Reason(
        "cookies.not-sent",
        "silent",
        (),
        (),
        "No error is printed, but no cookie arrives: the request was sent without credentials, or the cookie itself does not "
        "travel there (SameSite, Secure, Domain).",
        "Cookies go to another origin only where the page asks for it, and only those that allow it themselves.",
        "Serve page and API through one devproxy (devproxy api=3001 /=5173), with rewrite_cookies: auto: then cookies are the "
        "page's own.",
        "Send the request with credentials: 'include', and the cookie with SameSite=None; Secure; call localhost and 127.0.0.1 "
        "by one name only.",
        f"{_FETCH}#cors-protocol-and-credentials",
    ),
    Reason(
        "ws.handshake",
        "websocket",
        ("websocket",),
        ("connectionFailure",),
        "The WebSocket was not opened: the server answered with something else than 101. There is no CORS for WebSockets; "
        "a server that minds who asks looks at Origin itself, and says 403.",
        "A WebSocket carries cookies from any page, so the server has to check who opens it.",
        "A 403 of devproxy's: add the page to cors.allow_origins (\"*\" names nobody). One of the backend's: target_origin: auto "
        "makes Origin fit.",
        "Allow the page's origin where the backend sets up WebSockets; with a 404 look at the path, with a 200 or 400 at a "
        "proxy between that does not pass upgrades on.",
        "https://www.rfc-editor.org/rfc/rfc6455#section-10.2",
    ),
    Reason(
        "upstream.rejects-origin",
        "upstream",
        (),
        (),
        "The backend itself refuses the request because of its Origin: 'Invalid CORS request' (Spring), 'CSRF verification "
        "failed' (Django), 'InvalidAuthenticityToken' (Rails).",
        "Frameworks compare Origin with the host that they believe to have, to keep foreign pages from writing.",
        "Set target_origin: auto on the route, so that Origin fits the host that the backend sees; where it refuses reading "
        "too, target_origin: remove.",
        "Add the page's origin to the framework's list of trusted ones.",
        f"{_FETCH}#origin-header",
    ),
    Reason(
        "browser.cors-disabled",
        "browser",
        (),
        ("CORSDisabled",),
        "CORS is switched off in this Firefox (content.cors.disable), so that every request to another origin fails.",
        "It is a switch for those who want no cross-origin requests at all. It does not switch the check off.",
        "Nothing: no request reaches devproxy.",
        "Open about:config and reset content.cors.disable.",
        "https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS/Errors/CORSDisabled",
    ),
    Reason(
        "browser.origin-not-added",
        "browser",
        (),
        ("CORSOriginHeaderNotAdded",),
        "Firefox could not put the Origin header on the request; nothing was sent. An extension that rewrites headers is the "
        "usual cause.",
        "Without Origin a server could not say which page it allows.",
        "Nothing: no request reaches devproxy.",
        "Try a private window without extensions.",
        "https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS/Errors/CORSOriginHeaderNotAdded",
    ),
    Reason(
        "legacy.allow-external",
        "legacy",
        ("PreflightMissingAllowExternal", "PreflightInvalidAllowExternal"),
        (),
        "A name left over in Chromium from an experiment (Access-Control-Allow-External); no browser of today prints it.",
        "The experiment became Private Network Access, and that became Local Network Access.",
        "Nothing.",
        "Update the browser.",
        _LOCAL_NETWORK,
    ),
    Reason(
        "legacy.private-network",
        "legacy",
        (
            "PreflightMissingAllowPrivateNetwork",
            "PreflightInvalidAllowPrivateNetwork",
            "InsecurePrivateNetwork",
            "InvalidPrivateNetworkAccess",
            "UnexpectedPrivateNetworkAccess",
        ),
        (),
        "An older Chromium wants a page from the internet to be let into the local network by the header "
        "Access-Control-Allow-Private-Network, or by a page served over https.",
        "It was the first try to keep pages of strangers from local servers; today the browser asks the person instead.",
        "Nothing: devproxy does not send that header. Serve the page from this machine too.",
        "Update the browser; where that cannot be, answer OPTIONS with Access-Control-Allow-Private-Network: true, and serve the "
        "page over https.",
        _LOCAL_NETWORK,
    ),
)

REASONS: Mapping[str, Reason] = {
    reason.code: reason for reason in (*(each for check in _CHECKS for each in check.reasons()), *_REASONS)
}


def reason_for(code: str, status: int = 0) -> Reason:
    """The reason with this code, in words that fit the status of the answer; 0 is one that is not known."""
    reason = REASONS[code]
    if not status:
        return reason
    error, first = (_IS_AN_ERROR, _MEND_FIRST) if status >= 400 else ("", "Send")
    what = reason.what.replace(_MAY_BE_AN_ERROR, error).replace(_OF_A_STATUS, _STATUSES.get(status, ""))
    return replace(
        reason,
        what=what.replace("{status}", str(status)),
        fix_there=reason.fix_there.replace(_LOOK_FIRST, first).replace("{status}", str(status)),
    )


#: the browsers' own names that whoever carries the requests can never see as such, and why
NOT_SEEN: Mapping[str, str] = {
    "DisallowedByMode": "the page's own mode forbids the request, so nothing is sent",
    "NoCorsRedirectModeNotFollow": "the page's own mode forbids the request, so nothing is sent",
    "CorsDisabledScheme": "the address is not one of http, so nothing is sent",
    "InvalidResponse": "the connection broke during a preflight: a proxy sees OPTIONS end early, or nothing",
    "LocalNetworkAccessPermissionDenied": "the permission is asked for before anything is sent",
    "InsecureLocalNetwork": "the page is refused before anything is sent",
    "InvalidLocalNetworkAccess": "the page is refused before anything is sent",
    "PreflightMissingAllowExternal": "no browser of today checks it",
    "PreflightInvalidAllowExternal": "no browser of today checks it",
    "CORSDisabled": "CORS is switched off in that Firefox, so nothing is sent",
    "CORSOriginHeaderNotAdded": "Firefox gives up before anything is sent",
    "CORSRequestNotHttp": "the address is not one of http, so nothing is sent",
    "LocalNetworkAccessPermissionRequired": "the permission is asked for before anything is sent",
    "LocalNetworkAccessDetected": "it is a note of Firefox's to itself, about where the request goes",
}
