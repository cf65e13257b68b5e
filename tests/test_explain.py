"""What a red line means."""

import io
import os
import sys

import pytest

from devproxy.browser.block import Block
from devproxy.browser.pasted import LONGEST
from devproxy.browser.reasons import NULL_PAGE, REASONS
from devproxy.browser.topics import TOPICS
from devproxy.browser.words import chromium, firefox
from devproxy.explain import Answer, answer, read
from devproxy.export.frameworks import FRAMEWORKS

PAGE, URL = "http://localhost:5173", "http://api.example/users"
OWN = "http://localhost:8484/users"
MISSING = Block("actual.acao-missing", status=404)


def text_of(found: Answer) -> str:
    return "\n".join(text for _, text in found.rows)


@pytest.mark.parametrize("code", REASONS)
def test_each_code_is_explained(code: str) -> None:
    """A code of the log's has what, why, and both fixes, for people and for programs."""
    found = answer(code.upper())
    reason = REASONS[code]
    assert found.known
    assert {reason.what, reason.why, reason.fix_here, reason.fix_there, reason.link} <= {
        text for _, text in found.rows
    }
    assert found.members["code"] == code
    assert found.members["what"] == reason.what
    assert found.members["why"] == reason.why
    assert reason.fix_there in str(found.members["fix"])


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("MissingAllowOriginHeader", "actual.acao-missing"),
        ("preflightmissingalloworiginheader", "preflight.acao-missing"),
        ("AllowOriginMismatch", "actual.acao-mismatch"),
        ("CORSMissingAllowOrigin2", "actual.acao-missing"),
        ("CORS Missing Allow Origin", "actual.acao-missing"),
        ("CORSPreflightDidNotSucceed", "preflight.status"),
        ("corsdidnotsucceed2", "net.failed"),
        (" preflight.header\n", "preflight.header"),
        ("net::ERR_BLOCKED_BY_ORB", "orb"),
        ("Cross-Origin Resource Sharing error: PreflightInvalidStatus", "preflight.status"),
        ('{"method": "GET", "cors": "BLOCKED", "cors_code": "preflight.method"}', "preflight.method"),
    ],
)
def test_browsers_own_names_are_known(typed: str, code: str) -> None:
    """A reason is found by the name that a browser or the JSON log has for it, in any case."""
    assert answer(typed).members["code"] == code


def test_topics_are_told_one_after_the_other() -> None:
    """Each that was asked for, once."""
    found = answer("Simple preflight simple")
    assert text_of(found) == f"{TOPICS['simple']}\n\n{TOPICS['preflight']}"
    assert found.members["topic"] == "simple, preflight"
    assert not answer("simple things").known


@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_is_told_as_it_is(name: str) -> None:
    """A topic has its eight lines, and one member of its own."""
    found = answer(name.title())
    assert text_of(found) == TOPICS[name]
    assert found.members["topic"] == name
    assert found.members["code"] is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("actual.acao-mising", "actual.acao-missing"),
        ("preflght", "preflight"),
        ("MissingAllowOriginHeadr", "MissingAllowOriginHeader"),
        ("CORSMethodNotFond", "CORSMethodNotFound"),
    ],
)
def test_a_near_miss_is_suggested(typed: str, meant: str) -> None:
    """A misspelt name is not known, but whoever typed it is told what there is."""
    found = answer(typed)
    assert not found.known
    assert f"did you mean {meant}?" in text_of(found)


@pytest.mark.parametrize("typed", ["", "  \n", "what is wrong with my page", "\x1b[2J", "x" * 100_000])
def test_what_is_not_understood_is_told_what_to_paste(typed: str) -> None:
    """Other text gets no reason, but what would be understood."""
    found = answer(typed)
    assert not found.known
    assert found.members["code"] is None
    assert "the whole red line" in text_of(found)
    assert "same-origin, simple, preflight" in text_of(found)


def test_a_line_that_says_too_little_tells_what_to_copy() -> None:
    """What was understood of it is told, too."""
    found = answer("Http failure response for http://localhost:3001/users: 0 Unknown Error")
    assert not found.known
    assert "That line says only that something failed" in text_of(found)
    assert "called http://localhost:3001/users" in text_of(found)
    assert found.members["url"] == "http://localhost:3001/users"


def test_half_a_line_says_what_it_may_be() -> None:
    """It is no reason, but those that it fits are told, and what was understood."""
    whole = chromium(Block("actual.acac"), URL, PAGE)
    found = answer(whole.split("header in the response is")[1])
    assert (found.known, found.members["code"]) == (True, "actual.acac")
    found = answer("when the request's credentials mode is 'include'.")
    assert (found.known, found.members["code"]) == (False, None)
    fits = [
        f"{stage}.{check}" for stage in ("actual", "preflight") for check in ("star-with-credentials", "acac")
    ]
    assert found.members["also"] == fits
    assert ", ".join(fits) in text_of(found)


