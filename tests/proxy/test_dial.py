"""Where a target is, and what is said when it is not there."""

import asyncio
import contextlib
import errno
import os
import select
import socket
import ssl
import struct
import sys
from dataclasses import replace

import pytest

from devproxy.errors import TargetError
from devproxy.framing import NO_BODY
from devproxy.headers import Headers
from devproxy.proxy.dial import Dialer, half_close, has_hung_up, watch
from devproxy.proxy.upstream import Upstream
from devproxy.rewrite.request import TargetRequest
from devproxy.target import Target

pytestmark = pytest.mark.usefixtures("each_loop")


@pytest.fixture
async def listen():
    """A listener that accepts and stays silent; TLS with a context."""
    async with contextlib.AsyncExitStack() as stack:

        async def listen(host, port=0, tls=None, client=None):
            async def silent(reader, writer):
                await reader.read()
                writer.close()

            server = await asyncio.start_server(client or silent, host, port, ssl=tls)
            stack.callback(server.close)
            return server.sockets[0].getsockname()[1]

        yield listen


@pytest.fixture
async def dial():
    """Dials a URL and closes what it got."""
    async with contextlib.AsyncExitStack() as stack:

        async def dial(url, dialer=None):
            target = Target.parse(url) if isinstance(url, str) else url
            transport, protocol = await (dialer or Dialer()).dial(target, asyncio.Protocol)
            stack.callback(transport.abort)
            assert isinstance(protocol, asyncio.Protocol)
            return transport

        yield dial
        await asyncio.sleep(0)


def free_port():
    with socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("name", ["localhost", "api.localhost", "localhost."])
@pytest.mark.parametrize("address", ["::1", "127.0.0.1"])
async def test_a_local_target_is_found_on_either_loopback(listen, dial, address, name):
    """A server that listens on one loopback only is reached, whatever the resolver thinks of its name."""
    port = await listen(address)
    transport = await dial(f"http://{name}:{port}")
    assert transport.get_extra_info("peername")[0] == address


async def test_the_loopback_that_answered_is_tried_first(listen, dial):
    """What answered once is preferred from then on, until it refuses."""
    dialer = Dialer()
    port = await listen("127.0.0.1")
    await dial(f"http://localhost:{port}", dialer)
    await listen("::1", port)
    transport = await dial(f"http://localhost:{port}", dialer)
    assert transport.get_extra_info("peername")[0] == "127.0.0.1"
    assert repr(dialer) == f"<Dialer connect_timeout=10 answered={{('localhost', {port}): '127.0.0.1'}}>"


async def test_a_local_target_that_moved_is_found_again(listen, dial):
    """The other loopback is tried when the remembered one refuses."""
    dialer = Dialer()
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await dial(f"http://localhost:{port}", dialer)
    server.close()
    await listen("::1", port)
    transport = await dial(f"http://localhost:{port}", dialer)
    assert transport.get_extra_info("peername")[0] == "::1"


async def test_nobody_listens(dial):
    """The message names both loopbacks, so that nobody wonders which one was tried."""
    port = free_port()
    with pytest.raises(TargetError) as refusal:
        await dial(f"http://localhost:{port}")
    assert refusal.value.code == "refused"
    assert refusal.value.detail == (
        f"devproxy could not connect to http://localhost:{port} (connection refused on ::1 and 127.0.0.1)"
    )


@pytest.mark.parametrize("contained", [True, False])
async def test_nobody_listens_on_the_loopback_of_a_container(dial, monkeypatch, contained):
    """The error says so, where we are in one; and a name without a dot may be a service's."""

    async def getaddrinfo(loop, host, port, **options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", getaddrinfo)
    monkeypatch.setattr("devproxy.proxy.dial.in_container", lambda: contained)
    for url, words in (
        (f"http://localhost:{free_port()}", "localhost is this container: "),
        ("http://api:3001", "Is api a service "),
    ):
        with pytest.raises(TargetError) as failure:
            await dial(url)
        assert failure.value.hint.startswith(words) if contained else not failure.value.hint


async def test_an_address_is_dialled_as_it_stands(listen, dial):
    """An IP literal is one address; the other loopback is not tried."""
    port = await listen("::1")
    assert (await dial(f"http://[::1]:{port}")).get_extra_info("peername")[0] == "::1"
    with pytest.raises(TargetError, match=r"connection refused on 127\.0\.0\.1\)"):
        await dial(f"http://127.0.0.1:{port}")


@pytest.fixture
def refuse(monkeypatch):
    """Lets some addresses fail as the test says, and names resolve as it says."""

    def refuse(failures, names=()):
        kind = type(asyncio.get_running_loop())
        connect = kind.create_connection

        async def create_connection(loop, factory, address, *args, **options):
            failure = failures.get(address)
            if failure is None:
                return await connect(loop, factory, address, *args, **options)
            if isinstance(failure, Exception):
                raise failure
            return await failure.wait()

        async def getaddrinfo(loop, host, port, **options):
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in names]

        monkeypatch.setattr(kind, "create_connection", create_connection)
        if names:
            monkeypatch.setattr(kind, "getaddrinfo", getaddrinfo)

    return refuse


