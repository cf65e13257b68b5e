"""vite.config.*."""

import pytest

from devproxy.importing import vite
from tests.importing.asking import FIXTURES, asked, imported


def read(server):
    return vite.read(f"export default {{ server: {{ {server} }} }}", "vite.config.js")


# What vite 8.3.8 was seen to ask for, but for the Host of a target whose own is kept.
@pytest.mark.parametrize(
    ("path", "url", "host"),
    [
        ("/foo/bar?x=1", "http://localhost:4567/foo/bar?x=1", "localhost:4567"),
        ("/foobar", "http://localhost:5173/foobar", "localhost:8484"),
        ("/api/users/7?a=b", "http://localhost:3001/v1/users/7?a=b", "localhost:3001"),
        ("/api", "http://localhost:3001/v1", "localhost:3001"),
        ("/fallback/x/y", "https://api.example.com/x/y", "api.example.com"),
        ("/logged/a", "http://localhost:5173/logged/a", "localhost:8484"),
        ("/socket.io/?EIO=4", "http://localhost:5174/socket.io/?EIO=4", "localhost:8484"),
        ("/src/main.ts", "http://localhost:5173/src/main.ts", "localhost:8484"),
    ],
)
def test_the_documentation_s_examples(path, url, host):
    """In the file that its own create command wrote."""
    config = imported(vite.read((FIXTURES / "vite" / "vite.config.ts").read_text(), "vite.config.ts"))
    assert asked(config, path) == (url, host)


@pytest.mark.parametrize(
    "text",
    [
        "export default { server: SERVER }",
        "export default defineConfig({ server: SERVER })",
        "export default defineConfig({ server: SERVER } satisfies UserConfig)",
        "export default { server: SERVER } as UserConfig",
        "export default defineConfig(({ mode }) => { const env = loadEnv(mode, '.'); return { plugins: [a()], server: SERVER } })",
        "export default defineConfig(async () => ({ server: SERVER }))",
        "const server: ServerOptions = SERVER\nexport default defineConfig({ server })",
        "const config = { server: SERVER }\nexport default config",
        "const proxy = { '/api': 'http://localhost:3001' }\nexport default { server: { port: 3000, proxy } }",
        "module.exports = { server: SERVER }",
        "export default mergeConfig(base, { server: SERVER })",
        "// server: { proxy: 1 }\nexport default { test: { server: { deps: {} } }, 'server': SERVER, preview: { proxy: {} } }",
    ],
)
def test_where_a_proxy_may_stand(text):
    """In each form that a configuration is written in."""
    found = vite.read(
        text.replace("SERVER", "{ proxy: { '/api': 'http://localhost:3001' }, port: 3000 }"), "vite.config.ts"
    )
    assert [(route.prefix, route.target) for route in found.routes] == [("/api", "http://localhost:3001")]
    assert found.frontend.url == "http://localhost:3000"
    assert found.notes == ()


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (
            "export default { server: { proxy: makeProxy() } }",
            "server.proxy (vite.config.js:1) is not written out: what it does, vite still does behind /.",
        ),
        (
            "import { proxy } from './proxy'\nexport default { ...proxy }",
            "vite.config.js:1 speaks of a proxy that is not written out there: what it does, vite still does behind /.",
        ),
        (
            "export default { server: { proxy: {",
            "vite.config.js could not be read: its brackets do not pair.",
        ),
        (
            "export default { server: { proxy: { ...more } } }",
            "what is filled in at vite.config.js:1 is not written out: vite still does it behind /.",
        ),
        (
            "const a = [{ server: { proxy: {} } },\n{ server: { proxy: {} } }]",
            "vite.config.js:2 has another proxy, which was left out.",
        ),
    ],
)
def test_what_cannot_be_read_is_told(text, note):
    """With its line; the page is known all the same, and does it as before."""
    found = vite.read(text, "vite.config.js")
    assert (found.routes, found.notes) == ((), (note,))
    assert found.frontend.url == "http://localhost:5173"


@pytest.mark.parametrize(
    "text",
    [
        "const proxy = {}\nproxy['/api'] = { target: 'http://a' }\nexport default { server: { proxy } }",
        "const proxy = Object.create(null)\nproxy['/api'] = { target: 'http://a' }\nexport default { server: { proxy } }",
        "const config = { server: { proxy: { '/a': 'http://a' } } }\nconfig.server.proxy['/b'] = 'http://b'\nexport default config",
    ],
)
def test_a_proxy_that_is_built_by_statements(text):
    """What is not seen is told."""
    assert "vite.config.js:2 changes a proxy by a statement: what it adds, vite still does behind /." in (
        vite.read(text, "vite.config.js").notes
    )


def test_a_port_that_is_not_written_out():
    """Vite's own is a guess, and said to be one."""
    assert read("port: Number(env.PORT) || 3000").notes == (
        "the port (vite.config.js:1) is not written out: 5173 is vite's own, correct it in the route /.",
    )


def test_entries_that_are_switched_off():
    """As by a condition."""
    assert read("proxy: { '/a': undefined, '/b': false }").routes == ()


def test_an_entry_that_is_not_written_out_stays_with_vite():
    """As what its options say does."""
    (route,) = read("proxy: { '/a': make('/a') }").routes
    assert (route.prefix, route.target) == ("/a", "")