def test_safari_s_first_line_alone_gets_no_command() -> None:
    """It names the page only; where the address stands is said."""
    found = answer(
        "Origin http://localhost:5173 is not allowed by Access-Control-Allow-Origin. Status code: 200"
    )
    assert (found.members["code"], found.members["origin"]) == ("actual.acao-missing", PAGE)
    assert (found.members["command"], found.members["url"]) == (None, None)
    assert "Copy the next line too: it names the URL." in text_of(found)
    assert "look at the status" not in text_of(found).lower()


def test_what_a_line_tells_of_the_status_is_heeded() -> None:
    """Who has copied the status is not sent to look at it."""
    assert "Its status is 404" in text_of(answer(firefox(MISSING, URL)))
    fine = answer(firefox(Block("actual.acao-missing", status=200), URL))
    assert "error" not in str(fine.members["what"])
    assert "Look at the status" not in str(fine.members["fix"])


A, B = "http://a.example:3001", "http://b.example:3002"


@pytest.mark.parametrize(
    ("called", "hop", "command"),
    [
        (f"{A}/1", f"{B}/2", f"devproxy /={A} /2={B},strip"),
        (f"{A}/1", f"{A}/2", f"devproxy {A}"),
        (f"{A}/1", "http://$(reboot)/", f"devproxy {A}"),
    ],
)
def test_behind_a_redirect_the_page_s_own_call_is_mended(called: str, hop: str, command: str) -> None:
    """The command is for the address that the page called, with a route for the hop that failed."""
    found = answer(chromium(MISSING, hop, PAGE, redirected_from=called))
    assert found.members["command"] == command
    assert found.members["call"] == "http://localhost:8484/1"
    assert (found.members["url"], found.members["hop"]) == (called, hop)
    assert f"called {called}, redirected to {hop}, page {PAGE}" in text_of(found)


def test_a_redirect_to_a_third_server_makes_the_page_nobody_s() -> None:
    """No server can name it there, so none is told to."""
    express = FRAMEWORKS["express"]
    tainted = answer(chromium(MISSING, f"{B}/2", PAGE, redirected_from=f"{A}/1"), express)
    assert tainted.members["backend"] is None
    assert "Origin: null" in text_of(tainted)
    assert REASONS["redirect.tainted-origin"].fix_there in text_of(tainted)
    own = answer(chromium(MISSING, f"{B}/2", PAGE, redirected_from=f"{PAGE}/1"), express)
    assert PAGE in str(own.members["backend"])


def test_a_redirect_away_from_devproxy_wants_a_route() -> None:
    """devproxy is there already, and it is not its answer that failed."""
    found = answer(chromium(MISSING, f"{B}/2", PAGE, redirected_from=OWN))
    assert found.members["command"] is None
    assert REASONS["redirect.tainted-origin"].fix_here in text_of(found)
    back = answer(chromium(Block("preflight.method", "PUT"), OWN, PAGE, redirected_from=OWN))
    assert "  allow_methods: [PUT]" in text_of(back)


def test_what_may_be_a_secret_is_not_repeated() -> None:
    """Neither to people nor to programs: what is printed goes into a chat next."""
    url = "http://ada:hunter2@api.example/users?token=hunter2#hunter2"
    for line in (
        chromium(MISSING, url, PAGE),
        chromium(MISSING, url, PAGE, redirected_from=url),
        firefox(MISSING, url),
        f"WebSocket connection to '{url.replace('http', 'ws')}' failed",
        f"Access to fetch at '{url}' from origin '{PAGE}' has been blocked by CORS policy:",
    ):
        found = answer(line, FRAMEWORKS["express"])
        assert found.members["url"] in {"http://api.example/users", "ws://api.example/users"}
        assert "hunter2" not in text_of(found) + str(found.members)


COMMANDS = [
    (URL, "http://127.0.0.2:5173", "devproxy http://api.example --allow-origin http://127.0.0.2:5173", "http://localhost:8484/users"),
    (URL, "capacitor://localhost", "devproxy http://api.example --allow-origin capacitor://localhost", "http://localhost:8484/users"),
    (URL, PAGE, "devproxy http://api.example", "http://localhost:8484/users"),
    ("https://api.example/v1/users?page=2", "http://127.0.0.1:3000", "devproxy https://api.example", "http://localhost:8484/v1/users"),
    ("http://localhost:3001", PAGE, "devproxy http://localhost:3001", "http://localhost:8484/"),
    ("http://API.example:80/x", PAGE, "devproxy http://api.example", "http://localhost:8484/x"),
    ("https://user:secret@api.example:8443/", PAGE, "devproxy https://api.example:8443", "http://localhost:8484/"),
    (URL, "https://app.example.com", "devproxy http://api.example --allow-origin https://app.example.com", "http://localhost:8484/users"),
    (URL, "http://192.168.1.4:5173/", "devproxy http://api.example --allow-origin http://192.168.1.4:5173", "http://localhost:8484/users"),
    (URL, "null", "devproxy http://api.example", "http://localhost:8484/users"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "page", "command", "call"), COMMANDS)
