"""How a question is read from a command line, and how its result reads."""

import json
from dataclasses import replace

import pytest

from devproxy.browser.fetch import Verdict, judge
from devproxy.browser.reasons import REASONS
from devproxy.browser.request import PageRequest
from devproxy.check import Question, Result
from devproxy.checklist import (
    EXIT_CODES,
    QuestionError,
    allowing,
    as_json,
    likely_framework,
    lines,
    one_liner,
    question,
    verdict,
)
from devproxy.curl import parse
from devproxy.errors import TargetError
from devproxy.export.allow import Allow
from devproxy.export.frameworks import FRAMEWORKS
from devproxy.headers import Headers
from devproxy.lints import Probes
from devproxy.message import ResponseHead

PAGE = "http://localhost:5173"
URL = "http://localhost:3001/users?x=1"


def head(*fields, status=200):
    return ResponseHead(status, "", Headers(fields))


def result_of(answer, *, beyond=None, unsent="", error=None, url=URL, probes=None, **asks):
    """What came of a question where every request is answered alike."""
    headers = Headers(asks.pop("headers", ()))
    request = PageRequest(url, asks.pop("origin", PAGE), headers=headers, **asks)
    found = judge(request, lambda _: answer)
    return Result(Question(request), found, unsent, beyond, probes or Probes(), error)


def text_of(result, framework=None):
    return "\n".join(text for _, text in lines(result, framework))


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("http://localhost:3001/a", "http://localhost:3001/a"),
        ("localhost:3001/a?b", "http://localhost:3001/a?b"),
        ("3001", "http://localhost:3001/"),
        (":3001/a", "http://localhost:3001/a"),
        ("3001/a b/ü", "http://localhost:3001/a%20b/%C3%BC"),
        ("http://[::1]:3001/", "http://[::1]:3001/"),
        ("https://BÜCHER.example:443/", "https://xn--bcher-kva.example/"),
        ("api.example", "http://api.example/"),
    ],
)
def test_a_url_may_be_short(written, url):
    """As for targets on the command line."""
    assert question(written, origin=PAGE).request.url == url


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("http://localhost:5173", PAGE),
        ("localhost:5173", PAGE),
        ("5173", PAGE),
        (":5173", PAGE),
        ("http://localhost:5173/shop?x", PAGE),
        ("HTTP://LOCALHOST:5173", PAGE),
        ("https://app.example:443", "https://app.example"),
        ("null", "null"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(written, origin):
    """The address of the page is enough."""
    assert question(URL, origin=written).request.origin == origin


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"url": None}, "name a URL"),
        ({"url": "pyproject.toml"}, "pyproject.toml is a file: devproxy validate pyproject.toml"),
        ({"url": "ftp://a/"}, "no URL that can be asked"),
        ({"url": "http://a b/"}, "no URL that can be asked"),
        ({"origin": None}, "say which page asks"),
        ({"url": "http://a/\t"}, "no URL that can be asked"),
        ({"url": "http://ada:hunter2@localhost/"}, "browsers ask no URL with a name or a password"),
        ({"origin": "http://"}, "is no origin"),
        ({"origin": "*"}, "is no origin"),
        ({"origin": "http://a_b:x"}, "is no origin"),
        ({"origin": "file:///home/index.html"}, "or null for a page that was opened as a file"),
        ({"method": "TRACE"}, "browsers send no TRACE"),
        ({"method": "P T"}, "is no method"),
        ({"headers": ["X-A"]}, "'X-A' is no header"),
        ({"headers": [": 1"]}, "is no header"),
        ({"headers": ["X A: 1"]}, "is no name of a header"),
        ({"headers": ["X-A: 1\r\nX-B: 2"]}, "cannot carry"),
        ({"headers": ["X-A: ü"]}, "cannot carry"),
    ],
)
def test_what_cannot_be_asked_is_said(arguments, words):
    """With what to write instead."""
    with pytest.raises(QuestionError, match=words) as error:
        question(**{"url": URL, "origin": PAGE} | arguments)
    assert "hunter2" not in str(error.value)


