"""What to do about a result."""

import pytest

from devproxy.advice import Advice, advise
from devproxy.browser.fetch import judge
from devproxy.browser.reasons import NULL_PAGE
from devproxy.browser.request import PageRequest
from devproxy.check import Question, Result
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


def result_of(answer, *, error=None, url=URL, probes=None, **asks):
    """What came of a question where every request is answered alike."""
    headers = Headers(asks.pop("headers", ()))
    request = PageRequest(url, asks.pop("origin", PAGE), headers=headers, **asks)
    found = judge(request, lambda _: answer)
    return Result(Question(request), found, probes=probes or Probes(), error=error)


def test_the_smallest_policy_for_a_request():
    """What it needs, and nothing beside."""
    plain = result_of(head())
    assert advise(plain).allow == Allow((PAGE,))
    asks = result_of(head(), method="PUT", headers=[("X-A", "1")], credentials="include")
    assert advise(asks).allow == Allow((PAGE,), ("PUT",), ("x-a",), credentials=True)


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
    advice = advise(result_of(head(*fields)))
    assert (advice.framework and advice.framework.key) == key
    assert (advice.recipe is None) == (key is None)
    named = advise(result_of(head(*fields)), FRAMEWORKS["django"])
    assert (named.framework, named.recipe) == (
        FRAMEWORKS["django"],
        FRAMEWORKS["django"].render(Allow((PAGE,))),
    )


@pytest.mark.parametrize(
    ("origin", "url", "command"),
    [
        (PAGE, URL, "devproxy http://localhost:3001"),
        ("http://app.localhost:1", URL, "devproxy http://localhost:3001"),
        ("http://[::1]:1", "https://api.example/a", "devproxy https://api.example"),
        ("https://app.example", URL, "devproxy http://localhost:3001 --allow-origin https://app.example"),
    ],
)
def test_the_devproxy_that_makes_it_work(origin, url, command):
    """A page that is not local has to be named."""
    assert advise(result_of(head(), origin=origin, url=url)).command == command


def test_a_page_without_an_origin_of_its_own():
    """It is to be served first, and nobody is told to let it in; where it is let in already, there is nothing to do."""
    for credentials in ("include", "same-origin"):
        assert advise(result_of(head(), origin="null", credentials=credentials)) == Advice(first=NULL_PAGE)
    assert advise(result_of(head(("Access-Control-Allow-Origin", "*")), origin="null")) == Advice()


def test_where_no_policy_helps():
    """Nobody answered, or the redirect itself is at fault."""
    down = result_of(head(), error=TargetError("refused", "Nobody."))
    away = result_of(head(("Access-Control-Allow-Origin", "*"), ("Location", "http://a:b@c/"), status=302))
    assert (advise(down), advise(away)) == (Advice(), Advice())


def test_a_server_that_lets_anybody_in():
    """With credentials a policy is written for a request that passes, but devproxy is no remedy."""
    allows = ("Access-Control-Allow-Credentials", "true")
    foreign = head(("Access-Control-Allow-Origin", "https://foreign.example"), allows)
    answer = head(("Access-Control-Allow-Origin", PAGE), ("Vary", "Origin"), allows)
    for credentials, allow in (("include", Allow((PAGE,), credentials=True)), ("same-origin", None)):
        probes = Probes("https://foreign.example", None, foreign)
        advice = advise(result_of(answer, credentials=credentials, probes=probes))
        assert (advice.allow, advice.command) == (allow, "")
        assert [lint.code for lint in advice.lints] == ["reflection"]
