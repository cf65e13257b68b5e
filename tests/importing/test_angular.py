"""angular.json and proxy.conf.*."""

import pytest

from devproxy.importing import angular
from devproxy.importing.angular import Workspace
from devproxy.importing.found import Found
from tests.importing.asking import FIXTURES, asked, imported

FOLDER = FIXTURES / "angular"


# What Angular 20.3 was seen to ask for, but for the Host of a target whose own is kept.
@pytest.mark.parametrize(
    ("path", "url", "host"),
    [
        ("/api/users?x=1", "http://localhost:3001/api/users?x=1", "localhost:8484"),
        ("/apix", "http://localhost:4200/apix", "localhost:8484"),
        ("/auth/login?x=1", "http://localhost:3002/v1/login?x=1", "localhost:3002"),
        ("/auth", "http://localhost:3002/v1", "localhost:3002"),
        ("/auth/a/b", "http://localhost:3002/v1/a/b", "localhost:3002"),
        ("/auth/special/x", "http://localhost:3001/auth/special/x", "localhost:8484"),
        ("/one/x", "http://localhost:3001/uno/x", "localhost:8484"),
        ("/one/old", "http://localhost:3001/new", "localhost:8484"),
        ("/a/x", "http://localhost:4200/a/x", "localhost:8484"),
    ],
)
def test_a_proxy_beside_what_its_own_command_wrote(path, url, host):
    """Prefixes, globs behind them, and patterns that rename."""
    workspace = Workspace((FOLDER / "angular.json").read_text())
    assert workspace.proxy_file == "proxy.conf.json"
    proxy = angular.read((FOLDER / "proxy.conf.json").read_text(), "proxy.conf.json")
    assert asked(imported(proxy, Found(frontend=workspace.frontend)), path) == (url, host)


SERVED = '{{"projects": {{"lib": {{}}, "app": {{"{}": {{"build": {{"builder": "{}"}}, "serve": {{{}}}}}}}}}}}'


def workspace(serve, architect="architect", builder="@angular/build:application"):
    return Workspace(SERVED.format(architect, builder, serve))


@pytest.mark.parametrize(
    ("serve", "url"),
    [
        ("", "http://localhost:4200"),
        ('"options": {"port": 4300}', "http://localhost:4300"),
        ('"options": {"port": 4300, "ssl": true}', "https://localhost:4300"),
        (
            '"options": {"port": 4300}, "configurations": {"development": {"port": 4301}}',
            "http://localhost:4301",
        ),
        (
            '"defaultConfiguration": "local", "configurations": {"local": {"port": 4302}}',
            "http://localhost:4302",
        ),
        ('"options": {"port": 0}', "http://localhost:4200"),
    ],
)
def test_the_port_of_the_page(serve, url):
    """Of the configuration that `ng serve` takes, then of all."""
    assert workspace(serve).frontend.url == url


def test_the_file_that_is_named():
    """Beside angular.json; targets is an older word."""
    assert (
        workspace('"options": {"proxyConfig": "./src/proxy.json"}', "targets").proxy_file == "src/proxy.json"
    )
    assert workspace("").proxy_file == ""


@pytest.mark.parametrize("text", ["", "[]", "{", '{"projects": []}', '{"projects": {"a": 1}}'])
def test_a_file_that_says_nothing(text):
    """No port, no proxy."""
    nothing = Workspace(text)
    assert (nothing.frontend.url, nothing.proxy_file, nothing.uses_webpack) == (
        "http://localhost:4200",
        "",
        False,
    )


def test_webpack_and_vite_read_tables_differently():
    """Vite's globs come last, and a star is one segment; webpack's first entry that fits wins."""
    assert workspace("", builder="@angular-devkit/build-angular:browser").uses_webpack
    table = '{"/api/**": {"target": "http://a"}, "/api/v2": {"target": "http://b"}}'
    assert [route.prefix for route in angular.read(table, "p.json").routes] == ["/api/v2", "/api"]
    assert [route.prefix for route in angular.read(table, "p.json", uses_webpack=True).routes] == ["/api"]


@pytest.mark.parametrize(
    "text",
    [
        "const PROXY = [{ context: ['/api'], target: 'http://localhost:3001', secure: false }];\nmodule.exports = PROXY;",
        "export default { '/api': { target: 'http://localhost:3001', secure: false } };",
    ],
)
def test_a_proxy_in_javascript_that_is_written_out(text):
    """It is read, not run."""
    (route,) = angular.read(text, "proxy.conf.js").routes
    assert (route.prefix, route.target) == ("/api", "http://localhost:3001")


def test_a_proxy_in_javascript_that_is_not():
    """It is told."""
    assert angular.read("module.exports = make()", "proxy.conf.js").notes == (
        "proxy.conf.js is not written out: what it does, angular still does behind /.",
    )