def test_the_page_may_be_said_as_a_header():
    """As curl would have it; --origin goes before it."""
    assert question(URL, headers=[f"Origin: {PAGE}"]).request.origin == PAGE
    assert question(URL, headers=["Origin: http://a"], origin=PAGE).request.origin == PAGE


def test_what_a_body_means():
    """A POST of text, as fetch() sends a string, unless something else is said."""
    asked = question(URL, origin=PAGE, data="hello")
    assert (asked.request.method, asked.body) == ("POST", b"hello")
    assert asked.request.headers.get("content-type") == "text/plain;charset=UTF-8"
    asked = question(URL, origin=PAGE, data="{}", method="PUT", headers=["Content-Type: application/json"])
    assert (asked.request.method, asked.request.headers.get("content-type")) == ("PUT", "application/json")


def test_a_copied_command_is_the_question():
    """Without what browsers add by themselves; what is said beside it goes before it."""
    curl = parse(
        "curl 'http://localhost:3001/a' -X PUT -H 'Origin: http://localhost:5173' -H 'User-Agent: x' -H 'Sec-Fetch-Mode: cors' "
        "-H 'X-A: 1' -b 'session=1' --data-raw '{}' -H 'Content-Type: application/json' --insecure"
    )
    asked = question(None, curl=curl)
    request = asked.request
    assert (request.url, request.origin, request.method) == ("http://localhost:3001/a", PAGE, "PUT")
    assert list(request.headers) == [("X-A", "1"), ("Content-Type", "application/json")]
    assert (request.credentials, asked.cookie, asked.body) == ("include", "session=1", b"{}")
    assert not asked.verify_tls
    other = question("http://b/", origin="http://c", method="PATCH", data="x", curl=curl)
    assert (other.request.url, other.request.origin, other.request.method) == (
        "http://b/",
        "http://c",
        "PATCH",
    )
    assert other.body == b"x"


@pytest.mark.parametrize(
    "option", ["-H $'X-A: 1\\r\\nX-B: 2'", "-b $'a=1\\r\\nX-B: 2'", "-H $'X-\\u0001: 1'"]
)
def test_a_copied_command_cannot_write_lines_of_its_own(option):
    """What no header can hold is refused, wherever it comes from."""
    curl = parse(f"curl http://a -H 'Origin: {PAGE}' {option}")
    with pytest.raises(QuestionError, match=r"cannot carry|is no name"):
        question(None, curl=curl)


def test_the_page_of_a_copied_command_may_be_its_referrer():
    """A GET of the same origin has no Origin."""
    curl = parse("curl http://localhost:3001/a -H 'Referer: http://localhost:5173/shop'")
    assert question(None, curl=curl).request.origin == PAGE


@pytest.mark.parametrize(
    ("result", "word"),
    [
        (result_of(head(("Access-Control-Allow-Origin", "*"))), "allowed"),
        (result_of(head()), "blocked"),
        (result_of(head(), error=TargetError("refused", "Nobody.")), "unreachable"),
        (Result(Question(PageRequest(URL, PAGE, "POST")), Verdict(()), "POST"), "unknown"),
    ],
)
def test_the_verdict_in_one_word(result, word):
    """Each has an exit code of its own."""
    assert verdict(result) == word
    assert len(set(EXIT_CODES.values())) == len(EXIT_CODES) == 4


def test_the_smallest_policy_for_a_request():
    """What it needs, and nothing beside."""
    plain = result_of(head())
    assert allowing(plain) == Allow((PAGE,))
    asks = result_of(head(), method="PUT", headers=[("X-A", "1")], credentials="include")
    assert allowing(asks) == Allow((PAGE,), ("PUT",), ("x-a",), credentials=True)
    assert allowing(result_of(head(), origin="null")) == Allow(("*",))


@pytest.mark.parametrize(
    "result",
    [
        result_of(head(("Access-Control-Allow-Origin", "*"))),
        result_of(head(), origin="null", credentials="include"),
        result_of(head(("Access-Control-Allow-Origin", "*"), ("Location", "http://a:b@c/"), status=302)),
        result_of(head(("Access-Control-Allow-Origin", "*"), ("Location", "/users"), status=302)),
        result_of(head(), error=TargetError("refused", "Nobody.")),
    ],
)
def test_where_no_policy_helps(result):
    """There is none to be written out, nor a devproxy."""
    assert allowing(result) is None
    assert as_json(result)["fix"] == {
        "fields": {},
        "framework": None,
        "code": None,
        "notes": [],
        "devproxy": None,
    }
    assert "to repair it" not in text_of(result)


