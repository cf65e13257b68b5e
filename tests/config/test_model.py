import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from devproxy.config.forms import long_form
from devproxy.config.load import read
from devproxy.config.model import (
    CorsSection,
    File,
    ListenSection,
    ProjectFile,
    RouteSection,
    key_paths,
    keys_of,
    section_name,
    stands_for,
)

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"


def shown(data, path=()):
    """The paths of all keys that some data has."""
    for key, value in data.items() if isinstance(data, dict) else ():
        yield (*path, key)
        yield from shown(value, (*path, key))


def test_example_shows_every_key():
    """Whoever reads the example file has seen every key there is."""
    text = re.sub(r"^( *)# ([a-z_]+: )", r"\1\2", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    written = set(shown(long_form(read(text, "f").data)))  # with those that are commented out
    written |= {
        ("routes", "/auth", *path) for path in written if path[0] == "cors"
    }  # said to be the same keys
    assert [path for path in key_paths() if not any(stands_for(path, key) for key in written)] == []


def test_readme_shows_a_project():
    """With every key that its file may have."""
    readme = EXAMPLE.with_name("README.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"^```yaml\n(# conf\.d.*?)^```", readme, re.MULTILINE | re.DOTALL)
    assert {path[0] for path in shown(read(text, "f").data)} == set(ProjectFile.model_fields)


def test_readme_shows_every_key():
    """The README's table names every key, by its section or on its own."""
    readme = EXAMPLE.with_name("README.md").read_text(encoding="utf-8")
    words = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"^\| `.*$", readme, re.MULTILINE))))
    assert {str(path[-1]) for path in (*key_paths(), *key_paths(ProjectFile))} - {"*"} <= words


def test_every_key_is_documented():
    """Every key says what it is for."""

    def fields(section):
        for field in section.model_fields.values():
            yield field
            for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
                if isinstance(kind, type) and hasattr(kind, "model_fields"):
                    yield from fields(kind)

    assert len([field.description for field in fields(File)]) == len(list(key_paths()))
    assert all(field.description for field in fields(File))


@pytest.mark.parametrize(
    ("word", "value"), [("true", True), ("True", True), ("TRUE", True), ("false", False), ("FALSE", False)]
)
def test_flag(word, value):
    """A flag is true or false, in the spellings of YAML 1.2."""
    assert RouteSection.model_validate({"target": "x", "strip_prefix": word}).strip_prefix is value


@pytest.mark.parametrize(
    ("word", "hint"),
    [("yes", "write true"), ("On", "write true"), ("1", "write true"), ("off", "write false"), ("tRue", "write true"), ("/api", "write true"), ("", "write true"), (None, "write true"), ([], "write true")],
)  # fmt: skip
def test_no_flag(word, hint):
    """Other words for yes and no are refused, with the word to write."""
    with pytest.raises(ValidationError) as caught:
        RouteSection.model_validate({"target": "x", "strip_prefix": word})
    (error,) = caught.value.errors()
    assert (error["msg"], error["ctx"]["hint"]) == ("must be true or false", hint)


@pytest.mark.parametrize(
    ("word", "seconds"),
    [
        ("30s", 30),
        ("250ms", 0.25),
        ("5m", 300),
        ("24h", 86400),
        ("1m30s", 90),
        ("1.5s", 1.5),
        ("0h1ms", 0.001),
    ],
)
def test_duration(word, seconds):
    """A duration is numbers with units."""
    assert RouteSection.model_validate({"target": "x", "timeout": word}).timeout == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("30", "30 what? write 30s"),
        ("0.5", "0.5 what? write 0.5s"),
        ("5000", "5000 what? write 5000ms or 5000s"),
        ("100000", "100000 what? write 100000ms"),
        ("999999999", "999999999 what? write 24h"),
        *((word, "write 24h") for word in ("0", "0s", "25h", "1d", "never")),
        *((word, "write 5m") for word in ("5 m", "5M", "5min", "PT5M")),
        *((word, "write 5m (the default); units are ms, s, m and h") for word in ("-1s", "s", "", "9" * 99 + "s", None, [])),
    ],
)  # fmt: skip
def test_no_duration(word, hint):
    """A number without a unit is asked for it; nothing waits for ever, or not at all."""
    with pytest.raises(ValidationError) as caught:
        RouteSection.model_validate({"target": "x", "timeout": word})
    (error,) = caught.value.errors()
    assert (error["msg"], error["ctx"]["hint"]) == (
        "must be a duration from 1ms to 24h, such as 30s or 5m",
        hint,
    )


@pytest.mark.parametrize("word", ["1", "8484", "65535"])
def test_port(word):
    """A port is written in digits."""
    assert ListenSection.model_validate({"port": word}).port == int(word)


@pytest.mark.parametrize(
    "word",
    ["0", "65536", "08484", "8_484", "0x1F", "1.0", "+1", "-1", " 1", "\u0661", "", None, [], "9" * 10_000],
)
def test_no_port(word):
    """Nothing else is a port."""
    with pytest.raises(ValidationError, match="must be a whole number from 1 to 65535"):
        ListenSection.model_validate({"port": word})


def test_given():
    """What a file names can be told from what it leaves out, also where it names the default."""
    assert CorsSection.model_validate({"max_age": "0"}).given() == {"max_age": 0}
    assert CorsSection.model_validate(None).given() == {}


def test_keys_of():
    """The keys of each section are known by its path."""
    assert keys_of(()) == ["listen", "cors", "routes", "include", "log"]
    assert keys_of((), ProjectFile) == ["project", "hosts", "cors", "routes"]
    assert keys_of(("routes", "/"), ProjectFile) == keys_of(("routes", "/"))
    assert keys_of(("routes", "/api", "headers", "request")) == ["set", "remove"]
    assert keys_of(("routes",)) == []


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
