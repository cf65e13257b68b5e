import pytest

from devproxy.config.faults import _problem, section_name, shaped
from devproxy.config.ledger import Ledger
from devproxy.config.load import Document
from devproxy.errors import ConfigError

GOOD = {"target": "http://x"}


def judged(data):
    """The model of some data, and the message and hint of each problem."""
    ledger = Ledger(Document(data))
    model = shaped(ledger, data)
    try:
        return model, [(problem.message, problem.hint) for problem in ledger.settle()]
    except ConfigError as error:
        return model, [(problem.message, problem.hint) for problem in error.problems]


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        ({"listen": "8484"}, "listen is a mapping, found '8484'", "its keys are host, port, allowed_hosts"),
        ({"listen": []}, "listen is a mapping, found a list", "its keys are host, port, allowed_hosts"),
        ({"listen": {"host": ["a"]}}, "host is one value, found a list", ""),
        ({"listen": {"host": {"a": "b"}}}, "host is one value, found a mapping", ""),
        ({"listen": {"host": None}}, "host has no value", ""),
        ({"listen": {"port": None}}, "port has no value", ""),
        ({"listen": {"allowed_hosts": None}}, "allowed_hosts has no value", "write allowed_hosts: […]"),
        ({"listen": {"allowed_hosts": ["a", ["b"]]}}, "item 2 of allowed_hosts is one value, found a list", ""),
        ({"listen": {"allowed_hosts": ["a", None]}}, "item 2 of allowed_hosts has no value", ""),
        ({"cors": "off"}, "cors is a mapping, found 'off'", "its keys start with allow_origins; a route can say cors: passthrough"),
        ({"cors": {"max_age": "1d"}}, "max_age must be a whole number from 0 to 86400, found '1d'", ""),
        ({"cors": {"allow_origins": ["x"] * 501}}, "allow_origins has 501 items, the most is 500", ""),
        ({"cors": {"zebra": "x"}}, "unknown key 'zebra' in cors", "the keys here are allow_origins, allow_methods, allow_headers, expose_headers, allow_credentials, max_age"),
        ({"routes": "x"}, "routes is a mapping of path prefix to target", "write   /api: http://localhost:3001"),
        ({"routes": {"/": []}}, "route '/' is a target or a mapping, found a list", "write a URL such as http://localhost:3001"),
        ({"routes": {"/": {**GOOD, "headers": {"request": {"set": []}}}}}, "set is a mapping, found a list", "write X-Name: value"),
        ({"routes": {"/": {**GOOD, "headers": {"request": {"set": {"X-A": None}}}}}}, "X-A has no value", ""),
        ({"routes": {"/": {**GOOD, "headers": {"set": {}}}}}, "unknown key 'set' in routes['/'].headers", "'set' belongs in headers.request of a route"),
        ({"routes": {"/": {**GOOD, "target_origin": "drop"}}}, "target_origin must be auto, keep or remove, found 'drop'", ""),
    ],
)  # fmt: skip
def test_words(data, message, hint):
    """What does not fit the shape is told in the words of a configuration, not of a library."""
    assert judged(data)[1] == [(message, hint)]


def test_unforeseen():
    """A complaint that nobody has words for is passed on."""
    problem = _problem({"type": "new", "loc": ("listen", "host"), "msg": "is odd", "input": "x"})
    assert problem.message == "host cannot be read: is odd"


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"listen": None, "cors": None, "routes": None},
        {"routes": {"/": {**GOOD, "headers": None, "cors": None}}},
        {"routes": {"/": {**GOOD, "headers": {"request": {"set": None}}}}},
    ],
)
def test_empty_sections(data):
    """A section whose lines are all commented out is as good as none."""
    assert judged(data)[1] == []


def test_the_rest_is_kept():
    """What fits is in the model though its neighbours do not; a list at fault goes as a whole."""
    model, problems = judged(
        {
            "listen": {"port": "x", "host": "h", "allowed_hosts": ["a", []]},
            "routes": {"/a": {}, "/b": GOOD, "/c": {**GOOD, "x": "y"}},
        }
    )
    assert len(problems) == 4
    assert (model.listen.host, model.listen.port, model.listen.allowed_hosts) == ("h", 8484, ())
    assert list(model.routes) == ["/b", "/c"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ((), ""),
        (("listen",), "listen"),
        (("routes", "/api"), "routes['/api']"),
        (("routes", "api", "cors"), "routes['api'].cors"),
        (("routes", "/", "headers", "request", "set"), "routes['/'].headers.request.set"),
    ],
)
def test_section_name(path, name):
    """A section is named by the keys that lead to it."""
    assert section_name(path) == name