@pytest.mark.parametrize(
    ("failure", "code", "words"),
    [
        (
            OSError(errno.EAFNOSUPPORT, "Address family not supported"),
            "refused",
            "address not available on ::1",
        ),
        (OSError(errno.EADDRNOTAVAIL, "Cannot assign address"), "refused", "address not available on ::1"),
        (OSError(errno.EHOSTUNREACH, "No route"), "refused", "no route to the host on ::1"),
        (OSError(errno.EACCES, "Permission denied"), "refused", "Permission denied on ::1"),
        (OSError("odd"), "refused", "OSError on ::1"),
        (TimeoutError(errno.ETIMEDOUT, "timed out"), "timeout", "no answer on ::1"),
    ],
)
async def test_one_loopback_is_missing(dial, refuse, failure, code, words):
    """A loopback that cannot be used counts as one that did not answer, and each is named with its reason."""
    port = free_port()
    refuse({"::1": failure})
    with pytest.raises(TargetError) as refusal:
        await dial(f"http://localhost:{port}")
    assert refusal.value.code == code
    assert refusal.value.detail.endswith(f"({words}, connection refused on 127.0.0.1)")


async def test_a_connection_that_dies_young(dial, refuse):
    """A reset while connecting is no refusal: somebody listens there."""
    refuse({"127.0.0.1": ConnectionResetError(errno.ECONNRESET, "reset")})
    with pytest.raises(TargetError) as refusal:
        await dial("http://127.0.0.1:3001")
    assert refusal.value.code == "reset"


async def test_every_address_of_a_name_is_tried(listen, dial, refuse):
    """An address that refuses, or swallows packets, does not hide the next one."""
    port = await listen("127.0.0.1")
    refuse(
        {"192.0.2.1": asyncio.Event(), "192.0.2.2": ConnectionRefusedError()},
        ["192.0.2.1", "192.0.2.2", "127.0.0.1"],
    )
    transport = await dial(f"http://backend.test:{port}", Dialer(connect_timeout=0.3))
    assert transport.get_extra_info("peername")[0] == "127.0.0.1"


async def test_a_look_up_that_takes_too_long(dial, monkeypatch):
    """The connect timeout covers the look-up of the name."""

    async def getaddrinfo(loop, host, port, **options):
        await asyncio.Event().wait()

    monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", getaddrinfo)
    with pytest.raises(TargetError) as late:
        await dial("http://backend.test", Dialer(connect_timeout=0.05))
    assert (late.value.code, late.value.detail) == (
        "timeout",
        "looking up backend.test took longer than 0.05 s",
    )


@pytest.mark.parametrize(
    ("scheme", "host"),
    [("http", "nowhere.invalid"), ("http", "a" * 64 + ".example"), ("https", "a" * 64 + ".localhost")],
)
async def test_an_unknown_name(listen, dial, scheme, host):
    """A name that no resolver knows, or could know, is told apart from a server that is down."""
    port = await listen("127.0.0.1")
    with pytest.raises(TargetError) as refusal:
        await dial(f"{scheme}://{host}:{port}")
    assert refusal.value.code == "dns"
    assert host in refusal.value.detail


async def test_a_target_that_swallows_the_handshake(listen, dial):
    """The connect timeout covers the TLS handshake, too."""
    port = await listen("127.0.0.1")
    with pytest.raises(TargetError) as refusal:
        await dial(f"https://127.0.0.1:{port}", Dialer(connect_timeout=0.1))
    assert refusal.value.code == "timeout"
    assert refusal.value.detail == (
        f"devproxy could not connect to https://127.0.0.1:{port} (no answer on 127.0.0.1)"
    )


