"""A proxy on the way."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import replace

import pytest

from devproxy.errors import TargetError
from devproxy.framing import NO_BODY
from devproxy.headers import Headers
from devproxy.proxy.upstream import Upstream
from devproxy.rewrite.request import TargetRequest
from devproxy.target import Target

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
pytestmark = pytest.mark.usefixtures("each_loop")


@pytest.fixture
async def serve():
    """Starts a server and, at the end, cuts whatever is still open."""
    open_ends = []

    async def start(speak, **tls):
        async def kept(reader, writer):
            open_ends.append(writer)
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await speak(reader, writer)
            writer.close()

        server = await asyncio.start_server(kept, "127.0.0.1", 0, **tls)
        open_ends.append(server)
        return server.sockets[0].getsockname()[1]

    yield start
    for end in open_ends:
        end.close()
    await asyncio.sleep(0.05)


async def hello(reader, writer):
    while await reader.readuntil(b"\r\n\r\n"):
        writer.write(HELLO)


@pytest.fixture
def company(serve):
    """A proxy that connects wherever it is asked to, or answers as it is told."""
    asked = []

    async def copy(reader, writer):
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()

    async def start(answer=b"HTTP/1.1 200 Connection established\r\n\r\n", port=None):
        async def speak(reader, writer):
            head = await reader.readuntil(b"\r\n\r\n")
            asked.append(head)
            writer.write(answer)
            if port is None:
                return
            there, back = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(copy(reader, back), copy(there, writer), return_exceptions=True)

        return Target.parse(f"http://127.0.0.1:{await serve(speak)}")

    return start, asked


async def ask(target, times=1):
    upstream = Upstream()
    try:
        for _ in range(times):
            answer = await upstream.send(
                TargetRequest(target, "GET", "/", Headers([("Host", target.authority)]), NO_BODY),
                None,
                timeout=10,
            )
            assert await answer.read() == b"hello"
    finally:
        await upstream.close()


async def test_a_target_is_reached_through_the_proxy(company, serve):
    """By its name, which the proxy looks up; the connection is kept like any other."""
    start, asked = company
    via = await start(port=await serve(hello))
    await ask(replace(Target.parse("http://api.invalid:81"), via=via), times=3)
    assert asked == [b"CONNECT api.invalid:81 HTTP/1.1\r\nHost: api.invalid:81\r\n\r\n"]


async def test_tls_goes_through_untouched(company, serve, certificate):
    """The proxy sees a tunnel; the certificate is the target's."""
    start, asked = company
    paths = certificate("api.invalid")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*paths)
    via = await start(port=await serve(hello, ssl=context))
    target = replace(Target.parse("https://api.invalid"), via=via)
    await ask(replace(target, ca_file=str(paths[0])), times=2)
    with pytest.raises(TargetError) as refusal:
        await ask(target)
    assert refusal.value.code == "tls_untrusted"
    assert asked[0].startswith(b"CONNECT api.invalid:443 HTTP/1.1\r\n")
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
            "answered 407 'Proxy Authentication Required'",
        ),
        (b"HTTP/1.1 403 \x1b[31m\r\n\r\n", "answered 403 '\\x1b[31m'"),
        (b"HTTP/1.1 200 OK\r\n\r\nsurplus", "answered 200 'OK'"),
        (b"nonsense\r\n\r\n", "answered with something that is no HTTP"),
        (b"x" * 20000, "answered with something that is no HTTP"),
        (b"HTTP/1.1 200 OK\r\n", "closed the connection"),
        (b"", "closed the connection"),
    ],
)
async def test_a_proxy_that_says_no(company, answer, words):
    """Who refused, for which target, and in which words."""
    start, _ = company
    via = await start(answer)
    with pytest.raises(TargetError) as refusal:
        await ask(replace(Target.parse("https://api.invalid"), via=via))
    assert refusal.value.code == "via"
    assert refusal.value.detail == f"the proxy {via}, asked for https://api.invalid, {words}"


async def test_a_proxy_that_is_not_there(unused_tcp_port):
    """It is the one that could not be reached."""
    via = Target.parse(f"http://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(TargetError) as refusal:
        await ask(replace(Target.parse("https://api.invalid"), via=via))
    assert (refusal.value.code, str(via) in refusal.value.detail) == ("refused", True)
