import pytest
from hypothesis import given, strategies as st

from devproxy.cors.answer import NO_GRANT
from devproxy.cors.names import RESPONSE_HEADERS
from devproxy.cors.origin import LOCAL_ORIGINS, NULL, Origin
from devproxy.cors.policy import CorsPolicy, Grant, Preflight, Refusal
from devproxy.headers import Headers
from devproxy.message import RequestHead
from devproxy.problems import Place

PAGE = "http://localhost:5173"
SHOP = "https://shop.example.com"
EVIL = "https://evil.example"
VARY = ("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")


def asked(*origins: str, method: str = "GET", **fields: str) -> RequestHead:
    named = [(name.replace("_", "-"), value) for name, value in fields.items()]
    return RequestHead(
        method, "/api", Headers([("Host", "localhost:8484"), *(("Origin", o) for o in origins), *named])
    )


def preflight(
    policy: CorsPolicy, *origins: str, method: str = "PUT", headers: str | list[str] = ()
) -> Preflight:
    lines = [headers] if isinstance(headers, str) else headers
    head = RequestHead(
        "OPTIONS",
        "/api",
        Headers(
            [
                *(("Origin", origin) for origin in origins),
                ("Access-Control-Request-Method", method),
                *(("Access-Control-Request-Headers", line) for line in lines),
            ]
        ),
    )
    answer = policy.answer(head)
    assert isinstance(answer, Preflight)
    return answer


def grant(policy: CorsPolicy, *origins: str) -> Grant:
    answer = policy.answer(asked(*origins))
    assert isinstance(answer, Grant)
    return answer


# --- who is allowed ---


def test_credentials_never_for_everybody():
    """No way of making a policy gives credentials to any origin or to null."""
    for origins, any_origin in (((), True), ((NULL,), False)):
        with pytest.raises(ValueError, match="credentials"):
            CorsPolicy(allow_origins=origins, any_origin=any_origin, local=False, allow_credentials=True)


LOCAL_ONLY = [PAGE, "http://localhost", "https://app.localhost:1", "http://127.0.0.1:8000", "https://[::1]"]
NOT_LOCAL = [
    SHOP,
    "null",
    "http://127.0.0.2",
    "http://localhost:80",
    "http://evillocalhost",
    "capacitor://localhost",
    "",
]


def test_default_policy():
    """Without a word, pages of this machine may read, with credentials, and nobody else."""
    policy = CorsPolicy.build()
    assert policy.allow_credentials
    assert all(policy.allows(origin) and policy.knows(origin) for origin in LOCAL_ONLY)
    assert not any(policy.allows(origin) or policy.knows(origin) for origin in NOT_LOCAL)


def test_named_origins():
    """A list replaces the default; `local` adds it to the default."""
    named = CorsPolicy.build(allow_origins=[SHOP, "https://*.a.test:*"])
    both = CorsPolicy.build(allow_origins=[SHOP], local=True)
    assert named.knows(SHOP)
    assert named.knows("https://x.a.test:81")
    assert not named.knows(PAGE)
    assert both.knows(SHOP)
    assert both.knows(PAGE)
    assert not both.knows(EVIL)


def test_any_origin():
    """`*` allows every origin, null too, and nothing that is no origin; it knows only the local ones."""
    policy = CorsPolicy.build(allow_origins=["*"])
    assert not policy.allow_credentials
    assert all(policy.allows(origin) for origin in (SHOP, EVIL, "null", PAGE))
    assert not any(policy.allows(origin) for origin in ("", "garbage", "http://a/", f"{SHOP}, {SHOP}"))
    assert policy.knows(PAGE)
    assert not policy.knows(EVIL)
    assert not policy.knows("null")
    assert not CorsPolicy.build(allow_origins=["*"], local=False).knows(PAGE)


def test_null():
    """A named null is known; `http://null` is somebody else."""
    policy = CorsPolicy.build(allow_origins=["null"], allow_credentials=False)
    assert policy.knows("null")
    assert not policy.knows("http://null")