async def test_a_cancelled_dial_leaves_nothing_open(listen):
    """Cancelling while the handshake is under way closes the socket."""
    seen = asyncio.get_running_loop().create_future()

    async def wait_for_the_end(reader, writer):
        await reader.read(1)
        dialling.cancel()
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()
        seen.set_result(None)

    port = await listen("127.0.0.1", client=wait_for_the_end)
    dialling = asyncio.get_running_loop().create_task(
        Dialer().dial(Target.parse(f"https://127.0.0.1:{port}"), asyncio.Protocol)
    )
    await seen
    with pytest.raises(asyncio.CancelledError):
        await dialling


async def test_small_packets_are_not_held_back(listen, dial):
    """TCP_NODELAY is on: a head must not wait for the acknowledgement of the one before."""
    port = await listen("127.0.0.1")
    transport = await dial(f"http://127.0.0.1:{port}")
    assert transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_farewell_is_seen_in_the_kernel(listen, dial):
    """An end that the loop has not read yet is news already."""
    peers = asyncio.Queue()
    port = await listen("127.0.0.1", client=lambda _, writer: peers.put_nowait(writer))
    has_news = watch(await dial(f"http://127.0.0.1:{port}"))
    peer = await peers.get()
    assert not has_news()
    with socket.socket(fileno=os.dup(peer.get_extra_info("socket").fileno())) as end:
        end.shutdown(socket.SHUT_WR)
    assert has_news()
    peer.close()


def server_side(paths):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*paths)
    return context


def trusting(url, paths):
    return replace(Target.parse(url), ca_file=str(paths[0]))


async def test_a_trusted_https_target(listen, dial, certificate):
    """A certificate that is trusted and names the host opens a transport with TLS."""
    paths = certificate("localhost")
    port = await listen("127.0.0.1", tls=server_side(paths))
    transport = await dial(trusting(f"https://localhost:{port}", paths))
    assert transport.get_extra_info("ssl_object").server_hostname == "localhost"


@pytest.mark.parametrize(
    ("made", "trusted", "code", "words"),
    [
        (("localhost", 1), False, "tls_untrusted", "is self-signed"),
        (("localhost", -1), True, "tls_expired", "has expired"),
        (("other.test", 1), True, "tls_wrong_host", "was made for another host"),
    ],
)
async def test_a_certificate_that_does_not_hold(listen, certificate, made, trusted, code, words):
    """Each thing that is wrong with a certificate has a code and words of its own."""
    paths = certificate(*made)
    port = await listen("127.0.0.1", tls=server_side(paths))
    target = Target.parse(f"https://localhost:{port}")
    with pytest.raises(TargetError) as refusal:
        await Dialer().dial(replace(target, ca_file=str(paths[0])) if trusted else target, asyncio.Protocol)
    assert refusal.value.code == code
    assert refusal.value.detail == f"the certificate of https://localhost:{port} {words}"


async def test_a_certificate_that_nobody_asks_for(listen, dial, certificate):
    """verify_tls: false takes any, made for whatever host, and asks for the host all the same (SNI)."""
    asked = []
    context = server_side(certificate("other.test", -1))
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    port = await listen("127.0.0.1", tls=context)
    await dial(replace(Target.parse(f"https://localhost:{port}"), verify_tls=False))
    assert asked == ["localhost"]


async def test_a_proxy_of_the_environment_is_not_used_but_spoken_of(dial, monkeypatch):
    """Only where the direct way fails, and the target is not the developer's own."""
    monkeypatch.setenv("HTTPS_PROXY", "http://user:hunter2@proxy.test:3128")
    with pytest.raises(TargetError) as refusal:
        await dial("https://api.invalid")
    assert refusal.value.code == "dns"
    assert refusal.value.detail.endswith(
        "; HTTPS_PROXY is set, but devproxy dials directly unless the route has via"
    )
    with pytest.raises(TargetError) as refusal:
        await dial(f"http://localhost:{free_port()}")
    assert "HTTPS_PROXY" not in refusal.value.detail


