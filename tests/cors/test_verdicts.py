"""Policies by their verdict: refused (browsers would refuse it, or it is unsafe), doubted with a warning, or taken."""

import pytest

from devproxy.cors.policy import CorsPolicy
from devproxy.errors import PolicyError

APP = "https://app.example.com"
PAGES = ["http://localhost:5173", "http://127.0.0.1:5173"]
REFUSED, DOUBTED, TAKEN = "refused", "doubted", "taken"


def origins(*items, **others):
    return [{"allow_origins": [item], **others} for item in items]


def items(key, *values):
    return [{key: [value]} for value in values]


WITH, WITHOUT = {"allow_credentials": True}, {"allow_credentials": False}

VERDICTS = [
    # origins: who a page is
    (REFUSED, "null is anybody's, and credentials make anybody the user", [*origins("null"), *origins("null", **WITH)]),
    (DOUBTED, "null is anybody's", origins("null", **WITHOUT)),
    (REFUSED, "null is spelled in lower case", origins("NULL", "Null", **WITHOUT)),
    (REFUSED, "opaque origins serialise to null", origins("file://", "file:///index.html", "data:text/html,x", "about:blank", "blob:https://a.test/1", "javascript:0")),
    (TAKEN, "apps and extensions have origins of their own", origins("chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb", "moz-extension://5d7e2b1c-1111-2222-3333-444455556666", "vscode-webview://1kdq5t4v", "capacitor://localhost", "tauri://localhost")),
    (REFUSED, "no page has this scheme", origins("htpp://localhost:5173", "htps://a.test", "ws://localhost:5173", "wss://app.example.com", "x" * 65 + "://a", "1http://a.test", "://a.test")),
    (REFUSED, "an origin is scheme, host and port", origins("app.example.com", "//app.example.com", "localhost:5173", f"{APP}/", f"{APP}/x", f"{APP}?x", f"{APP}#x", f"{APP}\\x", "https://me@a.test", "https://me:pw@a.test", "https://", "http:/a.test")),
    (REFUSED, "one origin is one item, without blanks or control characters", origins("", " ", f" {APP}", f"{APP} ", f"{APP}\t", f"{APP}\r\n", f"{APP}\r\nX-A: b", f"{APP}\0", f"{APP},https://b.test", f"{APP} https://b.test")),
    # origins: spelled as browsers do
    (REFUSED, "browsers send lower case", origins("HTTPS://app.example.com", "https://App.example.com", "https://XN--MNCHEN-3YA.de")),
    (REFUSED, "browsers send Punycode, and only what can be read back", origins("https://m\u00fcnchen.de", "https://\u4f8b\u3048.jp", "https://a\u3002b", "https://xn--.de", "https://xn--a.de", "https://xn--99999999.test")),
    (TAKEN, "Punycode", origins("https://xn--mnchen-3ya.de", "https://*.xn--mnchen-3ya.de")),
    (REFUSED, "browsers leave the default port out", origins("http://localhost:80", "https://app.example.com:443", "https://*.example.com:443")),
    (TAKEN, "another scheme's default port is one like any other", origins("https://app.example.com:80")),
    (REFUSED, "a port is a number from 1 to 65535", origins(*(f"{APP}:{port}" for port in ("", "0", "65536", "08443", "+1", "-1", "x", "\u0663", "9" * 200)))),
    (REFUSED, "an IPv6 address is spelled in its shortest form, in brackets, without a zone", origins("http://::1", "http://[::1", "http://[0:0:0:0:0:0:0:1]", "http://[::0001]", "http://[2001:DB8::1]", "http://[fe80::1%25eth0]", "http://[::ffff:127.0.0.1]", "http://[v1.x]")),
    (REFUSED, "an IPv4 address is four numbers", origins("https://1.2.3", "https://1.2.3.4.5", "https://0x7f.1", "https://127.0.0.01", "https://256.1.1.1", "https://2130706433", "https://1.2.3.4.")),
    (TAKEN, "addresses", origins("http://[::1]:5173", "https://[2001:db8::1]:8443", "https://192.168.1.5", "http://127.0.0.2")),
    (REFUSED, "a host is labels of at most 63 characters", origins("https://.a.test", "https://a..test", "https://a.test..", f"https://{'a' * 64}.test", f"https://{'a.' * 130}test", "https://a!b.test", "https://%61.test", "https://a/../b")),
    (TAKEN, "names that a name server knows", origins("https://a.test.", "https://a_b.test", "https://-a.test", f"https://{'a' * 63}.test")),
    # origins: wildcards
    (TAKEN, "any page, without credentials", [*origins("*"), *origins("*", **WITHOUT)]),
    (REFUSED, "any page would act as the user", [*origins("*", **WITH), {"allow_origins": [APP, "*"], **WITH}]),
    (DOUBTED, "what else is listed only opens WebSockets", [{"allow_origins": ["*", APP]}, {"allow_origins": [APP, "*"], **WITHOUT}, {"allow_origins": ["*", "null"]}]),
    (REFUSED, "a wildcard is *. in front or :* behind", origins("https://*", "http://*:*", "https://*.", "*://a.test", "http*://a.test", "https://*a.test", "https://**.a.test", "https://*.*.a.test", "https://a.*.test", "https://a.test*", "https://a.*", "https://a.test:8*", "https://a.test:*0", "https://*.127.0.0.1", "https://*.[::1]")),
    (REFUSED, "regular expressions are refused on purpose", origins("^https://a\\.test$", "/^https:\\/\\/a\\.test$/", "https://.*\\.a\\.test", "https?://a.test", "https://(a|b).test")),
    (TAKEN, "subdomains, ports, or both", origins("https://*.example.com", "https://*.example.com:*", "https://app.example.com:*", "https://*.a.test:8443", "http://*.localhost:*", "https://*.localhost")),
    (REFUSED, "anybody registers a name below a top-level domain", [*origins("https://*.com", "https://*.com."), *origins("https://*.dev:*", **WITH)]),
    (TAKEN, "without credentials that is no worse than *", origins("https://*.com", **WITHOUT)),
    # origins: doubts
    (DOUBTED, "over http, whoever is on the way can be the page", [*origins("http://app.example.com", "http://shop.test:3000", "http://192.168.1.5:3000", "http://[2001:db8::1]", "http://0.0.0.0:3000", "http://*.shop.test"), *origins("http://shop.test", **WITH)]),
    (TAKEN, "without credentials nothing is lost", origins("http://shop.test:3000", "http://192.168.1.5:3000", **WITHOUT)),
    (DOUBTED, "localhost and 127.0.0.1 are two origins", [*origins("http://localhost:5173", "http://127.0.0.1:5173", "https://localhost"), {"allow_origins": ["http://localhost:*", "http://127.0.0.1:1"]}]),
    (TAKEN, "both", [{"allow_origins": PAGES}, {"allow_origins": ["http://localhost:*", "http://127.0.0.1:*"]}]),
    # origins: the list
    (REFUSED, "a list of texts, and somebody in it", [{"allow_origins": value} for value in ([], (), APP, [None], [3000], [[APP]], {APP: True})]),
    (TAKEN, "the default, and what a pattern names already", [{}, {"allow_origins": None}, {"allow_origins": ["https://*.example.com", APP]}]),
    (DOUBTED, "the same origin twice", [{"allow_origins": [APP, APP]}]),
    # methods
    (TAKEN, "registered methods; those that browsers upper-case; * is answered by echo", [*items("allow_methods", "PUT", "put", "delete", "PROPFIND", "M-SEARCH", "QUERY", "*"), {"allow_methods": []}, {"allow_methods": ["*"], **WITH}, {"allow_methods": ["*", "PUT"]}, {"allow_methods": ["GET", "GET"]}]),
    (DOUBTED, "browsers do not upper-case patch", items("allow_methods", "patch", "Patch")),
    (REFUSED, "no page may use these", items("allow_methods", "CONNECT", "connect", "TRACE", "Track")),
    (REFUSED, "the listener takes registered methods", items("allow_methods", "FOO", "propfind", "ALL", "*PUT")),
    (REFUSED, "a method is one token", items("allow_methods", "", " ", "PUT ", "PU T", "PUT,GET", "PUT\r\nX: y", "P\u00dcT", None, 1)),
    # request headers
    (TAKEN, "names that a page can set; * is answered by echo", [*items("allow_headers", "Authorization", "content-type", "accept", "range", "User-Agent", "X-HTTP-Method-Override", "*"), {"allow_headers": []}, {"allow_headers": ["*"], **WITH}, {"allow_headers": ["X-A", "x-a"]}]),
    (REFUSED, "browsers set these themselves", items("allow_headers", "Cookie", "cookie2", "Host", "Origin", "Referer", "Connection", "Content-Length", "Date", "DNT", "Expect", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Via", "Keep-Alive", "Set-Cookie", "Accept-Encoding", "Accept-Charset", "Sec-Fetch-Mode", "sec-x", "Proxy-Authorization", "Access-Control-Request-Method")),
    (REFUSED, "these are of the other side", items("allow_headers", "Access-Control-Allow-Origin", "Access-Control-Max-Age", "Access-Control-Expose-Headers")),
    (REFUSED, "a header name is one token, and no pattern", items("allow_headers", "", "X A", "X-A:", "X-A: b", "X-A,X-B", "X-A\r\n", "\u00e9", "X-*", "*-Id", None)),
    # exposed headers
    (TAKEN, "names; those that are readable anyway; * is answered by names", [*items("expose_headers", "X-Total", "ETag", "Content-Length", "Access-Control-Allow-Origin", "*"), {"expose_headers": []}, {"expose_headers": ["*"], **WITH}]),
    (REFUSED, "cookies stay unreadable", items("expose_headers", "Set-Cookie", "set-cookie2")),
    (REFUSED, "no response to a page has these", items("expose_headers", "Origin", "Access-Control-Request-Headers", "Access-Control-Allow-Methods", "Access-Control-Max-Age")),
    (REFUSED, "a header name is one token, and no pattern", items("expose_headers", "", "X A", "a,b", "X-*", True)),
    # the rest
    (TAKEN, "seconds, up to what the most patient browser keeps", [{"max_age": 0}, {"max_age": 7201}, {"max_age": 86_400}]),
    (REFUSED, "no browser keeps a preflight longer than a day, or for less than no time", [{"max_age": value} for value in (-1, 86_401, 10**30, 1.0, True, "60", None)]),
    (REFUSED, "credentials are a flag", [{"allow_credentials": value} for value in ("true", "include", 1, 0)]),
]  # fmt: skip

ROWS = [(verdict, reason, settings) for verdict, reason, policies in VERDICTS for settings in policies]


@pytest.mark.parametrize(("verdict", "reason", "settings"), ROWS, ids=lambda value: repr(value)[:60])
def test_verdicts(verdict, reason, settings):
    """A policy is refused, doubted or taken for a reason; each problem says what to write instead."""
    try:
        problems, reached = CorsPolicy.build(**settings).warnings, None
    except PolicyError as error:
        problems, reached = error.problems, REFUSED
    assert (reached or (DOUBTED if problems else TAKEN)) == verdict, reason
    assert all(problem.hint for problem in problems)
