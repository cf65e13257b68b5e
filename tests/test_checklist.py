"""How the result of a check reads."""

import json
from dataclasses import replace

import pytest

from devproxy.advice import advise
from devproxy.browser.fetch import Verdict, judge
from devproxy.browser.reasons import NULL_PAGE, REASONS
from devproxy.browser.request import PageRequest
from devproxy.check import Question, Result
from devproxy.checklist import EXIT_CODES, as_json, lines, verdict
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


@pytest.mark.parametrize(
    "result",
    [
        result_of(head(("Access-Control-Allow-Origin", "*"))),
        result_of(head(("Access-Control-Allow-Origin", "*"), ("Location", "http://a:b@c/"), status=302)),
        result_of(head(("Access-Control-Allow-Origin", "*"), ("Location", "/users"), status=302)),
        result_of(head(), error=TargetError("refused", "Nobody.")),
    ],
)
def test_where_no_policy_helps(result):
    """There is none to be written out, nor a devproxy."""
    assert advise(result).allow is None
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
    assert advise(result).allow == Allow(("*",), (), ("x-a",))
    assert advise(redirected(credentials="include")).allow is None
    text = text_of(result)
    assert (
        "✗ Access-Control-Allow-Origin: http://localhost:5173   preflight.acao-mismatch\n      is not null, letter by letter"
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


def test_an_origin_that_differs_in_spelling_only():
    """Where scheme, host and port are the same, it is the letters that are not."""
    text = text_of(result_of(head(("Access-Control-Allow-Origin", f"{PAGE}/"))))
    assert f"      is not {PAGE}, letter by letter\n" in text


def test_a_page_without_an_origin_of_its_own():
    """It is to be served first: no server is told to let null in, nor everybody, nor is devproxy."""
    for fields in ((), [("Access-Control-Allow-Origin", PAGE), ("Server", "nginx")]):
        for credentials in ("include", "same-origin"):
            result = result_of(head(*fields), origin="null", credentials=credentials)
            text, told = text_of(result), json.dumps(as_json(result)["fix"])
            assert NULL_PAGE in text and NULL_PAGE in told
            for advice in ("--allow-origin", "to repair it", "send back that very origin"):
                assert advice not in text + told
            assert as_json(result)["fix"]["devproxy"] is None


def test_the_status_is_known():
    """Nobody is sent to look at it, and no answer is said to be an error that is none."""
    (fine,) = as_json(result_of(head()))["blocks"]
    assert "error" not in fine["what"] and fine["fix"].startswith("Send Access-Control-Allow-Origin")
    (missing,) = as_json(result_of(head(status=404)))["blocks"]
    assert "Its status is 404" in missing["what"]
    assert "401: a login stands in front" in text_of(result_of(head(status=401), method="PUT"))


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
