import json
import runpy
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from devproxy.config import schema
from devproxy.config.build import parse
from devproxy.config.model import File, ProjectFile, key_paths
from devproxy.config.schema import generate, text
from devproxy.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
SCHEMA = json.loads(text())
VALIDATOR = Draft202012Validator(SCHEMA)


def test_up_to_date():
    """The schema that is shipped is the model's: python -m devproxy.config.schema > devproxy/config/config.schema.json."""
    assert text() == generate()
    Draft202012Validator.check_schema(SCHEMA)


def test_written_by_the_module(capsys):
    """The module itself prints it."""
    runpy.run_path(schema.__file__, run_name="__main__")
    assert capsys.readouterr().out == text()


def property_of(path):
    """What the schema says of a key; routes and cors have short forms, the long one comes first."""
    node = SCHEMA
    for part in path:
        node = node["additionalProperties"] if part == "*" else node["properties"][part]
        leaf = node
        if "$ref" in (inner := node.get("anyOf", [{}])[0]):
            node = SCHEMA["$defs"][inner["$ref"].rpartition("/")[2]]
    return leaf


@pytest.mark.parametrize(
    ("shape", "path"),
    [(File, path) for path in key_paths()]
    + [(ProjectFile, (name,)) for name in ProjectFile.model_fields if name not in File.model_fields],
)
def test_every_key_has_its_description(shape, path):
    """Editors show on hover what the model says of a key: the description stands at the property itself."""
    section = shape
    for part in path[:-1]:
        if part != "*":
            kind = section.model_fields[part].annotation
            section = kind if isinstance(kind, type) and hasattr(kind, "model_fields") else kind.__args__[1]
    assert property_of(path)["description"] == section.model_fields[path[-1]].description


def test_names_of_the_user_have_descriptions():
    """A prefix and the name of a header field are explained, too; no title is repeated above what is said of a key."""
    routes = SCHEMA["properties"]["routes"]["additionalProperties"]
    fields = SCHEMA["$defs"]["FieldsSection"]["properties"]["set"]["additionalProperties"]
    assert routes["description"].startswith("Where requests below this prefix go")
    assert fields["description"] == "The value that this header field gets."
    assert '"title"' not in text()


def accepted(text):
    """Whether the loader takes a text, and whether an editor would."""
    try:
        loads = bool(parse(text, environ={"N": "80", "F": "true", "U": "http://a", "D": "3s"}).routes)
    except ConfigError:
        loads = False
    return loads, VALIDATOR.is_valid(yaml.safe_load(text))


GOOD = [
    EXAMPLE.read_text(encoding="utf-8"),
    "routes: {/: http://localhost:3001}",
    "listen:\ncors:\nlog:\nroutes: {/: http://a}",
    "listen: {port: 1, host: 127.0.0.1}\nroutes: {/: {target: http://a, headers: {request: }, cors: }}",
    "routes: {/: {target: http://a, cors: passthrough}}",
    "routes: {/: {target: http://a, cors: {passthrough: true}}}",
    "routes: {/: {target: http://a, change_origin: 'true'}}",
    "routes: {/: {target: http://a, change_origin: true, headers: {request: {set: {X-A: 1, X-B: true}}}}}",
    "listen: {port: '${N}'}\ncors: {max_age: '${N}', allow_credentials: '${F}'}\nroutes: {/: {target: '${U}', timeout: '${D}'}}",
    "routes: {/: {target: http://a, change_origin: '${F}', timeout: 1m30s, only_methods: [GET]}}",
]  # fmt: skip

BAD = [
    "",
    "[]",
    "routes: []",
    "listen: {port: 1}",
    "rotues: {/: http://a}",
    "routes: {/: }",
    "routes: {/: []}",
    "routes: {/: {strip_prefix: true}}",
    "routes: {api: http://a}",
    "routes: {/: {target: [a]}}",
    "listen: {port: 0}\nroutes: {/: http://a}",
    "listen: {port: 65536}\nroutes: {/: http://a}",
    "listen: {port: x}\nroutes: {/: http://a}",
    "listen: {prot: 1}\nroutes: {/: http://a}",
    "listen: {port: }\nroutes: {/: http://a}",
    "cors: off\nroutes: {/: http://a}",
    "cors: passthrough\nroutes: {/: http://a}",
    "cors: {allow_origins: http://a}\nroutes: {/: http://a}",
    "cors: {max_age: -1}\nroutes: {/: http://a}",
    "cors: {allow_credentials: 'yes'}\nroutes: {/: http://a}",
    "cors: {allow_headers: [[a]]}\nroutes: {/: http://a}",
    "routes: {/: {target: http://a, timeout: 30}}",
    "routes: {/: {target: http://a, timeout: 30 s}}",
    "routes: {/: {target: http://a, target_origin: drop}}",
    "routes: {/: {target: http://a, changeOrigin: true}}",
    "routes: {/: {target: http://a, cors: 'off'}}",
    "routes: {/: {target: http://a, headers: {set: {A: b}}}}",
    "log: {level: loud}\nroutes: {/: http://a}",
    "log: {skip: x}\nroutes: {/: http://a}",
]


@pytest.mark.parametrize("text", GOOD)
def test_good_files(text):
    """What the loader takes, an editor takes."""
    assert accepted(text) == (True, True)


@pytest.mark.parametrize("text", BAD)
def test_bad_files(text):
    """What does not fit the shape is refused by both."""
    assert accepted(text) == (False, False)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("project: shop\nhosts: [shop.localhost]\nroutes: {/api: http://localhost:3001}", True),
        ("include: [conf.d/*.yaml]", True),
        ("hosts: [a.test]\ncors: {max_age: 5}\nroutes: {/: http://a}", True),
        ("hosts: [a.test]", False),
        ("hosts: a.test\nroutes: {/: http://a}", False),
        ("project: a\nlisten: {port: 1}\nroutes: {/: http://a}", False),
        ("project: a\nlog: {level: debug}\nroutes: {/: http://a}", False),
        ("project: a\ninclude: [b.yaml]", False),
    ],
)
def test_files_of_projects(text, valid):
    """One schema is enough: a project's file has project or hosts, and nothing that there is one of."""
    assert VALIDATOR.is_valid(yaml.safe_load(text)) == valid


def test_modeline():
    """The example names a schema beside itself, and says how it gets there."""
    first, second, *_ = EXAMPLE.read_text(encoding="utf-8").splitlines()
    assert first == "# yaml-language-server: $schema=./devproxy.schema.json"
    assert "devproxy schema > devproxy.schema.json" in second