def redirected(**rest):
    """What came of a question whose answer leads to another server, which knows the page by its name only."""
    request = PageRequest(URL, PAGE, "POST", Headers([("X-A", "1")]), **rest)
    here = head(
        ("Access-Control-Allow-Origin", PAGE),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Headers", "x-a"),
        ("Location", "http://localhost:3002/there"),
        status=303,
    )
    there = head(("Access-Control-Allow-Origin", PAGE), ("Access-Control-Allow-Headers", "x-a"))
    ok = replace(here, status=204)
    return Result(
        Question(request, send=True),
        judge(request, lambda sent: there if "3002" in sent.url else ok if sent.preflight else here),
    )


def test_a_redirect_makes_the_page_nobodys():
    """The server behind it is the one to repair, and devproxy needs a route for it."""
    result = redirected()
    assert allowing(result) == Allow(("*",), (), ("x-a",))
    assert allowing(redirected(credentials="include")) is None
    text = text_of(result)
    assert (
        "✗ Access-Control-Allow-Origin: http://localhost:5173   preflight.acao-mismatch\n      is not null"
        in text
    )
    assert "from there on the browser sends Origin: null" in text
    assert "to repair it in the backend at http://localhost:3002" in text
    assert "devproxy /=http://localhost:3001 /2=http://localhost:3002,strip\n" in text


def test_a_password_in_a_redirect_is_not_told():
    """Neither to people nor to programs."""
    result = result_of(
        head(("Access-Control-Allow-Origin", "*"), ("Location", "http://ada:hunter2@c/x"), status=302)
    )
    text = text_of(result)
    assert "Take the name and the password out" in text
    assert "hunter2" not in text + json.dumps(as_json(result))
    asked = result_of(head(("Location", "https://ada:hunter2@c/x?hunter2"), status=302), method="PUT")
    text = text_of(asked)
    assert "✗ redirected the preflight to https://c/x   preflight.redirect" in text
    assert "hunter2" not in text + json.dumps(as_json(asked))


@pytest.mark.parametrize("credentials", ["include", "same-origin"])
def test_a_server_that_lets_anybody_in(credentials):
    """The page gets its answer; with credentials the list that keeps others out is written all the same."""
    fields = [("Access-Control-Allow-Credentials", "true"), ("Server", "uvicorn")]
    foreign = head(("Access-Control-Allow-Origin", "https://foreign.example"), *fields)
    result = result_of(
        head(("Access-Control-Allow-Origin", PAGE), ("Vary", "Origin"), *fields),
        credentials=credentials,
        probes=Probes("https://foreign.example", None, foreign),
    )
    text, told = text_of(result), as_json(result)
    assert (told["verdict"], told["fix"]["devproxy"]) == ("allowed", None)
    assert ("to let in this page only in FastAPI" in text) is (credentials == "include")
    assert (told["fix"]["code"] is not None) is (credentials == "include")
    assert "without touching" not in text


def test_where_a_redirect_leads_is_written_as_browsers_do():
    """Percent-encoded, in what they print and in the steps."""
    other = head(("Location", "/a b"), ("Access-Control-Allow-Origin", "*"), status=302)
    request = PageRequest(URL, PAGE)
    result = Result(Question(request), judge(request, lambda sent: other if "users" in sent.url else head()))
    assert "Access to fetch at 'http://localhost:3001/a%20b' (redirected from" in text_of(result)
    assert as_json(result)["steps"][1]["url"] == "http://localhost:3001/a%20b"


def test_a_loop_of_redirects_is_cut():
    """The first ones and the last."""
    text = text_of(result_of(head(("Location", "/users"), ("Access-Control-Allow-Origin", "*"), status=302)))
    assert text.count("  302 GET http://localhost:3001/users") == 6
    assert "\n… 15 more\n" in text


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ([("X-Powered-By", "Express")], "express"),
        ([("Server", "uvicorn")], "fastapi"),
        ([("Server", "nginx/1.26.3")], "nginx"),
        ([("Server", "Werkzeug/3.1 Python/3.13")], "flask"),
        ([("Server", "something")], None),
    ],
)
def test_servers_that_give_themselves_away(fields, key):
    """The fix is written for them unasked."""
    found = likely_framework(result_of(head(*fields)))
    assert (found and found.key) == key


