"""The attacker is a web page in the developer's own browser, or a neighbour in the network: black-box, with raw bytes."""

import json
import re

import pytest

from bench.strict import Target

CONFIG = """\
cors:
  allow_origins: [https://app.example.com]
routes:
  /api: {target}
  /paid:
    target: {target}
    headers:
      request:
        set: {{X-Api-Key: s3cret}}
  /open:
    target: {target}
    block_cross_site: false
"""

HOSTILE = {
    "another site": "https://evil.test",
    "one that ends like ours": "https://evilapp.example.com",
    "one that begins like ours": "https://app.example.com.evil.test",
    "ours on another port": "https://app.example.com:8443",
    "ours without TLS": "http://app.example.com",
    "an opaque one": "null",
    "an address": "http://192.168.1.7",
    "ours as a user name": "https://app.example.com@evil.test",
    "none at all": "%%%",
    "an empty one": "",
    "two in one": "https://app.example.com, https://evil.test",
    "a very long one": "https://" + "a" * 5000 + ".test",
    "bytes above 0x7F": "https://\xe9vil.test",
}
UPGRADE = "Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
PAGE = "Origin: https://app.example.com"


@pytest.fixture
async def target():
    found = await Target().start()
    yield found
    found.stop()
    assert found.findings == []


@pytest.fixture
async def proxy(start, target):
    return await start(config=CONFIG.format(target=target.origin))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("origin", HOSTILE.values(), ids=HOSTILE)
async def test_a_strange_page_writes_nothing(proxy, target, method, origin):
    """403, told to the developer with the line of the file, and the page may not even read that."""
    status, fields, body = await proxy.ask(f"{method} /api/x HTTP/1.1\nOrigin: {origin}", b"hi")
    assert status == 403
    assert target.requests == []
    assert fields.get("access-control-allow-origin") != origin
    assert "access-control-allow-credentials" not in fields or origin not in fields.values()
    members = json.loads(body)
    assert members["title"] == "Cross-site request refused"
    if origin == "https://evil.test":
        assert "add https://evil.test to allow_origins at" in members["hint"]


@pytest.mark.parametrize("origin", HOSTILE.values(), ids=HOSTILE)
async def test_a_strange_page_opens_no_socket(proxy, target, origin):
    """Browsers check no CORS here; block_cross_site: false does not open this door."""
    for path in ("/api/ws", "/open/ws", "/paid/ws"):
        status, _, _ = await proxy.ask(f"GET {path} HTTP/1.1\nOrigin: {origin}\n{UPGRADE}")
        assert status == 403
    assert target.requests == []


async def test_a_form_of_another_site_writes_nothing(proxy, target):
    """Old browsers send no Origin with a form, but say what site it is from; programs say neither and pass."""
    assert (await proxy.ask("POST /api/x HTTP/1.1\nSec-Fetch-Site: cross-site", b"a=b"))[0] == 403
    assert target.requests == []
    assert (await proxy.ask("POST /api/x HTTP/1.1\nSec-Fetch-Site: same-origin", b"a=b"))[0] == 200
    assert (await proxy.ask("POST /api/x HTTP/1.1", b"a=b"))[0] == 200
    assert (await proxy.ask("POST /open/x HTTP/1.1\nOrigin: https://evil.test", b"a=b"))[0] == 200


@pytest.mark.parametrize("origin", HOSTILE.values(), ids=HOSTILE)
async def test_what_a_strange_page_reads_it_may_not_see(proxy, origin):
    """A GET is forwarded, and its answer is not for that page: neither reflected nor `*`."""
    status, fields, _ = await proxy.ask(f"GET /api/x HTTP/1.1\nOrigin: {origin}")
    assert status == 200
    assert "access-control-allow-origin" not in fields
    assert "Origin" in fields["vary"]


