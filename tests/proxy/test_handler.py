"""One request's way, told from both ends: what the client sends, what the target is asked, what comes back."""

import asyncio
import json
import logging

import pytest

from devproxy.config.build import from_targets
from devproxy.errors import ClientError, TargetError
from devproxy.serve import site

pytestmark = pytest.mark.usefixtures("each_loop")

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
PAGE = "Origin: http://localhost:5173"


async def test_a_request_is_forwarded_and_its_answer_gets_the_cors_headers(start, scripted):
    """The main job: the page may read what the target answers."""
    target = await scripted(HELLO)
    proxy = await start(target.origin)
    status, fields, body = await proxy.ask(f"GET /users?q=a%20b HTTP/1.1\n{PAGE}")
    assert (status, body) == (200, b"hello")
    assert fields["access-control-allow-origin"] == "http://localhost:5173"
    assert fields["access-control-allow-credentials"] == "true"
    assert fields["vary"] == "Origin"
    assert target.asked[0].startswith(b"GET /users?q=a%20b HTTP/1.1\r\nHost: localhost:")


async def test_a_preflight_is_answered_without_the_target(start, scripted):
    """The target may be down, or know no OPTIONS."""
    target = await scripted(HELLO)
    proxy = await start(target.origin)
    status, fields, body = await proxy.ask(f"OPTIONS /x HTTP/1.1\n{PAGE}\nAccess-Control-Request-Method: PUT")
    assert (status, body, target.asked) == (204, b"", [])
    assert fields["access-control-allow-methods"] == "PUT"
    assert "content-length" not in fields


async def test_options_that_is_no_preflight_goes_to_the_target(start, scripted):
    """WebDAV and API discovery ask with OPTIONS as well."""
    target = await scripted(HELLO)
    proxy = await start(target.origin)
    assert (await proxy.ask("OPTIONS /x HTTP/1.1"))[0] == 200
    assert target.asked[0].startswith(b"OPTIONS /x")


async def test_a_body_is_passed_on_byte_for_byte(start, scripted):
    """Content-Length stays what it was, and so do the bytes."""
    target = await scripted(HELLO)
    proxy = await start(target.origin)
    body = bytes(range(256)) * 3
    assert (await proxy.ask("POST /x HTTP/1.1\nContent-Type: application/octet-stream", body))[0] == 200
    head, _, sent = target.asked[0].partition(b"\r\n\r\n")
    assert sent == body
    assert b"Content-Length: 768" in head


async def test_bytes_above_0x7f_and_odd_escapes_survive(start, scripted):
    """What is not ASCII is not ours to change, in either direction."""
    target = await scripted(b"HTTP/1.1 200 OK\r\nX-Name: caf\xe9\r\nContent-Length: 0\r\n\r\n")
    proxy = await start(target.origin)
    _, fields, _ = await proxy.ask("GET /caf%C3%A9?q=%zz HTTP/1.1\nX-Who: Jos\xe9")
    assert fields["x-name"] == "caf\xe9"
    assert target.asked[0].startswith(b"GET /caf%C3%A9?q=%zz HTTP/1.1")
    assert b"X-Who: Jos\xe9\r\n" in target.asked[0]


async def test_reason_case_order_and_duplicates_of_fields_are_kept(start, scripted):
    """The answer is the target's, not a reconstruction of it."""
    fields = b"x-B: 1\r\nSet-Cookie: a=1\r\nX-b: 2\r\nSet-Cookie: b=2\r\n"
    target = await scripted(b"HTTP/1.1 299 Fine By Me\r\n" + fields + b"Content-Length: 0\r\n\r\n")
    proxy = await start(target.origin)
    answer = await proxy.raw(b"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 299 Fine By Me\r\n" + fields)


