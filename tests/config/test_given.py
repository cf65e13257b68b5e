"""What is said before the file: flags, then variables."""

import pytest

from devproxy.config.build import from_targets, parse
from devproxy.config.given import Given
from devproxy.errors import ConfigError

VARIABLES = {
    "DEVPROXY_HOST": "0.0.0.0",
    "DEVPROXY_PORT": " 9000 ",
    "DEVPROXY_ALLOWED_HOSTS": "a.test, b.test,",
    "DEVPROXY_LOG_FORMAT": "json",
}


def test_variables_speak_where_no_flag_does():
    """A flag goes before them."""
    given = Given(port=1, log_level="debug").or_variables(VARIABLES)
    assert given == Given(
        "0.0.0.0",
        1,
        (),
        ("a.test", "b.test"),
        "json",
        "debug",
        frozenset({"host", "allowed_hosts", "log_format"}),
    )


def test_who_gave_what():
    """By the flag's name or the variable's."""
    given = Given(port=1, log_level="debug", allow_origins=("https://a.test",)).or_variables(VARIABLES)
    names = ("host", "port", "allow_origins", "allowed_hosts", "log_format", "log_level", "")
    assert [given.by(name) for name in names] == [
        "DEVPROXY_HOST",
        "--port",
        "--allow-origin",
        "DEVPROXY_ALLOWED_HOSTS",
        "DEVPROXY_LOG_FORMAT",
        "-v or -q",
        "",
    ]
    assert Given().by("port") == ""


def test_an_empty_variable_says_nothing():
    """Compose files set variables to nothing in order to leave them out."""
    assert Given().or_variables(dict.fromkeys(VARIABLES, "")) == Given()


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("PORT", "abc", "must be a whole number from 1 to 65535, found 'abc'"),
        ("PORT", "65536", "must be a whole number from 1 to 65535, found '65536'"),
        ("PORT", "0", "must be a whole number from 1 to 65535, found '0'"),
        ("HOST", "http://a", "host must be a host name or an IP address, found 'http://a'"),
        ("ALLOWED_HOSTS", "ok.test, http://x", "'http://x' in allowed_hosts is not a host name"),
        ("LOG_FORMAT", "xml", "must be text or json, found 'xml'"),
    ],
)
def test_a_variable_at_fault_is_named(variable, value, message):
    """With what is wrong and what to write."""
    with pytest.raises(ConfigError) as caught:
        Given().or_variables({f"DEVPROXY_{variable}": value})
    (problem,) = caught.value.problems
    assert problem.message in {f"DEVPROXY_{variable}: {message}", f"DEVPROXY_{variable} {message}"}
    assert problem.hint


def test_all_variables_at_fault_are_told_at_once():
    """One run shows everything."""
    with pytest.raises(ConfigError) as caught:
        Given().or_variables({"DEVPROXY_PORT": "x", "DEVPROXY_HOST": "a b"})
    assert len(caught.value.problems) == 2


def test_a_host_given_by_flag_is_the_flags_mistake():
    """It has no line in a file."""
    with pytest.raises(ConfigError) as caught:
        Given("a b")
    (problem,) = caught.value.problems
    assert problem.message == "--host: host must be a host name or an IP address, found 'a b'"


def test_a_log_given_before_the_file():
    """Format and level are one run's business."""
    text = "log: {format: text, level: error, skip: [/x]}\nroutes: {/: http://c}\n"
    log = parse(text, given=Given(log_format="json", log_level="warning")).log
    assert (log.format, log.level, log.skip) == ("json", "warning", ("/x",))
    assert from_targets(["3001"], Given(allowed_hosts=("B.test.", "b.test"))).listen.allowed_hosts == (
        "b.test",
    )