@pytest.mark.parametrize(
    ("origin", "url", "command"),
    [
        (PAGE, URL, "devproxy http://localhost:3001"),
        ("http://app.localhost:1", URL, "devproxy http://localhost:3001"),
        ("http://[::1]:1", "https://api.example/a", "devproxy https://api.example"),
        ("https://app.example", URL, "devproxy http://localhost:3001 --allow-origin https://app.example"),
        ("null", URL, "devproxy http://localhost:3001 --allow-origin '*'"),
    ],
)
def test_the_devproxy_that_makes_it_work(origin, url, command):
    """A page that is not local has to be named."""
    assert one_liner(result_of(head(), origin=origin, url=url)) == command


def test_a_block_is_told_in_full():
    """Values with marks, both browsers' words, each reason, the fix there and the way round it."""
    text = text_of(
        result_of(head(("Access-Control-Allow-Origin", "http://localhost:4200")), credentials="include")
    )
    assert "✗ Access-Control-Allow-Origin: http://localhost:4200" in text
    assert "port ✗ 4200 ≠ 5173" in text
    assert "✗ Access-Control-Allow-Credentials: (missing)" in text
    assert "BLOCKED" in text
    assert (
        "Chromium prints\n  Access to fetch at 'http://localhost:3001/users?x=1' from origin 'http://localhost:5173'"
        in text
    )
    assert "Firefox prints\n  Cross-Origin Request Blocked" in text
    assert text.index("   actual.acao-mismatch\n") < text.index("   actual.acac\n")
    assert text.index("BLOCKED") < text.index("Chromium") < text.index("✗ Access") < text.index("to repair")
    assert "Access-Control-Allow-Origin: http://localhost:5173" in text
    assert "devproxy http://localhost:3001\n" in text
    assert "devproxy explain actual.acao-mismatch tells why" in text
    assert 'fetch("http://localhost:8484/users?x=1")' in text


def test_a_recipe_is_written_for_the_framework():
    """The one that was named, or the one that gave itself away."""
    for result, framework in (
        (result_of(head()), FRAMEWORKS["fastapi"]),
        (result_of(head(("Server", "uvicorn"))), None),
    ):
        text = text_of(result, framework)
        assert "to repair it in FastAPI" in text
        assert "\nfrom starlette.middleware.cors import CORSMiddleware\n" in text  # Python minds indentation
        assert "in place of" not in text
    wrong = head(("Access-Control-Allow-Origin", "http://a"), ("Server", "uvicorn"))
    assert "in place of what sends Access-Control-* there now" in text_of(result_of(wrong))


def test_a_preflight_is_told_with_its_causes():
    """And the status that fails it."""
    text = text_of(result_of(head(status=405), method="PUT", headers=[("X-A", "1")]))
    assert "because of method PUT, header x-a" in text
    assert "  405 OPTIONS" in text
    assert "✗ answered the preflight with 405   preflight.status" in text
    assert "✗ Access-Control-Allow-Methods: (missing)   lacks PUT   preflight.method" in text
    assert "BLOCKED: the preflight fails" in text
    assert "Answer OPTIONS before routing" in text
    assert "on every answer, errors too; OPTIONS is answered with 204" in text


def test_every_header_that_is_lacking_is_named():
    """Browsers name the first only."""
    fields = [(f"X-{letter}", "1") for letter in "ABC"]
    allows = head(("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Headers", "x-b"), status=204)
    assert "✗ Access-Control-Allow-Headers: x-b   lacks x-a, x-c   preflight.header" in text_of(
        result_of(allows, headers=fields)
    )


def test_what_the_checklist_says_needs_no_words():
    """A field that is missing is one; a star with credentials is explained."""
    assert REASONS["actual.acao-missing"].what not in text_of(result_of(head()))
    star = text_of(result_of(head(("Access-Control-Allow-Origin", "*")), credentials="include"))
    assert "✗ The answer allows any page (*), but this request carries credentials" in star


