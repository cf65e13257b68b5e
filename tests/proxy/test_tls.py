"""Which certificates are believed."""

import ssl
from dataclasses import replace

import pytest
import truststore

from devproxy.errors import TargetError
from devproxy.proxy.tls import handshake_failed, target_context
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


def test_a_file_that_has_gone():
    """Named, with what to look at."""
    with pytest.raises(TargetError, match=r"ca_file /no/such\.pem cannot be used"):
        target_context(replace(HTTPS, ca_file="/no/such.pem"))


def test_an_unknown_error():
    """Still says which target it was."""
    told = handshake_failed(HTTPS, ssl.SSLError("odd"))
    assert (told.code, "https://api.example.com" in told.detail) == ("tls", True)
