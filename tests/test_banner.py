"""What is said at the start."""

import sys

import pytest

from devproxy.config.build import from_targets, load, parse
from devproxy.config.given import Given
from tests.terminals import banner

pytestmark = pytest.mark.usefixtures("plain_environment")


def test_the_banner_says_what_is_served_where_and_what_to_do(columns):
    """The first five seconds."""
    columns(120)
    assert banner(from_targets(["3001"]), {"http://localhost:3001": True}).splitlines() == [
        "",
        "  devproxy 1.2.3   ready in 240 ms",
        "",
        "  ➜  Proxy      http://localhost:8484/  → http://localhost:3001   (listening)",
        "  ➜  Origins    any page on localhost, *.localhost, 127.0.0.1, [::1]   credentials: yes   preflight: answered here",
        "",
        "  In your frontend, call http://localhost:8484 instead of http://localhost:3001.",
        "  Keep these settings with: devproxy init http://localhost:3001",
        "  ctrl + c stops devproxy",
        "",
    ]


def test_the_banner_has_the_urls_of_names(columns, tmp_path):
    """A route is opened under its own name, by its first one, and a project is named; a configuration may have no route yet."""
    columns(120)
    config = parse(
        "routes:\n  /: {target: http://localhost:1, hosts: [shop.localhost, app.test]}\n  /api: http://localhost:2\n"
    )
    lines = banner(config).splitlines()
    assert lines[3:5] == [
        "  ➜  Proxy      http://shop.localhost:8484/  → http://localhost:1",
        "                http://localhost:8484/api    → http://localhost:2",
    ]
    (tmp_path / "proxy.yaml").write_text("include: [s.yaml]\nroutes: {/: http://localhost:1}\n")
    (tmp_path / "s.yaml").write_text(
        "project: a long name\nhosts: [shop.localhost]\nroutes: {/: http://localhost:2, /api: http://localhost:3}\n"
    )
    assert banner(load(tmp_path / "proxy.yaml")).splitlines()[3:6] == [
        "  ➜  Proxy      http://localhost:8484/          → http://localhost:1",
        "  ➜  a long na  http://shop.localhost:8484/     → http://localhost:2",
        "                http://shop.localhost:8484/api  → http://localhost:3",
    ]
    assert "a long na http://shop.localhost:8484/  → http://localhost:2" in banner(
        load(tmp_path / "proxy.yaml"), tty=False
    )
    assert "call http://app.test:8484/x instead" in banner(
        parse("routes: {/x: {target: http://localhost:1, hosts: [app.test]}}")
    )
    assert "Origins" in banner(parse("include: [conf.d/*.yaml]"))


def test_the_banner_fits_its_terminal(columns):
    """Sixty columns are what half a laptop's screen has."""
    columns(60)
    config = parse(
        "cors: {allow_origins: ['http://localhost:5173', 'http://127.0.0.1:5173', 'https://*.preview.example.com']}\n"
        "routes: {/api: 'http://localhost:3001', /auth: 'https://auth.staging.example.com/v2'}\n"
    )
    text = banner(
        config, {"http://localhost:3001": False}, warnings=["two programs listen on port 3001: " + "x " * 40]
    )
    assert max(map(len, text.splitlines())) <= 60
    assert text.splitlines()[3:12] == [
        "  ➜  Proxy      http://localhost:8484/api",
        "     → http://localhost:3001   (not listening yet)",
        "                http://localhost:8484/auth",
        "     → https://auth.staging.example.com/v2",
        "  ➜  Origins    http://localhost:5173,",
        "                http://127.0.0.1:5173,",
        "                https://*.preview.example.com",
        "                credentials: yes   preflight: answered here",
        "",
    ]
    assert "tried again on each request" in text


def test_without_a_root_route_the_banner_names_the_prefix_to_call(columns):
    """The bare address would be a 404."""
    columns(120)
    assert "call http://localhost:8484/api instead of http://localhost:3001/api." in banner(
        from_targets(["api=3001"])
    )
    assert "call http://localhost:8484/api instead of http://localhost:3001/v1." in banner(
        from_targets(["api=http://localhost:3001/v1,strip"])
    )


def test_the_banner_lists_every_route(columns):
    """One line each, aligned; a backend that is not there yet is no error."""
    columns(120)
    text = banner(from_targets(["api=3001", "/=5173"]), {"http://localhost:5173": False})
    assert "  ➜  Proxy      http://localhost:8484/api  → http://localhost:3001\n" in text
    assert "                http://localhost:8484/     → http://localhost:5173   (not listening yet)" in text


def test_without_a_terminal_the_banner_is_one_plain_line_for_each_fact():
    """For the logs of containers."""
    config = from_targets(["3001"])
    text = banner(
        config, {"http://localhost:3001": True}, tty=False, warnings=["two programs"], shortcuts=True
    )
    assert text.splitlines() == [
        "devproxy 1.2.3   ready in 240 ms",
        "Proxy    http://localhost:8484/  → http://localhost:3001   (listening)",
        "Origins  any page on localhost, *.localhost, 127.0.0.1, [::1]   credentials: yes   preflight: answered here",
        "two programs",
        "In your frontend, call http://localhost:8484 instead of http://localhost:3001.",
        "Keep these settings with: devproxy init http://localhost:3001",
    ]


@pytest.mark.parametrize(
    ("targets", "given", "words"),
    [
        (["api=3001", "/=5173"], Given(), "api=http://localhost:3001 http://localhost:5173"),
        (["/api=http://localhost:3001/v1,strip"], Given(), "api=http://localhost:3001/v1,strip"),
        (
            ["3001"],
            Given("127.0.0.1", 9000, ("https://*.example.com",)),
            "http://localhost:3001 --host 127.0.0.1 --port 9000 --allow-origin 'https://*.example.com'",
        ),
        (["3001"], Given("127.0.0.1", 9000, variables=frozenset({"host", "port"})), "http://localhost:3001"),
    ],
)
def test_what_was_typed_can_be_kept(monkeypatch, targets, given, words):
    """As a command; a file is kept already, and what a variable said is said again."""
    monkeypatch.setattr(sys, "platform", "linux")
    text = banner(from_targets(targets, given), tty=False)
    assert f"Keep these settings with: devproxy init {words}\n" in text
    assert "devproxy init" not in banner(parse("routes: {/: http://a}"), tty=False)


def test_a_unix_domain_socket_is_no_port_of_localhost(columns):
    """What listens at http://localhost says nothing of it."""
    columns(120)
    config = from_targets(["/=http://localhost", "app=unix:/run/app.sock"])
    text = banner(config, {"http://localhost": True})
    assert "→ http://localhost   (listening)\n" in text
    assert "→ unix:/run/app.sock\n" in text


def test_the_banner_names_the_keys_that_are_listened_to(columns):
    """Only where they are."""
    columns(120)
    assert "press h + enter for help, q + enter to quit" in banner(from_targets(["3001"]), shortcuts=True)


@pytest.mark.parametrize(
    ("cors", "line"),
    [
        (
            "{allow_origins: ['https://a.example.com'], allow_credentials: false}",
            "https://a.example.com   credentials: no",
        ),
        ("{allow_origins: ['*']}", "any page   credentials: no"),
    ],
)
def test_the_banner_says_who_may_read(cors, line):
    """The policy in one line."""
    text = banner(parse(f"cors: {cors}\nroutes: {{/: 'http://localhost:3001'}}"), tty=False)
    assert f"Origins  {line}   preflight" in text
