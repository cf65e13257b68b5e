"""Which certificates are believed."""

import asyncio
import os
import socket
import ssl
from dataclasses import replace

import pytest
import truststore

from devproxy.config.build import from_targets
from devproxy.errors import StartError, TargetError
from devproxy.proxy.server import Proxy
from devproxy.proxy.tls import Certificate, handshake_failed, target_context
from devproxy.serve import site
from devproxy.target import Target

HTTPS = Target.parse("https://api.example.com")


def test_the_systems_own_roots_count():
    """Those of a company too; and only HTTP/1.1 is spoken."""
    context = target_context(HTTPS)
    assert isinstance(context, truststore.SSLContext)
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


def test_a_context_is_made_once():
    """Reading the roots takes longer than a request."""
    assert target_context(HTTPS) is target_context(Target.parse("https://other.example.com"))
    assert target_context(replace(HTTPS, verify_tls=False)) is not target_context(HTTPS)


def test_no_verification():
    """Where the route says so."""
    context = target_context(replace(HTTPS, verify_tls=False))
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)


def test_what_a_ca_file_says_now_counts(certificate, tmp_path):
    """A certificate that is made again is believed from the next connection on; one that is the same is read once."""
    one, other = certificate("one.test")[0], certificate("other.test")[0]
    file = tmp_path / "ca.pem"
    file.write_bytes(one.read_bytes())
    target = replace(HTTPS, ca_file=str(file))
    first = target_context(target)
    assert target_context(target) is first
    file.write_bytes(other.read_bytes())
    os.utime(file, ns=(1, 1))
    second = target_context(target)
    assert second is not first
    assert [context.get_ca_certs()[0]["subject"][0][0][1] for context in (first, second)] == [
        "one.test",
        "other.test",
    ]


def test_a_file_that_has_gone():
    """Named, with what to look at."""
    with pytest.raises(TargetError, match=r"ca_file /no/such\.pem cannot be used"):
        target_context(replace(HTTPS, ca_file="/no/such.pem"))


def test_an_unknown_error():
    """Still says which target it was."""
    told = handshake_failed(HTTPS, ssl.SSLError("odd"))
    assert (told.code, "https://api.example.com" in told.detail) == ("tls", True)


def shown_by(port):
    """The certificate that a listener shows, and its answer to a GET."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port)) as raw, context.wrap_socket(raw) as client:
        client.sendall(f"GET /x HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: client.recv(4096), b""))
        return client.getpeercert(binary_form=True), answer


async def test_the_listener_serves_https_and_takes_a_new_certificate(certificate, tmp_path, scripted):
    """Without being started again; half a pair is no pair, and changes nothing."""
    cert, key = tmp_path / "c.pem", tmp_path / "k.pem"
    first, second = certificate("localhost"), certificate("localhost", 2)

    def place(pair):
        for source, to in zip(pair, (cert, key), strict=True):
            to.write_bytes(source.read_bytes())
            later = to.stat().st_mtime + place.times
            os.utime(to, (later, later))
        place.times += 5

    place.times = 0
    place(first)
    own = Certificate(str(cert), str(key))
    target = await scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    proxy = Proxy(site(from_targets([target.origin])))
    await proxy.start("127.0.0.1", 0, own)
    try:
        shown, answer = await asyncio.to_thread(shown_by, proxy.port)
        assert answer.endswith(b"ok")
        assert b"X-Forwarded-Proto: https\r\n" in target.asked[0]
        cert.write_bytes(second[0].read_bytes())
        os.utime(cert, (1e9, 1e9))
        own.refresh()
        assert (await asyncio.to_thread(shown_by, proxy.port))[0] == shown
        place(second)
        own.refresh()
        assert (await asyncio.to_thread(shown_by, proxy.port))[0] == ssl.PEM_cert_to_DER_cert(
            second[0].read_text()
        )
    finally:
        await proxy.stop()


def test_files_that_are_no_pair(certificate, tmp_path):
    """Told before anything listens, with the command that makes a pair."""
    (one, _), (_, other) = certificate("localhost"), certificate("localhost")
    with pytest.raises(StartError, match="cannot be used") as refusal:
        Certificate(str(one), str(other))
    assert refusal.value.hint.endswith("mkcert localhost 127.0.0.1 ::1")