def test_named_only():
    """For a route with a secret of its own, only origins that were named are left."""
    policy = CorsPolicy.build(allow_origins=[SHOP, PAGE], local=True).named_only()
    assert policy.knows(SHOP)
    assert policy.knows(PAGE)
    assert not policy.knows("http://localhost:3000")
    nobody = CorsPolicy.build(allow_origins=["*"]).named_only()
    assert not any(nobody.allows(origin) for origin in (PAGE, SHOP, "null"))
    assert not CorsPolicy.build().named_only().allows(PAGE)
    kept = CorsPolicy.build(allow_origins=[SHOP, "*"], max_age=5, places={"allow_origins": Place("a", 1)})
    assert kept.named_only().knows(SHOP)
    assert (kept.named_only().max_age, kept.named_only().place, kept.named_only().warnings) == (
        5,
        kept.place,
        kept.warnings,
    )


def test_what_pages_that_may_read_may_not_send():
    """The method goes before the headers, as in browsers; nothing is missing where everything is allowed."""
    listing = CorsPolicy.build(allow_origins=[SHOP], allow_methods=["PUT"], allow_headers=["X-A"])
    assert listing.refuse("PUT", ["x-a"]) is None
    assert listing.refuse("POST", []) is None
    assert listing.refuse("DELETE", ["x-b"]) == Refusal("method", "DELETE")
    assert listing.refuse("PUT", ["x-b", "x-a", "x-c"]) == Refusal("header", "x-b, x-c")
    assert CorsPolicy.build().refuse("DELETE", ["x-b"]) is None
    assert CorsPolicy.build().refuse("FOO", []) == Refusal("method", "FOO")


def test_example_origin():
    """The example is the first origin that is named exactly; null is no example."""
    assert CorsPolicy.build().example_origin is None
    assert CorsPolicy.build(allow_origins=["*"]).example_origin is None
    assert CorsPolicy.build(allow_origins=["https://*.a.test", SHOP, PAGE]).example_origin == SHOP
    assert CorsPolicy.build(allow_origins=["null"], allow_credentials=False).example_origin is None


def test_repr():
    """A policy shows itself as the call that makes it, without what goes without saying."""
    assert repr(CorsPolicy.build()) == "CorsPolicy.build()"
    assert repr(CorsPolicy.build(allow_origins=["*"])) == "CorsPolicy.build(allow_origins=['*'])"
    assert repr(
        CorsPolicy.build(
            allow_origins=[SHOP], local=True, allow_credentials=False, max_age=5, allow_methods=[]
        )
    ) == (
        f"CorsPolicy.build(allow_origins=['{SHOP}'], allow_methods=['GET', 'HEAD', 'POST'], "
        "allow_credentials=False, max_age=5, local=True)"
    )
    policy = CorsPolicy.build(
        allow_origins=[SHOP, "*"], allow_headers=["X-A"], expose_headers=[], local=False
    )
    assert eval(repr(policy)) == policy
    assert hash(eval(repr(policy))) == hash(policy)


# --- what is a preflight ---

ACRM = "Access_Control_Request_Method"
CLASSES = [
    # realistic
    ("browser preflight", asked(PAGE, method="OPTIONS", **{ACRM: "PUT"}), Preflight),
    ("WebDAV OPTIONS", asked(method="OPTIONS"), Grant),
    ("API discovery by a page", asked(PAGE, method="OPTIONS"), Grant),
    ("health check with a method", asked(method="OPTIONS", **{ACRM: "PUT"}), Grant),
    ("actual request", asked(PAGE), Grant),
    ("program", asked(), Grant),
    # synthetic
    ("GET with a preflight's question", asked(PAGE, **{ACRM: "PUT"}), Grant),
    ("empty method", asked(PAGE, method="OPTIONS", **{ACRM: ""}), Grant),
    ("lower-case options", asked(PAGE, method="options", **{ACRM: "PUT"}), Grant),
    ("empty Origin", asked("", method="OPTIONS", **{ACRM: "PUT"}), Preflight),
    ("two Origins", asked(PAGE, PAGE, method="OPTIONS", **{ACRM: "PUT"}), Preflight),
]


@pytest.mark.parametrize(("head", "kind"), [row[1:] for row in CLASSES], ids=[row[0] for row in CLASSES])
def test_classification(head, kind):
    """A preflight is OPTIONS with Origin and a non-empty Access-Control-Request-Method; all else is an actual request."""
    assert isinstance(CorsPolicy.build().answer(head), kind)


# --- preflights ---


