import pytest

from devproxy.cors.answer import NO_GRANT, Grant
from devproxy.headers import Headers

PAGE = "http://localhost:5173"
ALLOWED = Grant(PAGE, credentials=True, expose=("*",), vary=True, allowed=True)
PUBLIC = Grant("*", credentials=False, expose=("*",), vary=False, allowed=True)
LISTS = Grant(PAGE, credentials=True, expose=("X-Total", "ETag"), vary=True, allowed=True)
NOTHING = Grant(PAGE, credentials=False, expose=(), vary=True, allowed=True)

ORIGIN, CREDENTIALS, VARIES = (
    ("Access-Control-Allow-Origin", PAGE),
    ("Access-Control-Allow-Credentials", "true"),
    ("Vary", "Origin"),
)
EXPOSE = "Access-Control-Expose-Headers"
TARGETS_OWN = [
    ("access-control-allow-origin", "*"),
    ("Access-Control-Allow-Origin", "https://prod.example"),
    ("Access-Control-Allow-Credentials", "false"),
    ("Access-Control-Allow-Methods", "GET"),
    ("ACCESS-CONTROL-ALLOW-HEADERS", "x-a"),
    ("Access-Control-Max-Age", "9"),
    ("Access-Control-Allow-Private-Network", "true"),
]
APPLIED = [
    # realistic
    ("plain", ALLOWED, [("Content-Type", "text/html")], [("Content-Type", "text/html"), ORIGIN, CREDENTIALS, VARIES]),
    ("empty", ALLOWED, [], [ORIGIN, CREDENTIALS, VARIES]),
    ("target's own", ALLOWED, TARGETS_OWN, [ORIGIN, CREDENTIALS, VARIES]),
    ("target's own, disallowed", NO_GRANT, [*TARGETS_OWN, (EXPOSE, "X-A")], [VARIES]),
    ("target's own, any", PUBLIC, TARGETS_OWN, [("Access-Control-Allow-Origin", "*")]),
    ("kept", NO_GRANT, [("Timing-Allow-Origin", "*"), ("Cross-Origin-Resource-Policy", "same-site"), ("Access-Control-Foo", "1")], [("Timing-Allow-Origin", "*"), ("Cross-Origin-Resource-Policy", "same-site"), ("Access-Control-Foo", "1"), VARIES]),
    ("cookies", NO_GRANT, [("Set-Cookie", "a=1"), ("X", "y"), ("set-cookie", "a=1")], [("Set-Cookie", "a=1"), ("X", "y"), ("set-cookie", "a=1"), VARIES]),
    # expose
    ("names", ALLOWED, [("Date", "x"), ("X-Total", "3"), ("x-total", "4"), ("Set-Cookie", "a"), ("set-cookie2", "b")], [("Date", "x"), ("X-Total", "3"), ("x-total", "4"), ("Set-Cookie", "a"), ("set-cookie2", "b"), ORIGIN, CREDENTIALS, (EXPOSE, "Date, X-Total"), VARIES]),
    ("safelisted names", ALLOWED, [(name, "") for name in ("Cache-Control", "Content-Language", "Content-Length", "Content-Type", "Expires", "Last-Modified", "Pragma")], [*[(name, "") for name in ("Cache-Control", "Content-Language", "Content-Length", "Content-Type", "Expires", "Last-Modified", "Pragma")], ORIGIN, CREDENTIALS, VARIES]),
    ("names, any", PUBLIC, [("ETag", "x")], [("ETag", "x"), ("Access-Control-Allow-Origin", "*"), (EXPOSE, "ETag")]),
    ("merged", LISTS, [(EXPOSE, "X-Page, x-total"), ("access-control-expose-headers", ",X-B,")], [ORIGIN, CREDENTIALS, (EXPOSE, "X-Page, X-Total, X-B, ETag"), VARIES]),
    ("target's names, names", ALLOWED, [(EXPOSE, "X-Later"), ("ETag", "x")], [("ETag", "x"), ORIGIN, CREDENTIALS, (EXPOSE, "X-Later, ETag"), VARIES]),
    ("target's names, none", NOTHING, [(EXPOSE, "X-Page")], [ORIGIN, (EXPOSE, "X-Page"), VARIES]),
    ("literal star with credentials", LISTS, [(EXPOSE, "*")], [ORIGIN, CREDENTIALS, (EXPOSE, "X-Total, ETag"), VARIES]),
    ("literal star without", NOTHING, [(EXPOSE, "*")], [ORIGIN, (EXPOSE, "*"), VARIES]),
    ("spoilt list", NOTHING, [(EXPOSE, "X A; b, X-Page")], [ORIGIN, (EXPOSE, "X-Page"), VARIES]),
    ("never cookies", LISTS, [(EXPOSE, "Set-Cookie, X-Page")], [ORIGIN, CREDENTIALS, (EXPOSE, "X-Page, X-Total, ETag"), VARIES]),
    ("nothing to expose", NOTHING, [(EXPOSE, "")], [ORIGIN, VARIES]),
    # vary
    ("vary added", NOTHING, [("Vary", "Accept-Encoding"), ("X", "y")], [("X", "y"), ORIGIN, ("Vary", "Accept-Encoding, Origin")]),
    ("vary in lines", NO_GRANT, [("Vary", "Accept, Cookie"), ("X", "y"), ("vary", "Accept-Encoding")], [("X", "y"), ("Vary", "Accept, Cookie, Accept-Encoding, Origin")]),
    ("vary has origin", NO_GRANT, [("vary", "Accept"), ("Vary", "X-A,oRIGIN")], [("vary", "Accept"), ("Vary", "X-A,oRIGIN")]),
    ("vary is star", NO_GRANT, [("Vary", "*"), ("Vary", "Accept")], [("Vary", "*"), ("Vary", "Accept")]),
    ("vary is empty", NO_GRANT, [("Vary", "")], [VARIES]),
    ("vary has a lookalike", NO_GRANT, [("Vary", "X-Origin")], [("Vary", "X-Origin, Origin")]),
    ("vary untouched", PUBLIC, [("Vary", "A"), ("Vary", "B")], [("Vary", "A"), ("Vary", "B"), ("Access-Control-Allow-Origin", "*"), (EXPOSE, "Vary")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given_grant", "fields", "expected"), [row[1:] for row in APPLIED], ids=[row[0] for row in APPLIED]
)
def test_apply(given_grant, fields, expected):
    """A response leaves with the policy's CORS fields, one line each, and everything else as the target sent it."""
    assert list(given_grant.apply(Headers(fields))) == expected


def test_no_grant():
    """Whoever is not allowed gets nothing, but caches learn that others may."""
    assert Grant(None, credentials=False, expose=(), vary=True, allowed=False) == NO_GRANT