def test_a_value_that_is_no_origin():
    """What is wrong with it stands below."""
    text = text_of(result_of(head(("Access-Control-Allow-Origin", "true"))))
    assert (
        "✗ Access-Control-Allow-Origin: true   actual.acao-invalid\n      sent Access-Control-Allow-Origin: true"
        in text
    )


def test_a_field_that_is_empty():
    """It came, so it is not missing, and browsers quote it."""
    answer = head(("Access-Control-Allow-Origin", ""), ("Access-Control-Allow-Credentials", ""))
    text = text_of(result_of(answer, credentials="include"))
    assert "✗ Access-Control-Allow-Origin: (empty)   actual.acao-invalid\n" in text
    assert "✗ Access-Control-Allow-Credentials: (empty)   actual.acac\n" in text
    assert "contains the invalid value ''" in text


def test_what_is_well_is_short():
    """No reasons, no fixes."""
    text = text_of(result_of(head(("Access-Control-Allow-Origin", "*"))))
    assert "ALLOWED" in text
    assert "repair" not in text
    assert "no preflight" in text
    assert "same origin: browsers check nothing" in text_of(result_of(head(), origin="http://localhost:3001"))


def test_other_ends():
    """Nobody there, too many redirects, nothing sent."""
    assert "UNREACHABLE: Nobody." in text_of(result_of(head(), error=TargetError("refused", "Nobody.")))
    garbled = text_of(result_of(head(), error=TargetError("protocol", "No HTTP.", b"SSH-2.0\r\n")))
    assert r"it began with 'SSH-2.0\r\n'" in garbled
    assert "-k takes any certificate" in text_of(result_of(head(), error=TargetError("tls_untrusted", "No.")))
    around = head(("Location", "/users"), ("Access-Control-Allow-Origin", "*"), status=302)
    assert "FAILED: more than 20 redirects" in text_of(result_of(around))
    request = PageRequest(URL, PAGE, "POST")
    nothing = Result(Question(request), Verdict(()), "POST")
    assert "UNKNOWN" in text_of(nothing)
    assert "POST   not sent" in text_of(nothing)
    assert "no answer" in text_of(result_of(None))


def test_what_a_browser_would_not_have_asked():
    """The answer behind a failed preflight is marked as such, and its faults count."""
    behind = result_of(head()).verdict.steps[0]
    result = result_of(head(status=404), headers=[("X-A", "1")], beyond=behind)
    text = text_of(result)
    assert "no browser would come this far" in text
    assert "(missing)   actual.acao-missing" in text


def test_lints_stand_below():
    """Each with what to do."""
    text = text_of(result_of(head(("Access-Control-Allow-Origin", "*"), ("X-Total", "3"))))
    assert "! response.headers.get() gives null for X-Total" in text


def test_json_has_always_the_same_keys():
    """Whatever the verdict."""
    results = [
        result_of(head()),
        result_of(head(("Access-Control-Allow-Origin", "*"))),
        result_of(head(("Server", "nginx")), method="PUT"),
        result_of(head(), error=TargetError("refused", "Nobody.")),
        result_of(head(status=404), headers=[("X-A", "1")], beyond=result_of(head()).verdict.steps[0]),
    ]
    told = [json.loads(json.dumps(as_json(result))) for result in results]
    assert len({tuple(each) for each in told}) == 1
    assert [each["verdict"] for each in told] == ["blocked", "allowed", "blocked", "unreachable", "blocked"]
    assert told[0]["console"]["chromium"].startswith("Access to fetch")
    assert told[0]["blocks"][0]["chromium"] == ["MissingAllowOriginHeader"]
    assert told[0]["fix"]["fields"]["Access-Control-Allow-Origin"] == PAGE
    assert told[1]["fix"]["devproxy"] is None
    assert told[2]["fix"]["framework"] == "nginx"
    assert told[2]["preflight"] == {"needed": True, "because": ["method PUT"], "headers": []}
    assert told[4]["beyond"]["status"] == 200
    assert told[1]["steps"][0]["fields"] == {"access-control-allow-origin": "*"}
