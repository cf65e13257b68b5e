import pytest

from devproxy.config.build import parse
from devproxy.errors import ConfigError


def messages(text):
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return [problem.message for problem in caught.value.problems]


@pytest.mark.parametrize("second", ["/caf%C3%A9", "/café/", "/caf%c3%a9"])
def test_one_prefix_in_two_spellings(second):
    """Prefixes that mean the same path are duplicates, however they are spelled."""
    assert len(messages(f"routes: {{/café: http://a, {second}: http://b}}")) == 1


def test_case_matters():
    """Paths are told apart by case, and so are prefixes."""
    assert [route.prefix for route in parse("routes: {/a: http://a, /A: http://b}").routes] == ["/a", "/A"]


def test_everything_about_a_route():
    """A route with a bad prefix, target and header is told all three."""
    text = "routes:\n  api: {target: x, headers: {response: {set: {Connection: close}}}, cors: {allow_origins: [x]}}\n"
    assert len(messages(text)) == 4


def test_secret_policy_of_a_named_page():
    """A route with a secret of its own allows the pages that its policy names, and no local ones."""
    text = """
routes:
  /:
    target: http://x
    headers: {request: {set: {X-Api-Token: t}}}
    cors: {allow_origins: [https://a.test, "*"], allow_credentials: false}
"""
    (route,) = parse(text).routes
    assert [
        route.policy.allows(page) for page in ("https://a.test", "https://b.test", "http://localhost:1")
    ] == [True, False, False]
