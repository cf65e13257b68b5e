from pathlib import Path

from devproxy.config.build import Config, from_targets, load, parse
from devproxy.config.effective import effective
from devproxy.config.given import Given

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"


def shown(config):
    """The lines by their text, with the origin of each."""
    pairs = [line.strip().rpartition("  # ") for line in effective(config).splitlines()]
    return {text.strip(): origin for text, _, origin in pairs}


def test_origins_of_values():
    """Each value is told with the flag, the variable, the line or the default that it comes from."""
    text = "listen:\n  host: a.test\nroutes:\n  /a: http://b:${PORT}\n  /c: {target: http://d, timeout: 90s, wait_for_restart: 0s}\n"
    given = Given().or_variables({"DEVPROXY_PORT": "9000", "DEVPROXY_ALLOWED_HOSTS": "b.test"})
    lines = shown(parse(text, environ={"PORT": "1"}, given=given))
    assert lines["host: a.test"] == "proxy.yaml:2"
    assert lines["port: 9000"] == "DEVPROXY_PORT"
    assert lines["target: http://b:1"] == "proxy.yaml:4, PORT"
    assert lines["timeout: 90s"] == lines["wait_for_restart: 0s"] == "proxy.yaml:5"
    assert lines["timeout: 5m"] == lines["level: info"] == lines["skip: []"] == "default"
    assert lines["allowed_hosts: [b.test]"] == "DEVPROXY_ALLOWED_HOSTS"
    assert lines["# allow_origins: any page on localhost, *.localhost, 127.0.0.1, [::1]"] == "default"


def test_flags():
    """Without other names, flags have their own; targets come from the command line."""
    lines = shown(from_targets(["3001"], Given("127.0.0.1", allow_origins=("https://a.test",))))
    assert lines['host: "127.0.0.1"'] == "--host"
    assert lines["allow_origins: [https://a.test]"] == "--allow-origin, besides any page on this machine"
    assert lines["target: http://localhost:3001"] == "command line"
    text = "cors: {allow_origins: [https://b.test]}\nroutes: {/: http://c}"
    both = parse(text, given=Given(allow_origins=("https://a.test",)))
    assert shown(both)["allow_origins: [https://b.test, https://a.test]"] == "proxy.yaml:1, --allow-origin"


def test_secrets():
    """A secret is shown as the variable that it came from, and not at all where a file holds it."""
    text = """
cors: {allow_origins: ["${A_KEY}"]}
routes:
  /:
    target: http://a
    headers: {request: {set: {Authorization: "$$ Bearer ${T}", X-Api-Key: hush, X-A: "$${T}"}}}
    cors: {expose_headers: [X-A]}
"""
    told = effective(parse(text, environ={"T": "s3cr3t", "A_KEY": "https://s3cr3t.test"}))
    assert "s3cr3t" not in told
    assert "hush" not in told
    assert 'Authorization: "$$ Bearer ${T}"' in told
    assert 'X-Api-Key: "…"' in told
    assert 'X-A: "$${T}"' in told
    assert 'allow_origins: ["${A_KEY}"]' in told


def test_what_adds_to_the_file_stands_beside_it():
    """Hosts come from the file and the environment; a block without fields is no news."""
    text = "listen: {allowed_hosts: [a.test]}\nroutes: {/: http://c}\n"
    config = parse(text, given=Given().or_variables({"DEVPROXY_ALLOWED_HOSTS": "b.test"}))
    assert shown(config)["allowed_hosts: [a.test, b.test]"] == "proxy.yaml:1, DEVPROXY_ALLOWED_HOSTS"
    assert " headers:" not in effective(config)


def test_it_is_a_configuration():
    """What is shown can be used: it means the same."""
    config = load(EXAMPLE, environ={})
    again = parse(effective(config).replace('"…"', '"Bearer dev-token"'))
    assert (again.listen, again.site_policy, again.log) == (config.listen, config.site_policy, config.log)
    assert [repr(r).partition("place=")[0] for r in again.routes] == [
        repr(r).partition("place=")[0] for r in config.routes
    ]


def test_projects(tmp_path):
    """Each says what its own file says, and takes the rest of the cors over without a word."""
    (tmp_path / "proxy.yaml").write_text("include: [p.yaml]\ncors: {max_age: 5}\n")
    (tmp_path / "p.yaml").write_text(
        "hosts: [a.test]\ncors: {allow_origins: ['${A_KEY}']}\nroutes: {/: http://a}\n"
    )
    config = load(
        tmp_path / "proxy.yaml",
        environ={"A_KEY": "https://s3cr3t.test"},
        given=Given(allow_origins=("https://b.test",)),
    )
    told = effective(config).partition("---")[2].splitlines()[1:]
    assert [line.partition("  # ")[0].rstrip() for line in told][:5] == [
        "hosts: [a.test]",
        "cors:",
        '  allow_origins: ["${A_KEY}"]',
        "routes:",
        "  /:",
    ]
    assert told[0].endswith(f"{tmp_path / 'p.yaml'}:1")


def test_without_a_source():
    """A Config made by hand shows the defaults."""
    by_hand = from_targets(["3001"])
    assert "format: text" in effective(Config(by_hand.listen, by_hand.site_policy, by_hand.routes))
