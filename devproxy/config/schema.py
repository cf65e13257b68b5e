"""The model as a JSON Schema (draft 2020-12), for editors: what may be written where, and what it is for.

    python -m devproxy.config.schema > devproxy/config/config.schema.json       after a change to the model

An editor sees what YAML makes of a file, so that numbers and flags are not the words that the loader reads; and any value
may be `${VAR}` in its place. Both are said here, short forms too.
"""

import json
import sys
from pathlib import Path
from typing import Any

from devproxy.config.model import DURATIONS, File, ProjectFile

FILE = Path(__file__).with_name("config.schema.json")

_Schema = dict[str, Any]
_A_ROUTE = "Where requests below this prefix go: the URL of a server, or a mapping with target and more."
_A_FIELD = "The value that this header field gets."
_KEYWORDS = {"ge": "minimum", "le": "maximum"}
# What any number, flag or choice may be instead.
_VARIABLE: _Schema = {"type": "string", "pattern": r"\$\{"}
_FLAGS = {"true", "false"}
_QUOTED_FLAG: _Schema = {"type": "string", "pattern": r"^(true|false)$|\$\{"}
_DURATION: _Schema = {"type": "string", "pattern": r"^([0-9]{1,9}(\.[0-9]{1,3})?(ms|s|m|h))+$|\$\{"}
# What a file writes without quotes and YAML 1.2 takes for a number or a flag is a word to the loader.
_WORD: _Schema = {"type": ["string", "number", "boolean"]}


def text() -> str:
    """The JSON Schema that is shipped."""
    return FILE.read_text(encoding="utf-8")


def generate() -> str:
    """The JSON Schema of the model as it is now."""
    schema = _loosened(File.model_json_schema())
    route, routes = schema["$defs"]["RouteSection"], schema["properties"]["routes"]
    route["type"] = "object"  # a route without a target is none
    for name, default in DURATIONS.items():
        described = route["properties"][name]["description"]
        route["properties"][name] = {"description": described, "default": default, **_DURATION}
    route["properties"]["cors"]["anyOf"].append({"const": "passthrough"})
    routes["additionalProperties"]["anyOf"].append({"type": "string"})
    routes["propertyNames"] = {"pattern": "^/"}
    routes["additionalProperties"] = {"description": _A_ROUTE, **routes["additionalProperties"]}
    fields = schema["$defs"]["FieldsSection"]["properties"]["set"]
    fields["additionalProperties"] = {"description": _A_FIELD, **fields["additionalProperties"]}
    _add_project(schema)
    # No title: editors would print it above the description of every key.
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps({**head, **schema, "type": "object"}, indent=2, ensure_ascii=False) + "\n"


def _add_project(schema: _Schema) -> None:
    """Let the schema be that of a project's file, too, which has `project` or `hosts` and nothing that there is one of."""
    project = _loosened(ProjectFile.model_json_schema())
    main_only = File.model_fields.keys() - ProjectFile.model_fields.keys()
    own = {
        name: project["properties"][name]
        for name in ProjectFile.model_fields
        if name not in File.model_fields
    }
    schema["properties"] |= own
    schema["anyOf"] = [{"required": ["routes"]}, {"required": ["include"]}]
    schema["if"] = {"anyOf": [{"required": [name]} for name in own]}
    schema["then"] = {"properties": dict.fromkeys(sorted(main_only), False)}


def _loosened(schema: _Schema) -> _Schema:
    """The schema without what only pydantic means by it, and with what YAML and variables make of a value."""
    loose = {
        _KEYWORDS.get(key, key): value for key, value in schema.items() if key not in {"title", "default"}
    }
    for group in {"$defs", "properties"} & set(loose):
        loose[group] = {name: _loosened(value) for name, value in loose[group].items()}
    for inner in {"items", "additionalProperties"} & set(loose):
        if isinstance(loose[inner], dict):
            loose[inner] = _loosened(loose[inner])
    described = {key: loose.pop(key) for key in ("description",) if key in loose}
    if schema.get("default") not in (None, []):
        described["default"] = schema["default"]
    return {**described, **_kind(loose)}


def _kind(schema: _Schema) -> _Schema:
    if "$ref" in schema:
        return {"anyOf": [schema]}  # there is room for a short form beside it
    if "enum" in schema:
        # The words true and false of the model are flags to an editor.
        words = [word == "true" if word in _FLAGS else word for word in schema["enum"]]
        return {"anyOf": [{"enum": words}, _QUOTED_FLAG if _FLAGS & set(schema["enum"]) else _VARIABLE]}
    kind = schema.get("type")
    if kind == "object":
        return {**schema, "type": ["object", "null"]}  # a section whose lines are all commented out
    if kind == "string":
        return {**schema, **_WORD}
    return schema if kind == "array" else {"anyOf": [schema, _VARIABLE]}


if __name__ == "__main__":
    sys.stdout.write(generate())
