"""What is said beside the line of an exchange, and how often."""

from devproxy.answers import from_error
from devproxy.decide import Reply, decide, fail, finish
from devproxy.errors import ClientError, TargetError
from devproxy.exchange import Exchange
from devproxy.problems import Place
from devproxy.remarks import Remark, Remarks
from tests.law import request, response, route, site

PAGE, EVIL = "Origin: http://localhost:5173", "Origin: https://evil.test"


def over(head, here=None, *, status=200, fields=(), at=1.0, error=None):
    """An exchange that has ended."""
    plan = decide(here or site(), head)
    sent = None
    if isinstance(plan, Reply):
        answer = plan.head
    elif isinstance(error, TargetError):
        answer = fail(plan, from_error(error, plan.route.prefix)).head
    else:
        sent = response(status, *fields)
        answer = finish(plan, sent)
    return Exchange(head, at, plan=plan, sent=sent, response=answer, error=error, ended=at)


def said(*exchanges, command=("devproxy", "3001")):
    """What is said of each, in turn."""
    remarks = Remarks(command)
    return [remarks.note(exchange) for exchange in exchanges]


def test_what_went_well_is_not_remarked():
    """No news."""
    page = request("GET /api", "Origin: http://localhost:5173")
    well = over(page, fields=["Access-Control-Allow-Origin: *"])
    assert said(well, over(request("GET /api"))) == [Remark()] * 2


def test_what_was_repaired_is_told_and_counted():
    """The first of a run says what that means; each cause is told in full once a minute."""
    page = request("GET /api", "Origin: http://localhost:5173")
    other = over(page, fields=["Access-Control-Allow-Origin: http://b"])
    still = ("fixed by devproxy; production will still fail",)
    assert said(over(page), over(page), other, over(page, at=62.0)) == [
        Remark("backend sent no Access-Control-Allow-Origin", still),
        Remark("(×2)"),
        Remark("backend allows http://b, not this page"),
        Remark("backend sent no Access-Control-Allow-Origin"),
    ]


def test_the_last_block_goes_before_what_was_repaired():
    """Where nothing was blocked, what devproxy spared the page is explained."""

    def title(*exchanges):
        remarks = Remarks()
        for exchange in exchanges:
            remarks.note(exchange)
        return next(iter(remarks.explanation(remarks.last)))

    page, blocked = over(request("GET /api", PAGE)), over(request("GET /api", EVIL))
    assert title(page) == ("r0", "GET /api for the page at http://localhost:5173: fixed")
    assert title(blocked, page) == ("r0", "GET /api for the page at https://evil.test: BLOCKED")
    assert Remarks().last is None


def summary(*exchanges):
    remarks = Remarks()
    for exchange in exchanges:
        remarks.note(exchange)
    return list(remarks.summary())


def test_what_is_said_at_the_end():
    """How much worked only because of devproxy, the policy that the backend lacks, and the command that asks it; or nothing."""
    assert summary() == []
    assert summary(over(request("GET /api", PAGE), fields=["Access-Control-Allow-Origin: *"])) == []
    get = over(request("GET /api/users?token=hunter2", PAGE, "Cookie: a=1"))
    assert summary(get) == [
        "1 request worked only because of devproxy; the backend needs:",
        "  http://localhost:3001   origin http://localhost:5173   credentials",
        (
            "  written for your server by   "
            "devproxy check http://localhost:3001/api/users --origin http://localhost:5173 --credentials"
        ),
    ]
    first, second, _ = summary(
        get, over(request("POST /api", PAGE)), over(request("GET /api", PAGE, "X-B: 1"))
    )
    assert first == "2 requests worked only because of devproxy, and 1 more may have; the backend needs:"
    assert second == "  http://localhost:3001   origin http://localhost:5173   headers x-b   credentials"


def test_what_may_have_worked_only_because_of_devproxy():
    """What was told another Origin might have allowed the page's: the backend itself is asked."""
    put = over(request("PUT /api/users/7", PAGE, "Content-Type: application/json"))
    assert summary(put, over(request("POST /api", PAGE))) == [
        "2 requests may have worked only because of devproxy; the backend itself knows:",
        "  http://localhost:3001   what it needs is not known",
        (
            "  to find out   devproxy check http://localhost:3001/api/users/7 --origin http://localhost:5173 "
            "-X PUT -H 'content-type: application/json'"
        ),
    ]