def test_the_command_that_makes_the_address_work(url: str, page: str, command: str, call: str) -> None:
    """devproxy in front of what was called, for the page that called it; the path stays."""
    found = answer(chromium(MISSING, url, page))
    assert found.members["command"] == command
    assert found.members["call"] == call
    assert f"  {command}" in [text for _, text in found.rows]
    assert f"run {command}, then call {call} in the page." in str(found.members["fix"])


def test_a_websocket_is_called_as_one() -> None:
    """The target is an http server, and the address stays a WebSocket's."""
    found = answer(
        "WebSocket connection to 'wss://api.example/ws' failed: Error during WebSocket handshake: Unexpected response code: 403"
    )
    assert found.members["command"] == "devproxy https://api.example"
    assert found.members["call"] == "ws://localhost:8484/ws"


def test_what_a_page_s_origin_brings_with_it_is_said() -> None:
    """A page from the internet is asked for a permission, and one without an origin gets none."""
    assert "devproxy explain lna.permission" in text_of(
        answer(chromium(MISSING, URL, "https://app.example.com"))
    )
    assert NULL_PAGE in text_of(answer(chromium(MISSING, URL, "null")))
    local = text_of(answer(chromium(MISSING, URL, PAGE)))
    assert "lna.permission" not in local and NULL_PAGE not in local


@pytest.mark.parametrize(
    "url",
    ["ftp://api.example/", "http://", "http://[::1/", "http://$(reboot)/x", "http://a;b/", "//api.example/", "http://x:99999/"],
)  # fmt: skip
def test_what_is_no_address_gets_no_command(url: str) -> None:
    """Only what was parsed is offered for copying into a shell."""
    found = answer(chromium(MISSING, url, PAGE))
    assert found.members["code"] == "actual.acao-missing"
    assert found.members["command"] is None
    assert REASONS["actual.acao-missing"].fix_here in text_of(found)


def test_a_page_that_is_no_origin_gets_no_flag() -> None:
    """A page's origin is offered for copying only if it is one."""
    found = answer(chromium(MISSING, URL, "http://x$(reboot)"))
    assert found.members["command"] == "devproxy http://api.example"


@pytest.mark.parametrize("code", ["net.failed", "csp.connect-src", "redirect.userinfo", "lna.permission"])
def test_where_a_proxy_is_no_help_none_is_offered(code: str) -> None:
    """A server that is down stays down, and a page's own policy forbids devproxy as well."""
    lines = {
        "net.failed": firefox(Block("net.failed"), URL),
        "csp.connect-src": f"Connecting to '{URL}' violates the following Content Security Policy directive: \"connect-src 'self'\".",
        "redirect.userinfo": chromium(Block("redirect.userinfo"), URL, PAGE),
        "lna.permission": f"Access to fetch at '{URL}' from origin '{PAGE}' has been blocked by CORS policy: Permission was "
        "denied for this request to access the `loopback` address space.",
    }
    found = answer(lines[code])
    assert (found.members["code"], found.members["command"]) == (code, None)
    assert REASONS[code].fix_here in text_of(found)


@pytest.mark.parametrize(
    ("block", "page", "lines"),
    [
        (MISSING, "https://app.example.com", ["cors:", "  allow_origins: [https://app.example.com]"]),
        (
            Block("preflight.acao-mismatch", "http://localhost:3000"),
            PAGE,
            ["cors:", f"  allow_origins: [{PAGE}]"],
        ),
        (
            Block("actual.star-with-credentials", "*"),
            PAGE,
            ["cors:", f"  allow_origins: [{PAGE}]", "  allow_credentials: true"],
        ),
        (Block("preflight.header", "x-token"), PAGE, ["cors:", "  allow_headers: [x-token]"]),
        (Block("preflight.method", "PUT"), PAGE, ["cors:", "  allow_methods: [PUT]"]),
        (MISSING, "null", []),
        (Block("preflight.status"), PAGE, []),
        (Block("preflight.header", "*"), PAGE, []),
    ],
)
def test_an_address_of_devproxy_s_own_gets_the_line_of_the_configuration(
    block: Block, page: str, lines: list[str]
) -> None:
    """devproxy is there already, so its configuration is what to change."""
    found = answer(chromium(block, OWN, page))
    assert found.members["command"] is None
    shown = [text.removeprefix("  ") for _, text in found.rows if text.startswith("  ")]
    assert shown == lines
    if not lines:
        assert REASONS[block.code].fix_here in text_of(found)