async def test_a_ca_file_of_no_use(listen, dial, tmp_path):
    """It may have gone, or been broken, since it was looked at."""
    port = await listen("127.0.0.1")
    target = Target.parse(f"https://localhost:{port}")
    (tmp_path / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    for name in ("gone.pem", "broken.pem"):
        with pytest.raises(TargetError) as refusal:
            await dial(replace(target, ca_file=str(tmp_path / name)))
        assert refusal.value.code == "tls"
        assert refusal.value.detail.startswith(f"ca_file {tmp_path / name} cannot be used (")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows' Python opens no such sockets")
async def test_a_unix_domain_socket(tmp_path):
    """A target without a port is asked like any other, and told by its path when it is not there."""
    path = str(tmp_path / "s")
    asked = []

    async def answer(reader, writer):
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        writer.close()

    upstream = Upstream()
    headers = Headers([("Host", "localhost:8484")])
    request = TargetRequest(Target.parse(f"unix:{path}"), "GET", "/a", headers, NO_BODY)
    async with await asyncio.start_unix_server(answer, path):
        answered = await upstream.send(request, None, timeout=10)
        assert await answered.read() == b"hello"
        await upstream.close()
    assert asked[0].startswith(b"GET /a HTTP/1.1\r\nHost: localhost:8484\r\n")
    with pytest.raises(TargetError) as refusal:
        await upstream.send(replace(request, target=Target.parse(f"unix:{path}.gone")), None, timeout=10)
    assert (refusal.value.code, path in refusal.value.detail) == ("refused", True)


async def test_an_https_target_is_asked_like_any_other(listen, certificate):
    """Requests over TLS are answered, and their connection is used again."""
    paths = certificate("localhost")
    connections = 0

    async def answer(reader, writer):
        nonlocal connections
        connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        writer.close()

    port = await listen("127.0.0.1", tls=server_side(paths), client=answer)
    upstream = Upstream()
    request = TargetRequest(trusting(f"https://localhost:{port}", paths), "GET", "/", Headers(), NO_BODY)
    for _ in range(3):
        answered = await upstream.send(request, None, timeout=10)
        assert await answered.read() == b"hello"
    await upstream.close()
    assert connections == 1


async def test_http_behind_an_https_url(listen, dial):
    """A target that answers the handshake in plain text is recognised."""

    async def plain(reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    port = await listen("127.0.0.1", client=plain)
    with pytest.raises(TargetError) as refusal:
        await dial(f"https://127.0.0.1:{port}")
    assert refusal.value.code == "tls"
    assert refusal.value.detail.endswith("; is it http?")


async def test_a_target_that_hangs_up_during_the_handshake(listen, dial):
    """A connection that is closed before TLS stands is a failed handshake, not a refused connection."""

    async def hang_up(reader, writer):
        await reader.read(1)
        writer.close()

    port = await listen("127.0.0.1", client=hang_up)
    with pytest.raises(TargetError) as refusal:
        await dial(f"https://127.0.0.1:{port}")
    assert refusal.value.code == "tls"


@pytest.mark.skipif(sys.platform == "win32", reason="this system does not tell")
@pytest.mark.parametrize(
    ("how", "half", "gone"),
    [("stay", True, False), ("fin", True, True), ("fin", False, False), ("rst", False, True)],
)
async def test_an_end_that_has_hung_up_is_known_without_reading(dial, how, half, gone):
    """A reset is, and FIN is where that counts as gone, although bytes lie in front of it; bytes alone are no news."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        transport = await dial(f"http://127.0.0.1:{listener.getsockname()[1]}")
        transport.pause_reading()
        end, _ = listener.accept()
        with end:
            end.sendall(b"unread")
            if how == "rst":
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.close()
            elif how == "fin":
                end.shutdown(socket.SHUT_WR)
            await asyncio.sleep(0.05)
            knows = how == "rst" or hasattr(select, "POLLRDHUP")
            assert has_hung_up(transport, half=half) is (gone and knows)


class _Reset(asyncio.Transport):
    """A connection whose other side has gone, though its loop has not heard of it."""

    def __init__(self, *, halves: bool = True) -> None:
        super().__init__()
        self._halves = halves

    def can_write_eof(self) -> bool:
        return self._halves

    def write_eof(self) -> None:
        raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")


def test_a_connection_that_was_reset_is_half_closed_without_a_word():
    """What there is to say of it is said when its loop hears."""
    assert half_close(_Reset())


def test_a_connection_without_halves_says_so():
    """TLS has none that could be closed alone."""
    assert not half_close(_Reset(halves=False))