def test_default_preflight():
    """By default the asked method and headers are echoed to a local page, with credentials, not to be kept."""
    answer = preflight(CorsPolicy.build(), PAGE, method="PUT", headers="authorization,content-type")
    assert answer == Preflight(
        204,
        Headers(
            [
                ("Access-Control-Allow-Origin", PAGE),
                ("Access-Control-Allow-Credentials", "true"),
                ("Access-Control-Allow-Methods", "PUT"),
                ("Access-Control-Allow-Headers", "authorization, content-type"),
                ("Access-Control-Max-Age", "0"),
                VARY,
            ]
        ),
        origin=PAGE,
        method="PUT",
        asked=("authorization", "content-type"),
    )


def test_preflight_for_any_origin():
    """`*` answers with `*` for the origin only; methods and headers are named even without credentials."""
    answer = preflight(CorsPolicy.build(allow_origins=["*"]), EVIL, method="DELETE", headers="authorization")
    assert list(answer.headers) == [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", "DELETE"),
        ("Access-Control-Allow-Headers", "authorization"),
        ("Access-Control-Max-Age", "0"),
        VARY,
    ]
    assert answer.refusal is None


@pytest.mark.parametrize("allow_origins", [None, [SHOP], ["https://*.a.test"], ["*"]])
@pytest.mark.parametrize(
    "origins", [("garbage",), ("",), ("http://a.test/",), (PAGE, PAGE), (SHOP, EVIL), ("x" * 300,)]
)
def test_preflight_without_an_origin(allow_origins, origins):
    """An Origin that is none, or more than one, gets 403 and is never echoed, `*` or not."""
    answer = preflight(CorsPolicy.build(allow_origins=allow_origins), *origins)
    assert answer.status == 403
    assert answer.refusal == Refusal("origin", ", ".join(origins)[:256])
    assert answer.headers.get("access-control-allow-origin") not in {*origins, "*"}


def test_disallowed_origin_is_explained():
    """A page that may not read gets 403 with an origin that may, so that its console prints the mismatch."""
    answer = preflight(CorsPolicy.build(allow_origins=["https://*.a.test", SHOP]), EVIL, headers="x-a")
    assert answer == Preflight(
        403,
        Headers([("Access-Control-Allow-Origin", SHOP), VARY]),
        origin=EVIL,
        method="PUT",
        asked=("x-a",),
        refusal=Refusal("origin", EVIL),
    )


def test_disallowed_origin_without_example():
    """Where no origin is named exactly, a page that may not read gets 403 and no origin."""
    for policy in (CorsPolicy.build(), CorsPolicy.build(allow_origins=["https://*.a.test"])):
        answer = preflight(policy, EVIL)
        assert answer.status == 403
        assert list(answer.headers) == [VARY]


def test_null_preflight():
    """A sandboxed frame is answered where null is named, and refused elsewhere."""
    named = CorsPolicy.build(allow_origins=["null"], allow_credentials=False)
    assert preflight(named, "null").headers.get("access-control-allow-origin") == "null"
    assert preflight(CorsPolicy.build(), "null").status == 403


ANY_METHOD, LISTED = ["*"], ["PUT", "propfind".upper()]
METHODS = [
    # configured, asked, answered, allowed
    (ANY_METHOD, "PUT", "PUT", True),
    (ANY_METHOD, "GET", "GET", True),
    (ANY_METHOD, "PATCH", "PATCH", True),
    (ANY_METHOD, "M-SEARCH", "M-SEARCH", True),
    (ANY_METHOD, "OPTIONS", "OPTIONS", True),
    (ANY_METHOD, "patch", None, False),
    (ANY_METHOD, "put", None, False),
    (ANY_METHOD, "FOO", None, False),
    (ANY_METHOD, "*", None, False),
    (ANY_METHOD, "TRACE", None, False),
    (ANY_METHOD, "CONNECT", None, False),
    (ANY_METHOD, "TRACK", None, False),
    (ANY_METHOD, "PUT, DELETE", None, False),
    (ANY_METHOD, "PUT\r\nX: y", None, False),
    (LISTED, "PUT", "GET, HEAD, POST, PUT, PROPFIND", True),
    (LISTED, "GET", "GET, HEAD, POST, PUT, PROPFIND", True),
    (LISTED, "HEAD", "GET, HEAD, POST, PUT, PROPFIND", True),
    (LISTED, "POST", "GET, HEAD, POST, PUT, PROPFIND", True),
    (LISTED, "DELETE", "GET, HEAD, POST, PUT, PROPFIND", False),
    (LISTED, "put", "GET, HEAD, POST, PUT, PROPFIND", False),
    (["patch"], "patch", "GET, HEAD, POST", False),
    ([], "GET", "GET, HEAD, POST", True),
    ([], "PUT", "GET, HEAD, POST", False),
]


