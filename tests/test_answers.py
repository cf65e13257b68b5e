"""The proxy's own answers: for the page's script, for a person in a tab, for a program."""

import json
import re

import pytest
from hypothesis import given, strategies as st

from devproxy.answers import KINDS, OwnAnswer, Unlisted, from_error, how_to_allow, no_content, render
from devproxy.errors import TargetError
from devproxy.headers import Headers
from devproxy.message import ResponseHead
from devproxy.problems import Place
from tests.law import field_values, is_well_formed, patient

# Written down a second time, by hand, from what is promised.
STATUSES = {
    "bad_target": 400,
    "bad_host": 400,
    "bad_framing": 400,
    "bad_request": 400,
    "ambiguous_path": 400,
    "host_not_allowed": 403,
    "origin_not_allowed": 403,
    "cross_site": 403,
    "no_route": 404,
    "method_not_allowed": 405,
    "late_head": 408,
    "target_too_long": 414,
    "expectation_failed": 417,
    "head_too_large": 431,
    "internal": 500,
    "dns": 502,
    "refused": 502,
    "reset": 502,
    "tls": 502,
    "tls_untrusted": 502,
    "tls_expired": 502,
    "tls_wrong_host": 502,
    "via": 502,
    "starting": 503,
    "protocol": 502,
    "protocol_framing": 502,
    "protocol_head_too_large": 502,
    "protocol_switch": 502,
    "timeout": 504,
    "version_not_supported": 505,
    "loop": 508,
}


def body_of(answer, accept=None):
    return render(answer, accept)[1].decode()


@pytest.mark.parametrize(("code", "status"), STATUSES.items())
def test_status(code, status):
    """Each code has its status, a title for people and a reason phrase on the status line."""
    answer = OwnAnswer(code, "What happened.")
    head, _ = render(answer, None)
    assert answer.status == head.status == status
    assert answer.title
    assert head.reason
    assert head.headers.get("x-devproxy-error") == code


def test_no_other_codes():
    """Every code there is stands in the table of this test."""
    assert KINDS.keys() == STATUSES.keys()


def test_host_is_not_refused_with_421():
    """No refusal is a 421, which Chromium answers by asking again."""
    assert 421 not in {kind.status for kind in KINDS.values()}


TARGET_ERRORS = [
    "dns",
    "refused",
    "reset",
    "tls_untrusted",
    "tls_expired",
    "tls_wrong_host",
    "protocol",
    "protocol_framing",
    "protocol_head_too_large",
    "protocol_switch",
    "timeout",
]


@pytest.mark.parametrize("code", TARGET_ERRORS)
def test_from_error(code):
    """Each step at which the leg to a target can break has its answer, with the route and the step's own sentence."""
    answer = from_error(TargetError(code, "It broke."), "/api")
    assert (answer.code, answer.detail, answer.route) == (code, "It broke.", "/api")
    assert answer.status == (504 if code == "timeout" else 502)


@pytest.mark.parametrize("code", TARGET_ERRORS)
def test_every_error_of_a_target_is_named_where_it_is_raised(code):
    """The codes that a TargetError may have are listed where it is defined."""
    assert re.search(rf"\b{code}\b", TargetError.__doc__)


@pytest.mark.parametrize(
    "code",
    [
        "refused",
        "dns",
        "reset",
        "timeout",
        "protocol",
        "protocol_framing",
        "protocol_head_too_large",
        "protocol_switch",
    ],
)
def test_common_errors_have_a_next_step(code):
    """Whoever meets a backend that is down, misspelt or no HTTP server is told what to try."""
    assert from_error(TargetError(code, "It broke."), "/api").hint
    assert from_error(TargetError(code, "It broke.", hint="I know more."), "/api").hint == "I know more."


# --- three forms -----------------------------------------------------------------------------------------------------

JSON, HTML, TEXT = "application/problem+json", "text/html; charset=utf-8", "text/plain; charset=utf-8"

ACCEPT = [
    # realistic
    ("*/*", JSON),
    ("application/json, text/plain, */*", JSON),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", HTML),
    ("text/event-stream", JSON),
    ("image/avif,image/webp,*/*;q=0.8", JSON),
    ("text/plain", TEXT),
    # synthetic
    (None, JSON),
    ("application/problem+json", JSON),
    ("TEXT/HTML;charset=utf-8", HTML),
    (" text/plain ;q=0.5", TEXT),
    ("image/png, text/html", HTML),
    # pathological
    ("", JSON),
    (",,;,", JSON),
    ("text", JSON),
    ("text/*", JSON),
    ("html", JSON),
    ("<script>", JSON),
]


@pytest.mark.parametrize(("accept", "expected"), ACCEPT)
def test_form(accept, expected):
    """Scripts get problem+json, tabs get HTML, and who asks for text gets text."""
    head, _ = render(OwnAnswer("no_route", "No route serves this path."), accept)
    assert head.headers.lines("content-type") == (expected,)


def test_json():
    """A script reads type, title, status and detail (RFC 9457), and hint and route where there are any."""
    assert json.loads(
        body_of(OwnAnswer("refused", "Nothing listens.", hint="Is it running?", route="/api"))
    ) == {
        "type": "urn:devproxy:error:refused",
        "title": "Backend not reachable",
        "status": 502,
        "detail": "Nothing listens.",
        "hint": "Is it running?",
        "route": "/api",
    }
    assert "hint" not in json.loads(body_of(OwnAnswer("refused", "Nothing listens.")))
    assert "route" not in json.loads(body_of(OwnAnswer("refused", "Nothing listens.")))


