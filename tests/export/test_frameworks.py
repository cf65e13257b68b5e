"""The table of servers."""

import ast

import pytest

from devproxy.export.allow import Allow
from devproxy.export.frameworks import FRAMEWORKS, framework

PAGE = "http://localhost:5173"
POLICIES = [
    Allow((PAGE,)),
    Allow(("*",), ("PUT",), ("x-key",)),
    Allow((PAGE, "https://shop.test"), ("PUT",), ("x-key",), credentials=True, expose=("x-total",)),
]


def test_the_order_of_presentation() -> None:
    """Frameworks come before servers, each under its own key."""
    assert list(FRAMEWORKS) == ["express", "fastapi", "django", "flask", "nginx", "caddy"]
    assert all(FRAMEWORKS[key].key == key for key in FRAMEWORKS)


def test_what_people_call_them() -> None:
    """Case does not count, and Starlette is what FastAPI is made of."""
    assert framework("FastAPI") is framework("starlette") is FRAMEWORKS["fastapi"]
    assert framework("rails") is None
    assert framework("") is None


def test_no_name_means_two_servers() -> None:
    """Keys and aliases are lower case and different from each other."""
    names = [name for each in FRAMEWORKS.values() for name in (each.key, *each.aliases)]
    assert len(names) == len(set(names))
    assert names == [name.lower() for name in names]


@pytest.mark.parametrize("allow", POLICIES, ids=["read", "any", "credentials"])
@pytest.mark.parametrize("key", FRAMEWORKS)
def test_every_rendering_has_all_values_and_notes(key: str, allow: Allow) -> None:
    """Nothing of the policy is lost; notes are sentences on one line; lines to paste have no blanks at their ends."""
    recipe = FRAMEWORKS[key].render(allow)
    for value in (*allow.origins, *allow.methods, *allow.headers, *allow.expose):
        assert value in recipe.code or (key == "django" and value == "*")
    assert recipe.notes
    assert all(note.endswith(".") and note.isprintable() for note in recipe.notes)
    assert [line.rstrip() for line in recipe.code.split("\n")] == recipe.code.split("\n")
    assert recipe.file
    if recipe.language == "python":
        ast.parse(recipe.code)