def test_a_target_that_has_no_url_is_asked_by_nobody():
    """A socket in the file system, for one."""
    here = site(route("/api", "unix:/run/app.sock"))
    lines = summary(over(request("GET /api", PAGE), here))
    assert lines[1:] == ["  unix:/run/app.sock   origin http://localhost:5173"]


def test_the_same_block_is_counted_for_a_minute():
    """A page that polls must not fill the terminal; another page, path or minute is news."""
    get, post = request("GET /api", EVIL), request("POST /api", EVIL)
    other = request("GET /api", "Origin: https://other.test")
    remarks = said(
        over(get), over(get, at=2.0), over(other), over(post), over(get, at=30.0), over(get, at=61.5)
    )
    assert [remark.news for remark in remarks] == ["", "(same cause, ×2)", "", "", "(same cause, ×3)", ""]
    assert [bool(remark.lines) for remark in remarks] == [True, False, True, True, False, True]


def test_causes_are_forgotten_in_the_end():
    """Whoever invents origins fills no memory."""
    remarks = Remarks()
    for number in range(1000):
        remarks.note(over(request("GET /api", f"Origin: https://p{number}.test")))
    assert len(remarks._causes) == 200


def test_an_own_answer_is_explained_and_counted():
    """A page that asks for what no route serves asks again and again."""
    first, second = said(over(request("GET /nothing")), over(request("GET /else")))
    assert first.lines[0].startswith("No route serves this path.")
    assert second == Remark("(same cause, ×2)")


def test_a_target_that_fails_is_explained_once():
    """With its route, and then counted; a client that has gone is no failure."""
    error = TargetError("refused", "Nothing listens.")
    here = site(route("/api", place=Place("proxy.yaml", 2)))
    first, second, back = said(
        over(request("GET /api"), here, error=error),
        over(request("GET /api"), here, error=error),
        over(request("GET /api"), here),
    )
    assert first.lines == (
        "Nothing listens.",
        "Is the backend running, and on this port?",
        "route /api → http://localhost:3001   proxy.yaml:2",
    )
    assert (second, back) == (Remark("(×2)"), Remark("backend is back after 0 s"))
    gone = over(request("GET /api"), error=ClientError("the client has gone"))
    assert said(gone) == [Remark()]
    gone.response = None
    assert said(gone) == [Remark(lines=("the client has gone",))]
    assert said(over(request("GET /nothing"), error=RuntimeError("a fault of ours"))) == [
        Remark(lines=("a fault of ours",))
    ]


GONE = TargetError("refused", "Nothing listens.")


def test_a_failure_that_is_blocked_tells_both():
    """First what broke, then that the page cannot even read it; each is said once."""
    failed = request("GET /api", EVIL)
    first, second, other = said(
        over(failed, error=GONE),
        over(failed, error=GONE),
        over(failed, error=TargetError("reset", "Closed.")),
    )
    assert first.lines[:4] == (
        "Nothing listens.",
        "Is the backend running, and on this port?",
        "route /api → http://localhost:3001",
        "The page at https://evil.test cannot even read this answer:",
    )
    assert first.lines[-1].endswith("--allow-origin https://evil.test")
    assert second == Remark("(×2)")
    assert (other.news, other.lines[0], len(other.lines)) == ("", "Closed.", 3)


def test_a_block_is_told_also_where_the_failure_is_none_of_news():
    """Another page meets the same dead backend, or one that is back."""
    failed, page, back = said(
        over(request("GET /api"), error=GONE),
        over(request("GET /api", EVIL), error=GONE),
        over(request("GET /api", "Origin: https://other.test")),
    )
    assert (failed.news, page.news, back.news) == ("", "(×2)", "backend is back after 0 s")
    assert page.lines[0] == "The page at https://evil.test cannot even read this answer:"
    assert back.lines[0].startswith("The browser got this answer but will not show it")


def test_a_backend_that_is_back_is_judged_all_the_same():
    """What it fails at is news, too."""
    _, back = said(over(request("GET /api", PAGE), error=GONE), over(request("GET /api", PAGE)))
    assert back == Remark("backend is back after 0 s", ("fixed by devproxy; production will still fail",))