@pytest.mark.parametrize(("configured", "method", "answered", "allowed"), METHODS, ids=repr)
def test_methods(configured, method, answered, allowed):
    """The answer names the asked method or the whole list, compares with case, and stays 204 where it is not allowed."""
    answer = preflight(CorsPolicy.build(allow_methods=configured), PAGE, method=method)
    assert answer.status == 204
    assert answer.headers.get("access-control-allow-methods") == answered
    assert (answer.refusal is None) is allowed
    if not allowed:
        assert answer.refusal.code == "method"
        assert answer.headers.get("access-control-allow-origin") == PAGE


ANY_NAME, TWO = ["*"], ["Content-Type", "X-A"]
MANY = [f"x-{number}" for number in range(128)]
NAMES = [
    # configured, asked, answered, at fault
    # realistic
    (ANY_NAME, ["authorization,content-type,x-a"], "authorization, content-type, x-a", None),
    (ANY_NAME, ["Content-Type, X-A"], "content-type, x-a", None),
    (ANY_NAME, [], None, None),
    (ANY_NAME, [""], None, None),
    (ANY_NAME, ["x-a", "x-b,x-c"], "x-a, x-b, x-c", None),
    (TWO, ["content-type"], "content-type, x-a", None),
    (TWO, [], "content-type, x-a", None),
    (TWO, ["x-a,x-b,x-c"], "content-type, x-a", "x-b, x-c"),
    (TWO, ["accept"], "content-type, x-a", "accept"),
    ([], [], None, None),
    ([], ["x-a"], None, "x-a"),
    # synthetic
    (ANY_NAME, [" x-a\t,, ,X-A , "], "x-a", None),
    (ANY_NAME, ["*"], None, "*"),
    (ANY_NAME, ["x-a,*,x-b"], "x-a, x-b", "*"),
    (ANY_NAME, ["x*"], "x*", None),
    (ANY_NAME, ["x a,x-b"], "x-b", "x a"),
    (ANY_NAME, ["x-a\r\nSet-Cookie: a=b"], None, "x-a\\r\\nset-cookie: a=b"),
    (ANY_NAME, ["x-a;x-b"], None, "x-a;x-b"),
    (ANY_NAME, ["\xe9"], None, "\xe9"),
    (TWO, ["*"], "content-type, x-a", "*"),
    # pathological
    (ANY_NAME, [",".join(MANY)], ", ".join(MANY), None),
    (ANY_NAME, [",".join(MANY), "x-128"], None, ",".join(MANY)[:256]),
    (ANY_NAME, ["," * 127], None, None),
    (ANY_NAME, ["," * 128], None, "," * 128),
    (ANY_NAME, ["x" * 4096], "x" * 4096, None),
    (ANY_NAME, ["x" * 4097], None, "x" * 256),
    (ANY_NAME, ["x" * 2048, "y" * 2049], None, "x" * 256),
    (TWO, ["," * 128], "content-type, x-a", "," * 128),
    (TWO, ["," * 2**20], "content-type, x-a", "," * 256),
]


@pytest.mark.parametrize(
    ("configured", "lines", "answered", "fault"), NAMES, ids=lambda value: repr(value)[:40]
)
def test_names(configured, lines, answered, fault):
    """Header names are echoed in lower case after checking, or the whole list is sent; what is missing is told."""
    answer = preflight(CorsPolicy.build(allow_headers=configured), PAGE, headers=lines)
    assert answer.status == 204
    assert answer.headers.get("access-control-allow-headers") == answered
    assert answer.refusal == (None if fault is None else Refusal("header", fault))


def test_a_mebibyte_of_commas_is_not_split():
    """Names beyond the limits are refused before anything is taken apart."""

    class Unsplittable(str):
        __slots__ = ()

        def split(self, *_):
            raise AssertionError("split")

    for line in (Unsplittable("," * 2**20), Unsplittable("x" * 4097), Unsplittable("x," * 128)):
        answer = preflight(CorsPolicy.build(), PAGE, headers=[line])
        assert answer.asked == ()
        assert answer.refusal is not None
        assert answer.refusal.code == "header"
        assert answer.headers.get("access-control-allow-headers") is None


