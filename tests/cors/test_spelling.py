import pytest
from hypothesis import example, given, strategies as st

from devproxy.cors.spelling import broken_rules, host_and_port, respelled

# What is no serialised origin: the rule it breaks, and what was meant, if that can be guessed.
FAULTS = [
    # realistic
    ("localhost:5173", "an origin starts with its scheme", "http://localhost:5173"),
    ("5173", "an origin starts with its scheme", "http://localhost:5173"),
    (":5173", "an origin starts with its scheme", "http://localhost:5173"),
    ("http:/localhost", "an origin starts with its scheme", "http://localhost"),
    ("//localhost:5173", "an origin starts with its scheme", "http://localhost:5173"),
    ("null", "an origin starts with its scheme", "null"),
    ("http://localhost:5173/", "an origin has no path", "http://localhost:5173"),
    ("http://localhost:5173/app/", "an origin has no path", "http://localhost:5173"),
    ("http://localhost:5173\\app", "an origin has no path", "http://localhost:5173"),
    ("http://localhost:5173?a=b", "an origin has no query", "http://localhost:5173"),
    ("http://localhost:5173#top", "an origin has no fragment", "http://localhost:5173"),
    (" http://localhost:5173", "an origin has no blanks and no control characters", "http://localhost:5173"),
    ("http://Localhost:5173", "an origin is spelled in lower case", "http://localhost:5173"),
    ("HTTP://localhost:5173", "an origin is spelled in lower case", "http://localhost:5173"),
    ("http://localhost:80", "the default port of http is left out", "http://localhost"),
    ("https://example.com:443", "the default port of https is left out", "https://example.com"),
    ("http://münchen.de", "a Unicode host is spelled in Punycode", "http://xn--mnchen-3ya.de"),
    ("http://straße.de", "a Unicode host is spelled in Punycode", "http://xn--strae-oqa.de"),
    ("ws://localhost:5173", "an origin is that of the page, so http instead of ws", "http://localhost:5173"),
    ("wss://app.test", "an origin is that of the page, so https instead of wss", "https://app.test"),
    ("file:///home/me/index.html", "pages of file: have the origin null", "null"),
    ("http://me:secret@app.test", "an origin has no user name", "http://app.test"),
    (
        "http://::1:5173",
        "a host is followed by one port, and an IPv6 address stands in brackets",
        "http://[::1]:5173",
    ),
    ("http:localhost:5173", "an origin starts with its scheme", "http://localhost:5173"),
    ("http//localhost:5173", "an origin starts with its scheme", "http://localhost:5173"),
    ("http;//localhost:5173", "an origin starts with its scheme", "http://localhost:5173"),
    ("www.example.com", "an origin starts with its scheme", "https://www.example.com"),
    ("app.test", "an origin starts with its scheme", "http://app.test"),
    ("192.168.1.5", "an origin starts with its scheme", "http://192.168.1.5"),
    ("^http://localhost:\\d+$", "an origin is no regular expression", "http://localhost:*"),
    ("/^https:\\/\\/.*\\.example\\.com$/", "an origin is no regular expression", "https://*.example.com"),
    ("https?://localhost:5173", "an origin is no regular expression", "http://localhost:5173"),
    ("http://(a|b).test", "an origin is no regular expression", None),
    ("http://localhost:5173-5180", "a port is a number from 1 to 65535", "http://localhost:*"),
    # synthetic
    ("http://localhost:", "a port is a number from 1 to 65535", "http://localhost"),
    ("http://localhost:0", "a port is a number from 1 to 65535", None),
    ("http://localhost:65536", "a port is a number from 1 to 65535", None),
    ("http://localhost:http", "a port is a number from 1 to 65535", None),
    ("http://localhost:05173", "a port has no leading zeros", "http://localhost:5173"),
    ("http://", "an origin names a host", None),
    ("http://:80", "an origin names a host", None),
    ("http://a..test", "a host has no empty labels", None),
    ("http://.test", "a host has no empty labels", None),
    ("http://a.test..", "a host has no empty labels", None),
    ("http://a,b", "a host is made of letters, digits, -, _ and dots", None),
    ("http://" + "a" * 64 + ".test", "a label of a host has at most 63 characters", None),
    ("http://xn--.test", "what follows xn-- is valid Punycode", None),
    ("http://xn--a-.test", "what follows xn-- is valid Punycode", None),
    ("http://xn--99999999.test", "what follows xn-- is valid Punycode", None),
    ("http://127.1", "an IPv4 address is four numbers from 0 to 255 without leading zeros", None),
    ("http://127.0.0.1.", "an IPv4 address is four numbers from 0 to 255 without leading zeros", None),
    ("http://127.0.0.01", "an IPv4 address is four numbers from 0 to 255 without leading zeros", None),
    ("http://256.0.0.1", "an IPv4 address is four numbers from 0 to 255 without leading zeros", None),
    ("http://2130706433", "an IPv4 address is four numbers from 0 to 255 without leading zeros", None),
    ("http://0x7f000001", "an IPv4 address is four numbers from 0 to 255 without leading zeros", None),
    ("http://[::0001]", "an IPv6 address is spelled in its shortest form (RFC 5952)", "http://[::1]"),
    (
        "http://[0:0:0:0:0:0:0:1]:81",
        "an IPv6 address is spelled in its shortest form (RFC 5952)",
        "http://[::1]:81",
    ),
    ("http://[::ffff:127.0.0.1]", "an IPv4 address is not wrapped into IPv6", "http://127.0.0.1"),
    ("http://[fe80::1%eth0]", "an IPv6 address in an origin has no zone", "http://[fe80::1]"),
    ("http://[::1", "an IPv6 address is up to eight groups of hexadecimal digits, in brackets", None),
    ("http://[localhost]", "an IPv6 address is up to eight groups of hexadecimal digits, in brackets", None),
    ("1http://a", "a scheme is a letter and at most 63 more letters, digits, +, - or .", None),
    ("://a", "a scheme is a letter and at most 63 more letters, digits, +, - or .", None),
    ("s" * 65 + "://a", "a scheme is a letter and at most 63 more letters, digits, +, - or .", None),
    (
        "http://*.test",
        "a wildcard is either *. in front of the host or :* as the whole port",
        "http://*.test",
    ),
    # pathological
    ("http://localhost:5173 http://evil.com", "an origin has no blanks and no control characters", None),
    ("http://localhost\t", "an origin has no blanks and no control characters", "http://localhost"),
    ("http://local\0host", "an origin has no blanks and no control characters", None),
    ("http://localhost\r\nX: y", "an origin has no blanks and no control characters", None),
    ("http://localhost\x7f", "an origin has no blanks and no control characters", None),
    ("http://localhost@evil.com", "an origin has no user name", "http://evil.com"),
    ("http://localhost%2eevil.com", "a host is made of letters, digits, -, _ and dots", None),
    (
        "http://localhost:5173:5173",
        "a host is followed by one port, and an IPv6 address stands in brackets",
        None,
    ),
    ("http://localhost:٣", "a port is a number from 1 to 65535", None),
    ("http://l\u043ecalhost", "a Unicode host is spelled in Punycode", "http://xn--lcalhost-nbh"),
    ("http://localhost:" + "9" * 200, "a port is a number from 1 to 65535", None),
    ("http://" + "a." * 125, "an origin has at most 256 characters", None),
    ("", "an origin starts with its scheme", None),
]