async def test_one_connection_carries_many_requests_in_order(start, scripted):
    """Pipelined requests are answered one after the other."""
    target = await scripted(HELLO, then_close=False)
    proxy = await start(target.origin)
    one = b"GET /%d HTTP/1.1\r\nHost: {host}\r\n\r\n"
    last = b"GET /3 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    answer = await proxy.raw(one % 1 + one % 2 + last)
    assert answer.count(b"hello") == 3
    assert [line.split()[1] for line in target.asked] == [b"/1", b"/2", b"/3"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_an_http_10_client_gets_no_chunks(start, scripted, method):
    """A client that knows no chunked coding gets the body until the connection closes."""
    target = await scripted(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    proxy = await start(target.origin)
    answer = await proxy.raw(f"{method} / HTTP/1.0\r\n\r\n".encode())
    assert b"chunked" not in answer
    assert answer.endswith(b"\r\n\r\nhello" if method == "GET" else b"\r\n\r\n")


async def test_an_http_10_client_may_keep_its_connection(start, scripted):
    """It asks for that, and is told that it may."""
    target = await scripted(HELLO, then_close=False)
    proxy = await start(target.origin)
    answer = await proxy.raw(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n")
    assert answer.count(b"hello") == 2
    assert b"Connection: keep-alive\r\n" in answer


async def test_head_gets_the_fields_and_no_body(start, scripted):
    """The length is what GET would give."""
    target = await scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
    proxy = await start(target.origin)
    status, fields, body = await proxy.ask("HEAD / HTTP/1.1")
    assert (status, fields["content-length"], body) == (200, "500", b"")


async def test_a_dead_target_is_a_502_that_the_page_can_read(start, unused_tcp_port):
    """Status, reason and CORS headers, in the form that the client prefers."""
    proxy = await start(f"http://localhost:{unused_tcp_port}")
    status, fields, body = await proxy.ask(f"GET /x HTTP/1.1\n{PAGE}")
    problem = json.loads(body)
    assert (status, fields["x-devproxy-error"], problem["title"]) == (502, "refused", "Backend not reachable")
    assert fields["access-control-allow-origin"] == "http://localhost:5173"
    assert f"http://localhost:{unused_tcp_port}" in problem["detail"]
    assert isinstance(proxy.recorder.ended_[0].error, TargetError)
    _, fields, body = await proxy.ask("GET /x HTTP/1.1\nAccept: text/html,*/*;q=0.8")
    assert fields["content-type"] == "text/html; charset=utf-8"
    assert body.startswith(b"<!doctype html>")


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "protocol", "something that is not HTTP/1.1"),
        (b"\x15\x03\x03\x00\x02\x02\x46", "protocol", "is it https?"),
        (b"HTTP/1.1 200 OK\r\nNot a field\r\n\r\n", "protocol", "a malformed head"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\n",
            "protocol_framing",
            "Duplicate Content-Length",
        ),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, "protocol_head_too_large", "more than 64 KiB"),
        (
            b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 501 + b"\r\n",
            "protocol_head_too_large",
            "more than 500 header fields",
        ),
        (
            b"HTTP/1.1 101 Fine\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
            "protocol_switch",
            "nobody asked for",
        ),
        (b"", "reset", "without an answer"),
        (b"HTTP/1.1 200", "reset", "before its answer had a whole head"),
    ],
)
async def test_each_way_for_a_target_to_fail_has_a_code_and_a_sentence(start, scripted, answer, code, words):
    """The page can read which it was; the connection goes on."""
    proxy = await start((await scripted(answer)).origin)
    status, fields, body = await proxy.ask(f"GET / HTTP/1.1\n{PAGE}")
    problem = json.loads(body)
    assert (status, fields["x-devproxy-error"]) == (502, code)
    assert words in problem["detail"]
    assert problem["hint"]
    assert fields["access-control-allow-origin"] == "http://localhost:5173"


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("http://no-such-name.invalid", 502, "dns"),
        ("http://127.0.0.1:{refusing}", 502, "refused"),
        ("https://127.0.0.1:{silent}", 502, "tls"),
        ("http://127.0.0.1:{silent}", 504, "timeout"),
    ],
)
async def test_each_way_not_to_reach_a_target_has_a_code(
    start, speaking, unused_tcp_port, target, status, code
):
    """A name that is none, nobody there, no TLS there, and nobody who answers."""

    async def silent(reader, writer):
        if (await reader.read(100)).startswith(b"\x16"):
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        else:
            await reader.read()

    port = (await speaking(silent)).rpartition(":")[2]
    url = target.format(refusing=unused_tcp_port, silent=port)
    proxy = await start(config=f"routes: {{/: {{target: '{url}', timeout: 100ms}}}}")
    got, fields, body = await proxy.ask(f"GET / HTTP/1.1\n{PAGE}")
    assert (got, fields["x-devproxy-error"]) == (status, code)
    assert json.loads(body)["detail"]
    assert fields["access-control-allow-origin"] == "http://localhost:5173"


