"""package.json."""

import json

import pytest

from devproxy.importing import package
from tests.importing.asking import FIXTURES, asked, imported


# What react-scripts 5.0.1 was seen to ask for: all but a page load below the prefix, which it serves itself.
@pytest.mark.parametrize(
    ("method", "path", "url", "host"),
    [
        ("GET", "/api/users?x=1", "http://localhost:3001/api/users?x=1", "localhost:3001"),
        ("POST", "/api/users", "http://localhost:3001/api/users", "localhost:3001"),
        ("GET", "/todos", "http://localhost:3777/todos", "localhost:8484"),
        ("GET", "/", "http://localhost:3777/", "localhost:8484"),
    ],
)
def test_create_react_app_s_proxy(method, path, url, host):
    """One prefix is a guess; the rest goes on through react-scripts."""
    found = package.read((FIXTURES / "react-scripts" / "package.json").read_text())
    assert asked(imported(found), path, method) == (url, host)
    assert "/api is a guess" in found.routes[0].remarks[0]


def test_a_proxy_that_the_dev_server_does_not_read():
    """It is carried over, and that said."""
    (route,) = package.read('{"proxy": "http://localhost:3001", "devDependencies": {"vite": "8"}}').routes
    assert (route.prefix, route.source) == ("/api", 'package.json "proxy"')
    assert route.remarks == ("vite reads no such proxy: it is Create React App's.",)


def test_a_proxy_without_a_dev_server():
    """There is only the proxy."""
    found = package.read('{"proxy": "https://localhost:3001"}')
    assert (found.routes[0].keys, found.frontend) == ({"change_origin": "true", "verify_tls": "false"}, None)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (
            '{\n"proxy": {"/api": {}}}',
            "package.json:2 has a proxy that is no URL, which react-scripts refuses too.",
        ),
        ("not JSON", "package.json could not be read: it is no JSON."),
        ("[]", "package.json could not be read: it is no JSON."),
    ],
)
def test_what_cannot_be_read_is_told(text, note):
    """With its line."""
    assert package.read(text).notes == (note,)


@pytest.mark.parametrize(
    ("dependency", "script", "url"),
    [
        ("vite", "vite", "http://localhost:5173"),
        ("vite", "vite --port 3000 --open", "http://localhost:3000"),
        ("vite", "vite --port=3000", "http://localhost:3000"),
        ("vite", "node_modules/.bin/vite --port 3000", "http://localhost:3000"),
        ("vite", "vitest --port 3000", "http://localhost:5173"),
        ("vite", "vite --port 0", "http://localhost:5173"),
        ("next", "next dev -p 4000", "http://localhost:4000"),
        ("next", "next dev --turbopack", "http://localhost:3000"),
        ("react-scripts", "PORT=3005 react-scripts start", "http://localhost:3005"),
        ("@angular/cli", "ng serve --port 4300", "http://localhost:4300"),
        ("@vue/cli-service", "vue-cli-service serve", "http://localhost:8080"),
        ("webpack-dev-server", "webpack serve", "http://localhost:8080"),
        ("nuxt", "nuxt dev", "http://localhost:3000"),
        ("astro", "astro dev", "http://localhost:4321"),
        ("parcel", "parcel index.html", "http://localhost:1234"),
    ],
)
def test_where_the_page_is_served(dependency, script, url):
    """By the dependency, and by the script that starts it."""
    text = json.dumps({"scripts": {"dev": script}, "devDependencies": {dependency: "1"}})
    found = package.read(text)
    assert found.frontend.url == url
    assert bool(found.frontend.source) == (found.frontend.port != 0)


def test_a_package_without_a_page():
    """Nothing is found."""
    assert package.read('{"dependencies": {"express": "5"}, "scripts": 1}').frontend is None
    assert package.read('{"dependencies": {"vite": "8"}, "scripts": {"dev": 1}}').frontend.port == 0