@pytest.mark.parametrize("name", FRAMEWORKS)
@pytest.mark.parametrize("code", [code for code in REASONS if code.startswith(("actual.", "preflight."))])
def test_the_fix_is_written_out_for_a_framework(name: str, code: str) -> None:
    """Each check that a backend can pass is written out for each framework, with the page's origin."""
    line = chromium(Block(code, "x-token"), URL, "https://app.example.com")
    found = answer(line or code, FRAMEWORKS[name])
    if REASONS[code].stage not in {"actual", "preflight"}:
        assert found.members["backend"] is None
        return
    recipe = str(found.members["backend"])
    assert ("https://app.example.com" if line else PAGE) in recipe
    assert all(f"  {written}" in [text for _, text in found.rows] for written in recipe.splitlines())


def test_the_fix_has_the_values_of_the_line() -> None:
    """The method and the header that were refused stand in what is to be pasted, and credentials where they were meant."""
    express = FRAMEWORKS["express"]
    header = answer(chromium(Block("preflight.header", "X-Token"), URL, PAGE), express).members["backend"]
    method = answer(chromium(Block("preflight.method", "put"), URL, PAGE), express).members["backend"]
    cookies = answer(chromium(Block("actual.acac"), URL, PAGE), express).members["backend"]
    assert '"x-token", "content-type"' in str(header)
    assert '["GET", "HEAD", "POST", "PUT"]' in str(method)
    assert "credentials: true" in str(cookies)
    assert "credentials: true" not in str(header)


def test_a_method_that_the_line_does_not_name() -> None:
    """Firefox names no method, so those that mostly need permission are allowed."""
    found = answer(firefox(Block("preflight.method", "PUT"), URL), FRAMEWORKS["express"])
    assert '"PUT", "PATCH", "DELETE"' in str(found.members["backend"])


def test_without_a_framework_they_are_named() -> None:
    """Where one would help, it is said which there are."""
    assert "--framework writes that out: express" in text_of(answer("actual.acac"))
    assert "--framework" not in text_of(answer("net.failed"))


def test_other_reasons_of_the_same_line_are_told() -> None:
    """Firefox does not say whether it was the preflight; Safari's second line points at its first."""
    found = answer(firefox(MISSING, URL))
    assert found.members["also"] == ["preflight.acao-missing"]
    assert "the same line is printed for preflight.acao-missing" in text_of(found)
    assert "status 404" in text_of(found)
    safari = answer("Fetch API cannot load http://api.example/users due to access control checks.")
    assert "in the line above" in text_of(safari)


def test_the_members_are_always_the_same() -> None:
    """A program finds each member, whatever was asked."""
    asked = [
        "actual.acac",
        "preflight",
        "nonsense",
        chromium(MISSING, URL, PAGE),
        "TypeError: Failed to fetch",
    ]
    assert len({tuple(answer(each).members) for each in asked}) == 1


def test_what_is_piped_in_is_read_up_to_a_limit() -> None:
    """Empty lines end nothing there, and what never ends is read no further than it is looked at."""
    assert read(io.StringIO("a\n\nb\n")) == "a\n\nb\n"
    assert len(read(io.StringIO("x" * (3 * LONGEST)))) == LONGEST


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def _nothing_follows(monkeypatch):
    monkeypatch.setattr("devproxy.explain._more_follows", lambda _stdin: False)


@pytest.mark.usefixtures("_nothing_follows")
def test_an_empty_line_ends_a_paste() -> None:
    """Empty lines before it do not, and the end of the input does, too."""
    assert read(Terminal("\n\na\nb\n\nls\n")) == "a\nb\n"
    assert read(Terminal("a\n")) == "a\n"
    assert read(Terminal("")) == ""


@pytest.mark.usefixtures("_nothing_follows")
def test_a_long_paste_is_taken_from_the_terminal_whole() -> None:
    """What is too long to be looked at is read all the same: nothing of it is left for the shell."""
    stdin = Terminal(("y" * 99 + "\n") * LONGEST + "\nnext")
    assert len(read(stdin)) < LONGEST + 200
    assert stdin.read() == "next"


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
def test_a_paste_with_empty_lines_is_read_whole() -> None:
    """Nothing of a paste is left for the shell, which would run it."""
    ours, theirs = os.openpty()
    os.write(ours, b"first\n\nls\n\n")
    with os.fdopen(theirs, encoding="utf-8") as stdin:
        assert read(stdin) == "first\nls\n"
    os.close(ours)