async def test_a_target_that_leads_back_is_a_loop(start, scripted, unused_tcp_port):
    """The request is stopped when it comes back, over another devproxy too, and the answer says what to change."""
    inner = await start("9")
    outer = await start(inner.origin)
    inner.proxy.site = site(from_targets([outer.origin]))
    for proxy in (inner, outer):
        status, fields, body = await proxy.ask(f"GET / HTTP/1.1\n{PAGE}")
        assert (status, fields["x-devproxy-error"]) == (508, "loop")
        assert "backend's own port" in json.loads(body)["hint"]
        assert fields["access-control-allow-origin"] == "http://localhost:5173"


async def test_a_devproxy_behind_a_devproxy_is_no_loop(start, scripted):
    """Each has a name of its own."""
    target = await scripted(HELLO)
    outer = await start((await start(target.origin)).origin)
    assert (await outer.ask("GET / HTTP/1.1"))[2] == b"hello"
    assert target.asked[0].count(b"\r\nVia: 1.1 devproxy-") == 2


async def test_an_http_10_target_is_as_good_as_any(start, scripted):
    """Its answer ends with its connection, and the client gets it in chunks."""
    proxy = await start((await scripted(b"HTTP/1.0 200 OK\r\n\r\nhello")).origin)
    status, fields, body = await proxy.ask("GET / HTTP/1.1")
    assert (status, fields["transfer-encoding"], body) == (200, "chunked", b"5\r\nhello\r\n0\r\n\r\n")


async def test_a_refused_request_with_a_body_reads_its_answer(start, scripted):
    """The refusal arrives, although the body was not wanted, and the connection is not used again."""
    target = await scripted(HELLO)
    proxy = await start(target.origin)
    head = b"POST /x HTTP/1.1\r\nHost: {host}\r\nOrigin: http://evil.test\r\nContent-Length: 300000\r\n\r\n"
    answer = await proxy.raw(head + b"x" * 300000)
    assert answer.startswith(b"HTTP/1.1 403 Forbidden")
    assert b"Connection: close\r\n" in answer
    assert target.asked == []


async def test_a_target_that_dies_in_mid_body_leaves_a_truncated_answer(start, scripted):
    """Never a clean end: the client must not take half an answer for a whole one."""
    target = await scripted(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    proxy = await start(target.origin)
    answer = await proxy.raw(b"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")
    assert answer.endswith(b"\r\n\r\n5\r\nhello\r\n")
    assert isinstance(proxy.recorder.ended_[0].error, TargetError)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZZ\r\n",
    ],
)
async def test_an_http_10_client_sees_a_truncation_as_a_reset(start, scripted, answer):
    """Where the end of the connection is the end of the body, a clean one would be a lie."""
    proxy = await start((await scripted(answer)).origin)
    with pytest.raises(ConnectionResetError):
        await proxy.raw(b"GET / HTTP/1.0\r\n\r\n")


