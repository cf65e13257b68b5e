import pytest

from devproxy.config.document import Document
from devproxy.config.faults import _problem, shaped
from devproxy.config.ledger import Ledger
from devproxy.config.model import File
from devproxy.errors import ConfigError

EMPTY = "give it one, or remove it"
GOOD = {"target": "http://x"}


def judged(data):
    """The model of some data, and the message and hint of each problem."""
    ledger = Ledger(Document(data))
    model = shaped(ledger, data, File)
    try:
        return model, [(problem.message, problem.hint) for problem in ledger.settle()]
    except ConfigError as error:
        return model, [(problem.message, problem.hint) for problem in error.problems]


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        ({"listen": "8484"}, "listen is a mapping, found '8484'", "write listen: {port: 8484}"),
        ({"listen": []}, "listen is a mapping, found a list", "write listen: {port: 8484}"),
        ({"listen": {"host": ["a"]}}, "host is one value, found a list", "write host: a"),
        ({"listen": {"host": {"a": "b"}}}, "host is one value, found a mapping", "write host: a"),
        ({"listen": {"host": None}}, "host has no value", EMPTY),
        ({"listen": {"port": None}}, "port has no value", EMPTY),
        ({"listen": {"allowed_hosts": None}}, "allowed_hosts has no value", EMPTY),
        ({"listen": {"allowed_hosts": ["a", ["b"]]}}, "item 2 of allowed_hosts is one value, found a list", "write b"),
        ({"listen": {"allowed_hosts": ["a", None]}}, "item 2 of allowed_hosts has no value", EMPTY),
        ({"cors": "off"}, "cors is a mapping, found 'off'", "remove it; a route can say cors: passthrough"),
        ({"cors": {"max_age": "1d"}}, "max_age must be a whole number from 0 to 86400, found '1d'", "write 86400"),
        ({"cors": {"allow_origins": ["x"] * 501}}, "allow_origins has 501 items, the most is 500", "list fewer"),
        ({"cors": {"zebra": "x"}}, "unknown key 'zebra' in cors", "remove it; the keys here are allow_origins, allow_methods, allow_headers, expose_headers, allow_credentials, max_age"),
        ({"routes": "x"}, "routes is a mapping of path prefix to target", "write   /api: http://localhost:3001"),
        ({"routes": {"/": []}}, "route '/' is a target or a mapping, found a list", "write a URL such as http://localhost:3001"),
        ({"routes": {"/": {**GOOD, "headers": {"request": {"set": []}}}}}, "set is a mapping, found a list", "write set: {X-Name: value}"),
        ({"routes": {"/": {**GOOD, "headers": {"request": {"set": {"X-A": None}}}}}}, "X-A has no value", EMPTY),
        ({"routes": {"/": {**GOOD, "headers": {"set": {}}}}}, "unknown key 'set' in routes['/'].headers", "write request: {set: {}}"),
        ({"routes": {"/": {**GOOD, "target_origin": "drop"}}}, "target_origin must be auto, keep or remove, found 'drop'", "write target_origin: auto"),
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