def test_text():
    """A terminal shows status and title, then what happened and what to do."""
    answer = OwnAnswer("refused", "Nothing listens.", hint="Is it running?")
    assert body_of(answer, "text/plain") == "502 Backend not reachable\n\nNothing listens.\nIs it running?\n"
    assert body_of(OwnAnswer("loop", "Round."), "text/plain") == "508 Loop detected\n\nRound.\n"


def test_html():
    """A person in a tab sees status, title, what happened, and the hint apart from it."""
    page = body_of(OwnAnswer("refused", "Nothing listens.\nReally.", hint="Is it running?"), "text/html")
    assert "<title>502 Backend not reachable</title>" in page
    assert "<h1>Backend not reachable</h1>" in page
    assert "<p>Nothing listens.</p><p>Really.</p>" in page
    assert '<div class="hint"><p>Is it running?</p></div>' in page
    assert 'class="hint"' not in body_of(OwnAnswer("refused", "Nothing listens."), "text/html")


HOSTILE = "<script>alert(1)</script> & \"quotes\" 'single' {braces} {0} %s"


@pytest.mark.parametrize("place", ["detail", "hint"])
def test_nothing_is_mirrored_into_html(place):
    """Whatever stands in an answer is text in the page, never markup and never a template."""
    words = {"detail": "x", place: HOSTILE}
    page = body_of(OwnAnswer("no_route", **words), "text/html")
    assert "<script" not in page
    assert (
        "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot; &#x27;single&#x27; {braces} {0} %s"
        in page
    )


@pytest.mark.parametrize("accept", ["text/html", "text/plain", "application/json"])
def test_no_browser_runs_or_keeps_an_answer(accept):
    """An answer is neither stored, nor taken for another type, nor able to load or run anything."""
    head, _ = render(OwnAnswer("no_route", HOSTILE), accept)
    assert head.headers.get("cache-control") == "no-store"
    assert head.headers.get("x-content-type-options") == "nosniff"
    assert "default-src 'none'" in head.headers.get("content-security-policy", "")


def test_further_fields():
    """An answer can carry fields of its own behind the usual ones."""
    head, _ = render(
        OwnAnswer("method_not_allowed", "No.", fields=(("Allow", "GET"), ("Allow", "HEAD"))), None
    )
    assert head.headers.lines("allow") == ("GET", "HEAD")


@patient
@given(st.sampled_from(sorted(KINDS)), field_values, field_values, st.none() | field_values)
def test_any_words_make_a_sound_answer(code, detail, hint, accept):
    """Whatever the words are, the length is the body's and no field could break out of its line."""
    head, body = render(OwnAnswer(code, detail, hint), accept)
    assert head.headers.lines("content-length") == (str(len(body)),)
    assert is_well_formed(head)
    assert not {"transfer-encoding", "connection"} & {name.lower() for name, _ in head.headers}


@patient
@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_json_says_exactly_what_was_meant(detail, hint):
    """Every character of detail and hint arrives in the script."""
    members = json.loads(body_of(OwnAnswer("internal", detail, hint)))
    assert (members.get("detail", ""), members.get("hint", "")) == (detail, hint)


@pytest.mark.parametrize("accept", [None, "text/html", "text/plain"])
def test_strangers_learn_the_status_and_what_it_means(accept):
    """In every form: no detail, no hint, no route, no place in a file; what HTTP wants to be said is said."""
    page = Unlisted("http://shop.test", Place("/home/me/proxy.yaml", 3, 5))
    full = OwnAnswer("method_not_allowed", "WORDS", "HINT", "/route", (("Allow", "GET"),), page)
    head, body = render(full.for_strangers, accept)
    assert (head.status, head.headers.get("allow")) == (405, "GET")
    assert b"Method not allowed" in body
    assert not re.search(rb"WORDS|HINT|/route|shop.test|yaml", body)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", r'"SSH-2.0-OpenSSH_9.6\r\n"'),
        (b"\x1b[31m caf\xc3\xa9 \x00<b>", r'"\x1b[31m caf\xc3\xa9 \x00<b>"'),
        (b"x" * 1000, '"' + "x" * 64 + '…"'),
    ],
)
def test_what_a_target_said_is_quoted(said, shown):
    """The beginning of an answer that is none stands in the reply, in printable ASCII, and not all of it."""
    answer = from_error(TargetError("protocol", "It answered with nonsense.", said), "/")
    assert answer.detail == f"It answered with nonsense.\nIt began with {shown}"


# --- smaller words ---------------------------------------------------------------------------------------------------


def test_no_content():
    """A 204 is its fields and nothing else: no length, no type."""
    fields = Headers([("Access-Control-Max-Age", "0")])
    assert no_content(fields) == ResponseHead(204, "No Content", fields)


def test_how_to_allow():
    """The way to allow a page is a line of the file that holds the policy, or a flag where there is no file."""
    line = how_to_allow(Unlisted("http://localhost:4200", Place("proxy.yaml", 14)))
    assert line == "add http://localhost:4200 to allow_origins at proxy.yaml:14"
    assert how_to_allow(Unlisted("http://localhost:4200", None)).endswith(
        "--allow-origin http://localhost:4200"
    )


def test_advice():
    """What would let the page in stands before what else may be done."""
    page = Unlisted("http://localhost:4200", None)
    answer = OwnAnswer("cross_site", "Refused.", hint="Or not.", unlisted=page)
    assert answer.advice == f"If that page is yours, {how_to_allow(page)}\nOr not."
    assert json.loads(body_of(answer))["hint"] == answer.advice
    assert OwnAnswer("cross_site", "Refused.").advice == ""


def test_a_backend_that_is_being_restarted():
    """Whoever knows Retry-After comes again in a second."""
    head, _ = render(from_error(TargetError("starting", "It is being restarted."), "/api"), None)
    assert (head.status, head.headers.get("retry-after")) == (503, "1")
    assert from_error(TargetError("refused", "x"), "/api").fields == ()