@pytest.mark.parametrize(("text", "rule", "instead"), FAULTS, ids=lambda value: repr(value)[:40])
def test_rules(text, rule, instead):
    """What browsers never send breaks a rule, and often tells what was meant."""
    assert next(broken_rules(text)) == rule
    if instead:
        assert respelled(text) == instead


@pytest.mark.parametrize(("text", "rule", "instead"), FAULTS, ids=lambda value: repr(value)[:40])
def test_guesses_are_well_spelled(text, rule, instead):
    """What was meant is spelled as browsers do, or it is null or a pattern."""
    if instead:
        assert instead == "null" or "*" in instead or next(broken_rules(instead), None) is None


def test_host_and_port():
    """The port begins behind the last colon that is not inside of brackets."""
    assert host_and_port("localhost:5173") == ("localhost", "5173")
    assert host_and_port("localhost") == ("localhost", None)
    assert host_and_port("localhost:") == ("localhost", "")
    assert host_and_port("[::1]") == ("[::1]", None)
    assert host_and_port("[::1]:81") == ("[::1]", "81")


@given(st.text(max_size=60))
@example("http://xn--" + "a" * 59)
@example("http://xn--\xff")
def test_total(text):
    """Every text has a first broken rule or none, and a guess."""
    assert next(broken_rules(text), "") is not None
    assert isinstance(respelled(text), str)