async def test_a_route_with_a_secret_spends_it_for_named_pages_only(proxy, target):
    """Not even for a page on this machine; and the cookies of the page go nowhere with it."""
    cookie = "Cookie: session=1\ncookie: other=2"
    status, fields, _ = await proxy.ask(f"GET /paid/x HTTP/1.1\n{PAGE}\n{cookie}\nX_Api_Key: mine")
    assert (status, fields["access-control-allow-origin"]) == (200, "https://app.example.com")
    assert target.requests[0].lines("x-api-key") == ["s3cret"]
    assert target.requests[0].lines("cookie") == target.requests[0].lines("x_api_key") == []
    status, fields, _ = await proxy.ask("GET /paid/x HTTP/1.1\nOrigin: http://localhost:5173")
    assert "access-control-allow-origin" not in fields
    assert (await proxy.ask("POST /paid/x HTTP/1.1\nOrigin: http://localhost:5173", b"hi"))[0] == 403


async def test_what_a_client_says_of_its_way_here_is_dropped(proxy, target):
    """Forwarded and X-Forwarded-* are a proxy's to say, in whatever spelling."""
    claims = "Forwarded: for=6.6.6.6\nX-Forwarded-For: 6.6.6.6\nX-FORWARDED-HOST: evil.test\nX_Forwarded_For: 6.6.6.6"
    assert (await proxy.ask(f"GET /api/x HTTP/1.1\n{claims}\nX-Forwarded-Prefix: /evil"))[0] == 200
    (asked,) = target.requests
    assert not [field for field in asked.fields if "6.6.6.6" in field[1] or "evil" in field[1]]
    assert asked.lines("x-forwarded-for") == ["127.0.0.1"]


ACCEPTS = {
    "problem+json": ("application/json, text/plain", "application/problem+json"),
    "HTML": ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
    "text": ("text/plain", "text/plain; charset=utf-8"),
    "nothing named": ("*/*", "application/problem+json"),
}
MARKUP = "<script>alert(1)</script>"


@pytest.mark.parametrize(("accept", "media_type"), ACCEPTS.values(), ids=ACCEPTS)
@pytest.mark.parametrize(
    "sent",
    [
        f"GET /{MARKUP} HTTP/1.1",
        f"GET /?{MARKUP} HTTP/1.1",
        f"GET / HTTP/1.1\nHost: {MARKUP}",
        "GET / HTTP/1.1\nHost: evil.test",
        f"POST /api HTTP/1.1\nOrigin: http://{MARKUP}",
        f"POST /api HTTP/1.1\nOrigin: {MARKUP}",
        f"GET / HTTP/1.1\nX-A: {MARKUP}\nExpect: {MARKUP}",
    ],
)
async def test_own_answers_never_mirror_markup(proxy, target, sent, accept, media_type):
    """In the form that the client prefers, with nothing in it that a browser would run."""
    status, fields, body = await proxy.ask(f"{sent}\nAccept: {accept}")
    assert status in {400, 403, 404, 417}
    assert fields["content-type"] == media_type
    assert fields["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in fields["content-security-policy"]
    assert media_type.startswith(("text/plain", "application")) or b"<script" not in body
    assert target.requests == []


@pytest.mark.parametrize("accept", ["application/json", "text/html", "text/plain"])
async def test_a_neighbour_learns_nothing_but_the_status(proxy, monkeypatch, caplog, accept):
    """From another machine: no route, no target, no file, no hint; who is at the machine gets it all."""
    asks = [
        "GET /nowhere HTTP/1.1",
        "POST /api HTTP/1.1\nOrigin: https://evil.test",
        "GET / HTTP/1.1\nHost: evil.test",
        "OPTIONS /api HTTP/1.1\nOrigin: https://evil.test\nAccess-Control-Request-Method: PUT",
        "GET /api HTTP/1.1\nX-A : b",
    ]
    near = [await proxy.ask(f"{ask}\nAccept: {accept}") for ask in asks]
    monkeypatch.setattr("devproxy.proxy.client_connection.is_near", lambda *_: False)
    far = [await proxy.ask(f"{ask}\nAccept: {accept}") for ask in asks]
    assert [answer[0] for answer in far] == [answer[0] for answer in near] == [404, 403, 403, 403, 400]
    for (*_, told), (_, fields, body) in zip(near, far, strict=True):
        assert len(body) < len(told)
        assert not re.search(rb"/api|/paid|/open|evil|allow_origins|devproxy speaks|colon|<input>", body)
        assert fields["x-devproxy-error"]