def test_method_before_headers():
    """Where method and headers are not allowed, the method is told, as browsers do."""
    policy = CorsPolicy.build(allow_methods=[], allow_headers=[])
    assert preflight(policy, PAGE, method="PUT", headers="x-a").refusal == Refusal("method", "PUT")


def test_two_methods_are_none():
    """Two Access-Control-Request-Method lines are one value that is no method."""
    head = asked(PAGE, method="OPTIONS", **{ACRM: "PUT"})
    head = RequestHead("OPTIONS", "/", head.headers.plus(("access-control-request-method", "PUT")))
    answer = CorsPolicy.build().answer(head)
    assert isinstance(answer, Preflight)
    assert answer.refusal == Refusal("method", "PUT, PUT")


def test_max_age():
    """The age is always sent, because browsers keep an answer without one for five seconds."""
    assert preflight(CorsPolicy.build(max_age=600), PAGE).headers.get("access-control-max-age") == "600"


def test_private_network_is_not_answered():
    """The question of Private Network Access, which browsers no longer ask, fails no preflight and gets no answer."""
    head = asked(PAGE, method="OPTIONS", Access_Control_Request_Private_Network="true", **{ACRM: "GET"})
    answer = CorsPolicy.build().answer(head)
    assert isinstance(answer, Preflight)
    assert answer.refusal is None
    assert "access-control-allow-private-network" not in answer.headers


def test_what_is_kept_for_the_log_is_safe():
    """Origin, method and names of a preflight can be printed, whatever a stranger sent."""
    answer = preflight(CorsPolicy.build(), "\x1b[31m" * 100, method="\x1b" + "M" * 300, headers="a\x1b[2J")
    texts = (answer.origin, answer.method, *answer.asked, answer.refusal.value)
    assert all(text.isprintable() and len(text) <= 256 for text in texts)


# --- actual requests ---


def test_grants():
    """An allowed page is named in the grant; others, and programs, get none; Vary is wanted either way."""
    policy = CorsPolicy.build()
    assert grant(policy, PAGE) == Grant(PAGE, credentials=True, expose=("*",), vary=True, allowed=True)
    for origins in ((), (EVIL,), (PAGE, PAGE), ("garbage",), ("",), ("null",)):
        assert grant(policy, *origins) == NO_GRANT


@pytest.mark.parametrize("origins", [(), (PAGE,), (EVIL,), ("null",), ("garbage",), (PAGE, EVIL)])
def test_grant_for_any_origin(origins):
    """Where any page may read, the grant is the same for all, so that caches need no Vary."""
    policy = CorsPolicy.build(allow_origins=["*"])
    assert grant(policy, *origins) == Grant("*", credentials=False, expose=("*",), vary=False, allowed=True)


def test_grant_for_own_answers():
    """The proxy's own answer to a preflight-like request is granted like any other."""
    head = asked(PAGE, method="OPTIONS", **{ACRM: "PUT"})
    assert CorsPolicy.build().grant(head).allow_origin == PAGE
    assert CorsPolicy.build(allow_credentials=False).grant(head).credentials is False


# --- properties ---

ORIGINS = [
    PAGE,
    SHOP,
    EVIL,
    "null",
    "http://a.localhost:1",
    "http://localhost:80",
    "garbage",
    "",
    "a\r\nb: c",
    "\0",
]
POLICIES = [
    CorsPolicy.build(),
    CorsPolicy.build().named_only(),
    CorsPolicy.build(
        allow_credentials=False, allow_methods=["PUT"], allow_headers=["X-A"], expose_headers=["X-B"]
    ),
    CorsPolicy.build(
        allow_origins=[SHOP, "https://*.a.test"], allow_methods=[], allow_headers=[], expose_headers=[]
    ),
    CorsPolicy.build(allow_origins=["*"]),
    CorsPolicy.build(allow_origins=["*", SHOP], allow_methods=["DELETE"], max_age=5),
    CorsPolicy.build(allow_origins=["null", SHOP], allow_credentials=False),
]
values = st.text(st.characters(max_codepoint=255), max_size=20)
request_fields = st.lists(
    st.tuples(st.just("Origin"), st.sampled_from(ORIGINS) | values)
    | st.tuples(st.sampled_from(["access-control-request-method", "Access-Control-Request-Headers"]), values)
    | st.tuples(
        st.sampled_from(["Access-Control-Request-Method"]), st.sampled_from(["PUT", "GET", "patch", "*"])
    )
    | st.tuples(
        st.sampled_from(["Access-Control-Request-Headers"]), st.sampled_from(["x-a,*", "X-A", "x-a\r\n: y"])
    ),
    max_size=6,
)
requests = st.builds(
    RequestHead,
    st.sampled_from(["OPTIONS", "GET", "PUT", "options"]),
    st.just("/"),
    request_fields.map(Headers),
)
response_names = st.sampled_from(
    [*sorted(RESPONSE_HEADERS), "Vary", "vary", "Set-Cookie", "set-cookie", "ETag", "X-A", "Content-Type"]
)
clean = st.sampled_from(["*", "Origin", "X-A", "x-a, X-B", "a b", ",", "", "a=1; Path=/"])
responses = st.lists(st.tuples(response_names, clean), max_size=8).map(Headers)


