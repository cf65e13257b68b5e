"""The tree of errors, and what each of them carries."""

import re

import pytest

from devproxy.answers import KINDS
from devproxy.errors import ClientError, ConfigError, DevproxyError, PolicyError, StartError, TargetError
from devproxy.problems import Problem


def test_one_name_catches_them_all():
    """Whatever devproxy raises on purpose is a DevproxyError, and a policy that cannot be built is a ConfigError."""
    assert all(
        issubclass(error, DevproxyError) for error in (ConfigError, StartError, ClientError, TargetError)
    )
    assert issubclass(PolicyError, ConfigError)


def test_what_broke_is_not_a_mistake_in_the_configuration():
    """An error of one side is never caught as one of another."""
    kinds = (ConfigError, StartError, ClientError, TargetError)
    assert not any(issubclass(one, other) for one in kinds for other in kinds if one is not other)


@pytest.mark.parametrize("kind", [ConfigError, PolicyError])
def test_every_problem_at_once(kind):
    """A configuration is refused with all its problems, in order, and the message names each."""
    first, second = Problem("origin", "an origin has no path"), Problem("method", "no such method")
    error = kind([first, second])
    assert error.problems == (first, second)
    assert str(error) == "an origin has no path; no such method"


def test_start_error_says_what_to_do():
    """A start that fails keeps its hint apart from its message."""
    error = StartError("port 8484 is in use", "use --port 8486")
    assert (str(error), error.hint) == ("port 8484 is in use", "use --port 8486")
    assert StartError("no").hint == ""


def test_target_error_names_its_step():
    """A broken leg to the target is told with the step that failed."""
    error = TargetError("refused", "nothing listens on localhost:3001")
    assert (error.code, error.detail) == ("refused", "nothing listens on localhost:3001")
    assert str(error) == "refused: nothing listens on localhost:3001"


def test_every_code_of_a_target_error_has_an_answer():
    """What TargetError's docstring names is a kind of answer, whose status blames the target."""
    codes = re.findall(r"[a-z_]+", TargetError.__doc__.partition("(")[2].partition(")")[0])
    assert len(codes) == 12
    assert {KINDS[code].status for code in codes} == {502, 504}
