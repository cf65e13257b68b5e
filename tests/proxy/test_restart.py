"""A target that is stopped and started again while it is asked."""

import asyncio
import json

import pytest

PAGE = "Origin: http://localhost:5173"
CONFIG = "routes: {{/: {{target: 'http://127.0.0.1:{port}', wait_for_restart: {wait}}}}}"


class Backend:
    """A target on one port that can be stopped like a process: with all its connections, at once."""

    def __init__(self, port):
        self.port = port
        self.asked = []
        self._writers = set()
        self._server = None

    async def start(self):
        self._server = await asyncio.start_server(self._speak, "127.0.0.1", self.port)

    async def stop(self):
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _speak(self, reader, writer):
        self._writers.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")),
                    0,
                )
                self.asked.append(head.split(b" ", 1)[0] + await reader.readexactly(length))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
        finally:
            self._writers.discard(writer)


@pytest.fixture
async def backend(unused_tcp_port):
    target = Backend(unused_tcp_port)
    await target.start()
    yield target
    await target.stop()
    await asyncio.sleep(0.01)


async def test_requests_wait_for_a_target_that_is_being_restarted(start, backend):
    """A POST too: nothing of its body has been read before there is somebody to read it."""
    proxy = await start(config=CONFIG.format(port=backend.port, wait="5s"))
    assert (await proxy.ask("GET / HTTP/1.1"))[0] == 200
    await backend.stop()
    asking = asyncio.gather(
        *(proxy.ask(f"GET /{number} HTTP/1.1") for number in range(3)), proxy.ask("POST / HTTP/1.1", b"body")
    )
    await asyncio.sleep(0.3)
    assert not asking.done()
    assert len(proxy.recorder.held_) == 4
    await backend.start()
    assert [status for status, _, _ in await asking] == [200] * 4
    assert sorted(backend.asked) == [b"GET"] * 4 + [b"POSTbody"]


async def test_a_target_that_does_not_come_back_is_a_503_that_the_page_can_read(start, backend):
    """With the time to come again."""
    proxy = await start(config=CONFIG.format(port=backend.port, wait="300ms"))
    await proxy.ask("GET / HTTP/1.1")
    await backend.stop()
    status, fields, body = await proxy.ask(f"GET / HTTP/1.1\n{PAGE}")
    assert (status, fields["retry-after"]) == (503, "1")
    assert fields["access-control-allow-origin"] == "http://localhost:5173"
    told = json.loads(body)
    assert told["type"] == "urn:devproxy:error:starting"
    assert told["detail"].startswith(f"http://127.0.0.1:{backend.port} has refused connections for 0.3 s")
    await backend.start()


async def test_a_target_that_was_never_up_fails_at_once(start, unused_tcp_port):
    """It is not being restarted: somebody forgot to start it."""
    proxy = await start(config=CONFIG.format(port=unused_tcp_port, wait="1h"))
    assert (await proxy.ask("GET / HTTP/1.1"))[0] == 502
    assert proxy.recorder.held_ == []


async def test_who_does_not_want_to_wait_does_not(start, backend):
    """wait_for_restart: 0s."""
    proxy = await start(config=CONFIG.format(port=backend.port, wait="0s"))
    await proxy.ask("GET / HTTP/1.1")
    await backend.stop()
    assert (await proxy.ask("GET / HTTP/1.1"))[0] == 502
    assert proxy.recorder.held_ == []
    await backend.start()


async def test_a_client_that_goes_waits_no_longer(start, backend):
    """Its request is not sent when the target is back."""
    proxy = await start(config=CONFIG.format(port=backend.port, wait="1h"))
    await proxy.ask("GET / HTTP/1.1")
    await backend.stop()
    _, writer = await asyncio.open_connection("127.0.0.1", proxy.proxy.port)
    writer.write(f"GET /late HTTP/1.1\r\nHost: localhost:{proxy.proxy.port}\r\n\r\n".encode())
    while not proxy.recorder.held_:
        await asyncio.sleep(0.01)
    writer.close()
    while len(proxy.recorder.ended_) < 2:
        await asyncio.sleep(0.01)
    await backend.start()
    assert (await proxy.ask("GET / HTTP/1.1"))[0] == 200
    assert backend.asked == [b"GET", b"GET"]