@given(st.sampled_from(POLICIES), requests, responses)
def test_every_answer(policy, head, response):
    """Whatever is asked: only allowed origins are echoed, `*` has no credentials, no field comes twice or broken."""
    answer = policy.answer(head)
    fields = answer.headers if isinstance(answer, Preflight) else answer.apply(response)
    origin = fields.get("access-control-allow-origin")
    asking = head.headers.lines("origin")
    assert origin in {None, "*", policy.example_origin, *asking}
    if origin in asking:
        assert asking == (origin,)
        assert policy.allows(origin)
    assert origin != "*" or (policy.any_origin and "access-control-allow-credentials" not in fields)
    assert fields.get("access-control-allow-credentials") in {None, "true"}
    names = {name.lower() for name, _ in fields}
    assert all(len(fields.lines(name)) == 1 for name in names if name.startswith("access-control-"))
    assert not any(character in value for _, value in fields for character in "\r\n\0")
    if policy.allow_credentials:
        assert "*" not in [
            element
            for name in names
            if name.startswith("access-control-")
            for element in fields.elements(name)
        ]
    if isinstance(answer, Grant):
        cookies = [field for field in response if field[0].lower() == "set-cookie"]
        assert [field for field in fields if field[0].lower() == "set-cookie"] == cookies
        assert policy.any_origin or {"*", "origin"} & {element.lower() for element in fields.elements("vary")}
    else:
        assert (answer.status == 204) == (answer.refusal is None or answer.refusal.code != "origin")


@given(st.sampled_from(POLICIES), values)
def test_knowing_is_allowing(policy, origin):
    """Whoever is known is allowed, and whoever is allowed has an origin."""
    assert policy.allows(origin) or not policy.knows(origin)
    assert not policy.allows(origin) or origin == "null" or Origin.parse(origin)


@given(st.sampled_from(LOCAL_ORIGINS), st.integers(1, 65535))
def test_every_port_of_this_machine(local, port):
    """The default policy knows each local origin on each port, as browsers spell it."""
    origin = str(local).replace("*.", "app.").removesuffix(":*")
    default = {"http": 80, "https": 443}[origin.partition(":")[0]]
    assert CorsPolicy.build().knows(origin if port == default else f"{origin}:{port}")


@pytest.mark.parametrize(
    ("origin", "named"),
    [
        ("http://localhost:8484", True),
        ("null", False),
        ("http://*.example.com", False),
        ("not an origin", False),
    ],
)
def test_naming(origin, named):
    """One more origin may be named; what is none, or many, changes nothing."""
    policy = CorsPolicy.build(allow_origins=["https://a.example.com"])
    assert policy.naming(origin).knows(origin) is named
    assert (policy.naming(origin) == policy) is not named


def test_each_page_of_many_gets_its_own_grant():
    """What was answered to one page is remembered, for it alone and not for any number."""
    policy = CorsPolicy.build()
    for port in [*range(1000, 1100), 1099, 1000]:
        page = f"http://localhost:{port}"
        assert policy.answer(asked(page)) == Grant(page, True, ("*",), vary=True, allowed=True)
    assert policy.answer(asked("http://evil.test")) == NO_GRANT
    assert policy.answer(asked("http://localhost:1000", "http://localhost:1001")) == NO_GRANT
    assert policy.answer(asked("*")) == policy.answer(asked()) == NO_GRANT
