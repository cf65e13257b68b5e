"""What is told when another configuration takes effect."""

import pytest

from devproxy.config.build import Config, from_targets, load, parse
from devproxy.config.changes import changes


def told(old, new, **environ):
    return list(changes(parse(old, environ=environ), parse(new, environ=environ)))


def route(text="", cors=""):
    return f"cors: {{{cors}}}\nroutes: {{/api: {{target: http://localhost:3001, {text}}}}}\n"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("", "strip_prefix: true", "strip_prefix false → true"),
        ("hosts: [a.test]", "hosts: [b.test, c.test]", "hosts + b.test + c.test - a.test"),
        ("change_origin: true", "", "change_origin true → auto"),
        ("", "change_origin: false", "change_origin auto → false"),
        ("target_origin: keep", "target_origin: remove", "target_origin keep → remove"),
        ("", "block_cross_site: false", "block_cross_site true → false"),
        ("rewrite_cookies: false", "", "rewrite_cookies false → auto"),
        ("", "rewrite_redirects: false", "rewrite_redirects auto → false"),
        ("", "timeout: 90s, wait_for_restart: 0s", "timeout 5m → 90s, wait_for_restart 5s → 0s"),
        ("rewrite_path: {/a: /b}", "rewrite_path: {/a: /c}", "rewrite_path + /a → /c - /a → /b"),
        ("", "only_methods: [GET]", "only_methods + GET - *"),
        ("headers: {request: {set: {X-A: '1', X-B: '2'}}}", "headers: {request: {set: {X-A: '3'}, remove: [X-C]}}",
         "headers.request.set - X-B, headers.request.set X-A has another value, headers.request.remove + x-c"),
        ("", "headers: {response: {set: {X-A: '1'}, remove: [Server]}}", "headers.response.set + X-A, headers.response.remove + server"),
        ("", "cors: passthrough", "cors is passthrough"),
        ("cors: passthrough", "", "cors is no longer passthrough"),
        ("cors: passthrough, timeout: 1s", "cors: passthrough, timeout: 2s", "timeout 1s → 2s"),
        ("", "cors: {allow_methods: [GET], allow_headers: [X-A], expose_headers: [X-B], allow_credentials: false, max_age: 5}",
         "allow_methods + GET + HEAD + POST - *, allow_headers + x-a - *, expose_headers + X-B - *, allow_credentials true → false, max_age 0 → 5"),
        ("", "via: http://proxy:3128", "via none → http://proxy:3128"),
    ],
)  # fmt: skip
def test_one_line_for_a_route(old, new, line):
    """Whatever has changed in it; what is not told has not changed."""
    (said,) = told(route(old), route(new))
    assert said.partition(": ")[2] == line
    assert said.startswith("b.test/api: " if "hosts" in new else "/api: ")
    assert told(route(new), route(new)) == []


def test_origins():
    """Those that have come and gone; the default and the star are words like others."""
    one, two = (
        "allow_origins: [http://localhost:5173, http://localhost:4200]",
        "allow_origins: [http://localhost:5173]",
    )
    assert told(route(cors=two), route(cors=one)) == ["/api: allow_origins + http://localhost:4200"]
    assert told(route(), route(cors=two)) == [
        "/api: allow_origins + http://localhost:5173 - any page on this machine"
    ]
    star = "allow_origins: ['*']"
    assert told(route(cors=star), route(cors=two))[0].startswith(
        "/api: allow_origins + http://localhost:5173 - *"
    )


def test_targets():
    """Another target, another way to trust it, and one whose name is a secret."""
    assert told("routes: {/: https://a.test}", "routes: {/: https://b.test/v1}") == [
        "/: target https://a.test → https://b.test/v1"
    ]
    (said,) = told(
        "routes: {/: https://localhost:1}", "routes: {/: {target: https://localhost:1, verify_tls: false}}"
    )
    assert said == "/: verify_tls true → false"
    text = "routes: {/: '${A_TOKEN}'}"
    old, new = (parse(text, environ={"A_TOKEN": f"https://{host}.test"}) for host in ("s3cr3t", "hunter2"))
    assert list(changes(old, new)) == ["/: target ${A_TOKEN} has another value"]
    assert list(changes(old, old)) == []


def test_secrets():
    """What a variable holds is not told where its name speaks of a secret."""
    text = "cors: {allow_origins: [http://a.test%s]}\nroutes: {/: http://b}\n"
    (said,) = told(text % "", text % ", '${A_TOKEN}'", A_TOKEN="https://s3cr3t.test")
    assert said == "/: allow_origins + ${A_TOKEN}"


def test_routes_come_and_go():
    """Moving one to another line is no news, nor is another spelling of its prefix."""
    old = "routes:\n  /a: http://a\n  /b: http://b\n"
    new = "\nroutes:\n\n  /b/: http://b\n  /c: http://c:1/v1\n"
    assert told(old, new) == ["/c: added → http://c:1/v1", "/a: removed"]
    assert list(changes(from_targets(["a=1"]), from_targets(["a=1", "b=2"]))) == [
        "/b: added → http://localhost:2"
    ]


def test_listener_and_log():
    """Where one gets there, and what is written about it."""
    assert told(
        "routes: {/: http://a}",
        "listen: {port: 1, host: '::1', allowed_hosts: [a.test]}\nroutes: {/: http://a}\n",
    ) == ["listen: http://localhost:8484 → http://[::1]:1, allowed_hosts + a.test"]
    assert told(
        "routes: {/: http://a}", "log: {level: debug, format: json, skip: [/x]}\nroutes: {/: http://a}\n"
    ) == ["log: format text → json, level info → debug, skip + /x"]


def test_another_certificate(tmp_path):
    """Files are no secret, but too long for a line."""
    for name in "abcd":
        (tmp_path / name).write_text("-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n")
    configs = []
    for cert, key in (("a", "b"), ("c", "d")):
        (tmp_path / "f").write_text(
            f"listen: {{tls: {{cert_file: {cert}, key_file: {key}}}}}\nroutes: {{/: http://x}}\n"
        )
        configs.append(load(tmp_path / "f"))
    assert list(changes(*configs)) == ["listen: tls with other files"]
    assert list(changes(parse("routes: {/: http://x}", str(tmp_path / "f")), configs[0])) == [
        "listen: http://localhost:8484 → https://localhost:8484"
    ]


def test_a_policy_that_no_route_has():
    """Is told for itself; else the routes' lines say it."""
    text = "cors: {max_age: %d}\nroutes: {/: {target: http://a, cors: passthrough}}\n"
    assert told(text % 1, text % 2) == ["cors: max_age 1 → 2"]


def test_a_config_by_hand():
    """Needs no file."""
    config = from_targets(["3001"])
    assert list(changes(config, Config(config.listen, config.site_policy, config.routes))) == []