async def test_an_http_10_client_is_told_to_continue_by_nobody(start, scripted):
    """It would take the interim answer for the answer (RFC 9110, section 10.1.1)."""
    target = await scripted(HELLO)
    proxy = await start(target.origin)
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.proxy.port)
    writer.write(b"PUT / HTTP/1.0\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
    await asyncio.sleep(0.1)
    writer.write(b"body")
    assert (await reader.read()).startswith(b"HTTP/1.1 200 OK")
    writer.close()


async def test_a_body_on_an_upgrade_is_a_body(start, scripted):
    """A handshake has none, so this is an ordinary request, and its Upgrade ends here."""
    target = await scripted(HELLO)
    proxy = await start(target.origin)
    assert (await proxy.ask("POST / HTTP/1.1\nUpgrade: websocket", b"abc"))[0] == 200
    assert target.asked[0].endswith(b"\r\n\r\nabc")
    assert b"Upgrade" not in target.asked[0]


async def test_a_client_that_goes_takes_its_target_connection_along(start):
    """Nobody reads on for a client that has gone."""
    left = asyncio.Event()

    async def endless(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nand so on")
        await reader.read()
        left.set()
        writer.close()

    server = await asyncio.start_server(endless, "127.0.0.1", 0)
    proxy = await start(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await proxy.raw(b"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n", until=20)
    await asyncio.wait_for(left.wait(), 5)
    await asyncio.sleep(0)
    assert isinstance(proxy.recorder.ended_[0].error, ClientError)
    server.close()


async def test_a_client_that_breaks_off_its_upload_ends_the_exchange(start, scripted):
    """Half a body reaches no one as a whole one."""
    target = await scripted(HELLO)
    proxy = await start(target.origin)
    _, writer = await asyncio.open_connection("127.0.0.1", proxy.proxy.port)
    writer.write(
        f"POST / HTTP/1.1\r\nHost: localhost:{proxy.proxy.port}\r\nContent-Length: 10\r\n\r\nhalf".encode()
    )
    await asyncio.sleep(0.1)
    writer.close()
    while not proxy.recorder.ended_:
        await asyncio.sleep(0.01)
    assert isinstance(proxy.recorder.ended_[0].error, ClientError)
    assert target.asked == []


async def test_broken_chunks_are_refused(start, scripted):
    """A body without a proper end is answered 400, and its target sees no end of it either."""
    target = await scripted(b"", then_close=False)
    proxy = await start(target.origin)
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.proxy.port)
    writer.write(
        f"POST / HTTP/1.1\r\nHost: localhost:{proxy.proxy.port}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    )
    while not target.asked:
        await asyncio.sleep(0.01)
    writer.write(b"ZZ\r\n")
    assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 400 ")
    assert isinstance(proxy.recorder.ended_[0].error, ClientError)
    writer.close()


async def test_every_exchange_is_told_twice_and_ends_once(start, scripted):
    """Listeners hear of the head and of the end; refusals and errors included."""
    target = await scripted(HELLO)
    proxy = await start(target.origin)
    await proxy.ask("GET / HTTP/1.1")
    await proxy.ask("GET / HTTP/1.1\nHost: evil.test")
    assert [exchange.response.status for exchange in proxy.recorder.answered_] == [200, 403]
    assert proxy.recorder.ended_ == proxy.recorder.answered_
    assert all(exchange.seconds > 0 for exchange in proxy.recorder.ended_)


async def test_unanswered_requests_are_known_until_their_heads_come(start):
    """With the time since they came; what devproxy answers itself waits for nobody."""
    ready = asyncio.Event()

    async def slow(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        await ready.wait()
        writer.write(HELLO)
        writer.close()

    async with await asyncio.start_server(slow, "127.0.0.1", 0) as server:
        proxy = await start(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        asking = asyncio.get_running_loop().create_task(proxy.ask("GET /slow HTTP/1.1"))
        while not proxy.proxy.unanswered(0):
            await asyncio.sleep(0.01)
        (waiting,) = proxy.proxy.unanswered(0)
        assert (waiting.request.target, waiting.id) == ("/slow", "r1")
        assert proxy.proxy.unanswered(60) == []
        ready.set()
        assert (await asking)[0] == 200
        assert proxy.proxy.unanswered(0) == []


async def test_a_mistake_of_our_own_is_a_500_with_cors_headers(start, scripted, monkeypatch, caplog):
    """A crash is told in the terminal, answered, and does not end the process."""
    target = await scripted(HELLO)
    proxy = await start(target.origin)

    def broken(*_args):
        raise RuntimeError("a bug")

    monkeypatch.setattr("devproxy.decide.client_response", broken)
    with caplog.at_level(logging.ERROR):
        status, fields, _ = await proxy.ask(f"GET / HTTP/1.1\n{PAGE}")
    assert (status, fields["access-control-allow-origin"]) == (500, "http://localhost:5173")
    assert "a bug" in caplog.text
    monkeypatch.undo()
    assert (await proxy.ask("GET / HTTP/1.1"))[0] == 200


async def test_a_mistake_before_anything_is_decided_cuts_the_connection(start, scripted, monkeypatch, caplog):
    """Without a decision nobody knows what may be answered."""
    proxy = await start((await scripted(HELLO)).origin)
    monkeypatch.setattr("devproxy.decide.admit", None)
    with caplog.at_level(logging.ERROR), pytest.raises((ConnectionError, IndexError)):
        await proxy.ask("GET / HTTP/1.1")


async def test_a_listener_that_fails_costs_nobody_an_answer(start, scripted, caplog, monkeypatch):
    """It is told in the terminal, and the connection carries the next request."""
    proxy = await start((await scripted(HELLO, then_close=False)).origin)
    monkeypatch.setattr(proxy.recorder, "ended", None)
    reader, writer = await proxy.connect(b"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK")
    while "a listener failed" not in caplog.text:
        await asyncio.sleep(0.01)
    monkeypatch.undo()
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert (await asyncio.wait_for(reader.read(), 5)).count(b"HTTP/1.1 200 OK") == 1


ASK = b"%b /second HTTP/1.1\r\nHost: localhost\r\n%b\r\n"


@pytest.fixture
def again(start, speaking):
    """Has a connection of a client's carry a request that is answered, so that the next one finds a connection kept.

    `pieces` are what the target says to that, with a moment between each two; None closes its connection, a number waits.
    """

    async def run(*pieces, config="routes: {{/: '{}'}}"):
        asked = []

        async def speak(reader, writer):
            while True:
                asked.append(await reader.readuntil(b"\r\n\r\n"))
                if b" /first " in asked[-1]:
                    writer.write(HELLO)
                    continue
                for piece in pieces:
                    if piece is None:
                        return
                    if isinstance(piece, bytes):
                        writer.write(piece)
                    await asyncio.sleep(piece if isinstance(piece, float) else 0.02)

        proxy = await start(config=config.format(await speaking(speak)))
        reader, writer = await proxy.connect(ASK.replace(b"second", b"first") % (b"GET", b""))
        await reader.readuntil(b"hello")
        return proxy, reader, writer, asked

    return run


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
DATED = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 5\r\n\r\n"


@pytest.mark.parametrize(
    ("method", "pieces", "answer"),
    [
        (b"GET", [HELLO], HELLO),
        (b"GET", [HELLO[:9], HELLO[9:30], HELLO[30:-2], HELLO[-2:]], HELLO),
        (b"GET", [CHUNKED + b"5\r\nhello\r\n0\r\n\r\n"], CHUNKED + b"5\r\nhello\r\n0\r\n\r\n"),
        (b"GET", [CHUNKED + b"5\r\nhello\r\n", b"0\r\n\r\n"], CHUNKED + b"5\r\nhello\r\n0\r\n\r\n"),
        (b"GET", [EARLY + HELLO], EARLY + HELLO),
        (b"GET", [EARLY, HELLO], EARLY + HELLO),
        (b"HEAD", [HELLO[:-5]], HELLO[:-5]),
        (b"OPTIONS", [b"HTTP/1.1 204 No Content\r\n\r\n"], b"HTTP/1.1 204 No Content\r\n\r\n"),
    ],
)
async def test_an_answer_that_comes_over_a_kept_connection_is_passed_on(again, method, pieces, answer):
    """However it is cut, with nothing added but what the policy says; and the connections carry the next request."""
    proxy, reader, writer, asked = await again(*pieces)
    for number in (1, 2):
        writer.write(ASK % (method, b""))
        said = b""
        while said.replace(b"Vary: Origin\r\n", b"") != answer:
            assert len(said) < len(answer) + 100, said
            said += await asyncio.wait_for(reader.read(1000), 5)
        while len(proxy.recorder.ended_) < number + 1:
            await asyncio.sleep(0.01)
        exchange = proxy.recorder.ended_[-1]
        assert (exchange.error, exchange.sent.status) == (None, exchange.response.status)
        assert (len(proxy.recorder.answered_), exchange.id) == (number + 1, f"r{number + 1}")
    assert len(asked) == 3
    assert proxy.proxy.in_flight == 0


@pytest.mark.parametrize(
    ("pieces", "status", "error"),
    [
        ([b"SSH-2.0\r\n"], 502, "something that is not HTTP/1.1"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"], 502, "malformed"),
        ([b"HTTP/1.1 200 OK\r\n", None], 502, "before its answer had a whole head"),
        ([DATED + b"he", None], 200, "after 2 of 5 bytes"),
        ([0.6], 504, "did not answer within"),
    ],
)
async def test_a_target_that_fails_over_a_kept_connection_is_told(again, pieces, status, error):
    """As over any other: an answer where none has begun, a cut where one has."""
    config = "routes: {{/: {{target: '{}', timeout: 300ms}}}}"
    proxy, reader, writer, _ = await again(*pieces, config=config)
    writer.write(ASK % (b"GET", b"Connection: close\r\n"))
    said = await asyncio.wait_for(reader.read(), 5)
    assert said.startswith(b"HTTP/1.1 %d " % status)
    assert (said[-2:] == b"he") == (status == 200)
    (exchange,) = proxy.recorder.ended_[1:]
    assert isinstance(exchange.error, TargetError)
    assert error in str(exchange.error.detail)


async def test_a_kept_connection_that_closes_without_an_answer_is_replaced(again):
    """What can be repeated is asked again over a new one."""
    _, reader, writer, asked = await again(None)
    writer.write(ASK % (b"GET", b"Connection: close\r\n"))
    said = await asyncio.wait_for(reader.read(), 5)
    assert said.startswith(b"HTTP/1.1 502 ")  # that one closes, too
    assert [head.split()[1] for head in asked] == [b"/first", b"/second", b"/second"]


async def test_a_stream_over_a_kept_connection_is_a_stream(again):
    """Its events come as they are said, and stopping does not wait for it."""
    events = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    proxy, reader, writer, _ = await again(events, b"7\r\ndata: a\r\n", 60.0)
    writer.write(ASK % (b"GET", b""))
    await asyncio.wait_for(reader.readuntil(b"data: a\r\n"), 5)
    assert (proxy.proxy.in_flight, proxy.recorder.answered_[-1].open_ended) == (0, True)
    await asyncio.wait_for(proxy.proxy.stop(grace=30), 5)
    assert (await reader.read()).endswith(b"0\r\n\r\n")


async def test_a_client_that_leaves_takes_its_request_along(again):
    """The target need not go on with what nobody waits for."""
    proxy, _, writer, _ = await again(60.0)
    writer.write(ASK % (b"GET", b""))
    while not proxy.proxy.unanswered(0):
        await asyncio.sleep(0.01)
    assert proxy.proxy.in_flight == 1
    writer.transport.abort()
    while len(proxy.recorder.ended_) < 2:
        await asyncio.sleep(0.01)
    exchange = proxy.recorder.ended_[-1]
    assert (str(exchange.error), exchange.response) == ("the client has gone", None)
    assert (proxy.proxy.in_flight, proxy.proxy.unanswered(0)) == (0, [])
    assert "open=0" in repr(proxy.proxy._upstream)


async def test_stopping_waits_for_what_a_kept_connection_is_asked(again):
    """And closes the client's connection behind the answer."""
    proxy, reader, writer, _ = await again(0.3, HELLO)
    writer.write(ASK % (b"GET", b""))
    while not proxy.proxy.unanswered(0):
        await asyncio.sleep(0.01)
    await asyncio.wait_for(proxy.proxy.stop(grace=5), 5)
    assert (await reader.read()).endswith(b"hello")
    assert proxy.recorder.ended_[-1].error is None


async def test_stopping_cuts_what_takes_too_long(again):
    """However it is waited for."""
    proxy, _, writer, _ = await again(60.0)
    writer.write(ASK % (b"GET", b""))
    while not proxy.proxy.unanswered(0):
        await asyncio.sleep(0.01)
    await asyncio.wait_for(proxy.proxy.stop(grace=0.1), 5)
    assert str(proxy.recorder.ended_[-1].error) == "devproxy has stopped"


async def test_a_mistake_over_a_kept_connection_is_told_once(again, monkeypatch, caplog):
    """A crash is answered, and does not end the process."""
    proxy, reader, writer, _ = await again(HELLO)

    def broken(*_args):
        raise RuntimeError("a bug")

    monkeypatch.setattr("devproxy.decide.client_response", broken)
    writer.write(ASK % (b"GET", b"Connection: close\r\n"))
    assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 500 ")
    assert caplog.text.count("RuntimeError: a bug") == 1
    assert len(proxy.recorder.ended_) == 2


async def test_many_at_once_over_kept_connections_each_get_their_own_answer(start, speaking):
    """What is written in one piece for all is nobody else's."""

    async def speak(reader, writer):
        while True:
            path = (await reader.readuntil(b"\r\n\r\n")).split()[1]
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(path), path))

    proxy = await start(await speaking(speak))

    async def page(name):
        reader, writer = await proxy.connect(b"")
        for number in range(50):
            path = b"/%d/%d" % (name, number)
            last = b"Connection: close\r\n" if number == 49 else b""
            writer.write(b"GET %b HTTP/1.1\r\nHost: localhost\r\n%b\r\n" % (path, last))
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            assert head.startswith(b"HTTP/1.1 200 OK\r\n")
            assert await reader.readexactly(len(path)) == path
        assert await reader.read() == b""

    await asyncio.gather(*map(page, range(30)))
    while len(proxy.recorder.ended_) < 1500:
        await asyncio.sleep(0.01)
    assert not [exchange.error for exchange in proxy.recorder.ended_ if exchange.error]


async def test_a_body_that_comes_in_pieces_is_passed_on_as_it_comes(again):
    """A client that is slow in between gets all of it, and what is behind it on the connection stays apart."""
    body = bytes(range(256)) * 16_000
    half = len(body) // 2
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    _, reader, writer, _ = await again(head + body[:10], body[10:half], body[half:])
    for pause in (0.0, 0.3):
        writer.write(ASK % (b"GET", b""))
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        await asyncio.sleep(pause)
        assert await asyncio.wait_for(reader.readexactly(len(body)), 10) == body
