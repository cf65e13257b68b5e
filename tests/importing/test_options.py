"""What the options of one entry mean."""

import pytest

from devproxy.importing.javascript import Script
from devproxy.importing.options import Entry, route


def imported(options, prefix="/api", **implied):
    """The route of an entry that says this."""
    return route(
        Entry(prefix, Script(f"export default {options}").exported(), "vite.config.js:7", "vite", implied)
    )


@pytest.mark.parametrize(
    ("options", "target", "keys"),
    [
        ("{target: 'http://localhost:3001'}", "http://localhost:3001", {}),
        ("{target: 'http://localhost:3001', changeOrigin: false}", "http://localhost:3001", {}),
        ("{target: 'http://localhost:3001', changeOrigin: true}", "http://localhost:3001", {"change_origin": "true"}),
        ("{target: 'https://a.example.com', changeOrigin: true}", "https://a.example.com", {}),
        ("{target: 'https://a.example.com'}", "https://a.example.com", {"change_origin": "false"}),
        ("{target: process.env.API}", "${API}", {"change_origin": "false"}),
        ("{target: process.env.API || 'http://localhost:1'}", "${API:-http://localhost:1}", {}),
        ("{target: `http://localhost:${process.env.PORT}/v1`}", "http://localhost:${PORT}/v1", {}),
        ("{target: {host: 'localhost', port: 3001}}", "http://localhost:3001", {}),
        ("{target: {protocol: 'https:', hostname: 'localhost', port: '3001'}}", "https://localhost:3001", {}),
        ("{target: {host: 'localhost:3001'}}", "http://localhost:3001", {}),
        ("{target: 'http://localhost:1/$x'}", "http://localhost:1/$$x", {}),
        ("{target: 'http://localhost:3001', secure: false}", "http://localhost:3001", {}),
        ("{target: 'https://localhost:3001', secure: false}", "https://localhost:3001", {"verify_tls": "false"}),
        ("{target: 'http://localhost:3001/v1', prependPath: false}", "http://localhost:3001", {}),
        ("{target: 'http://a', proxyTimeout: 30000}", "http://a", {"timeout": "30s"}),
        ("{target: 'http://a', proxyTimeout: 1500}", "http://a", {"timeout": "1500ms"}),
        ("{target: 'http://a', proxyTimeout: 0}", "http://a", {}),
        ("{target: 'http://a', ws: true, logLevel: 'debug', rewriteWsOrigin: true}", "http://a", {}),
        ("{target: 'http://a', bypass: undefined, followRedirects: false, rewrite: null}", "http://a", {}),
        ("{target: 'http://a', pathRewrite: {'^/api': ''}}", "http://a", {"strip_prefix": "true"}),
        ("{target: 'http://a', rewrite: (p) => p.replace(/^\\/api/, '/v1')}", "http://a", {"rewrite_path": {"/api": "/v1"}}),
        (
            "{target: 'http://a', headers: {'X-A': 'b$', 'X-N': 1, 'X-E': `Dev ${process.env.E}`}}",
            "http://a",
            {"headers": {"request": {"set": {"X-A": "b$$", "X-N": "1", "X-E": "Dev ${E}"}}}},
        ),
    ],
)  # fmt: skip
def test_options_as_keys(options, target, keys):
    """Only where the default of ours is another."""
    found = imported(options)
    assert (found.target, found.keys) == (target, keys)


@pytest.mark.parametrize(
    ("options", "reason", "direct"),
    [
        ("{target: f()}", "target (line 1) is not written out", ""),
        ("{}", "there is no target", ""),
        ("{target: 'localhost:3001'}", "target 'localhost:3001' is not a URL (add the scheme: http://localhost:3001)", ""),
        ("{target: '1'}", "target '1' is not a URL", ""),
        ("{target: `https://${process.env.A}.example.com`}", "the target on line 1 makes a public URL of variables", ""),
        ("{target: {host: f()}}", "target (line 1) is not written out", ""),
        ("{target: 'http://a', bypass: (r) => 1}", "bypass (line 1) has no counterpart here", "http://a"),
        ("{target: 'http://a', bypass() {}}", "bypass (line 1) has no counterpart here", "http://a"),
        ("{target: 'http://a', configure}", "configure (line 1) has no counterpart here", "http://a"),
        ("{target: 'http://a', auth: 'a:b'}", "auth (line 1) has no counterpart here", "http://a"),
        ("{target: 'http://a', neverHeardOf: 1}", "neverHeardOf (line 1) has no counterpart here", "http://a"),
        ("{target: 'http://a', ...more}", "what is filled in on line 1 is not written out", "http://a"),
        ("{target: 'http://a', rewrite: (p) => p}", "rewrite (line 1) is not written out as one replacement", "http://a"),
        ("{target: 'http://a', pathRewrite: (p) => p}", "pathRewrite (line 1) is not written out as one", "http://a"),
        ("{target: 'http://a', pathRewrite: {'^/api': '$1'}}", "pathRewrite (line 1) is not written out as one", "http://a"),
        ("{target: 'http://a', pathRewrite: {'^/api.*': ''}}", "pathRewrite (line 1) does more than to rename", "http://a"),
        ("{target: 'http://a', changeOrigin: f()}", "changeOrigin (line 1) is neither true nor false", "http://a"),
        ("{target: 'http://a', headers: f()}", "headers (line 1) are not written out", "http://a"),
        ("{target: 'http://a', headers: {a: f()}}", "the header a (line 1) is not written out", "http://a"),
        ("{target: 'http://a', headers: {a: '\\x85'}}", "the header a (line 1) has control characters", "http://a"),
        ("{target: 'http://a', headers: {host: 'b'}}", "headers (line 1): header 'host' cannot be set", "http://a"),
    ],
)  # fmt: skip
def test_an_entry_that_says_more_stays_with_its_tool(options, reason, direct):
    """A function is not run, and an option that nobody knows may mean anything."""
    found = imported(options)
    assert (found.target, found.keys, found.direct) == ("", {}, direct)
    assert found.remarks[0].startswith(reason)
    assert found.remarks[0].endswith("these requests go on to vite, which proxies them as before.")


def test_what_differs_is_said():
    """Of an option that devproxy does by itself, and of a secret."""
    found = imported(
        "{target: 'http://a', cookieDomainRewrite: '', xfwd: true, autoRewrite: false, headers: {Authorization: 'x'}}"
    )
    assert [remark.partition(" ")[0] for remark in found.remarks] == [
        "Authorization",
        "cookieDomainRewrite:",
        "xfwd:",
    ]


def test_what_a_tool_implies():
    """Its defaults, where the entry says nothing else."""
    assert imported("{target: 'http://localhost:1'}", changeOrigin=True).keys == {"change_origin": "true"}
    assert imported("{target: 'http://localhost:1', changeOrigin: false}", changeOrigin=True).keys == {}


@pytest.mark.parametrize("prefix", ["api", "/a*", "/${a}", "/a?b", "", "/a b"])
def test_what_is_no_prefix_is_no_route(prefix):
    """The caller says so."""
    assert imported("{target: 'http://a'}", prefix) is None
