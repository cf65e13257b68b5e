"""The plan of the house: imports only go down the floors, and each library has its door."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent / "devproxy"

# From the top: the first entry that fits a module is its floor.
FLOORS = [
    (
        4,
        (
            "advice",
            "asked",
            "banner",
            "blocked",
            "checklist",
            "cli",
            "commands",
            "console",
            "embed",
            "explain",
            "failing",
            "health",
            "hints",
            "init",
            "keys",
            "logline",
            "lookup",
            "pairs",
            "reload",
            "remarks",
            "remedy",
            "serve",
            "tally",
            "terminal",
            "demo",
            "__main__",
        ),
    ),
    (3, ("check", "proxy")),
    (2, ("config", "export", "importing")),
    (
        1,
        (
            "decide",
            "diagnose",
            "browser",
            "cors",
            "curl",
            "rewrite",
            "routing",
            "guard",
            "answers",
            "exchange",
            "framing",
            "lints",
            "reach",
            "reading",
            "target",
        ),
    ),
    (0, ("headers", "hosts", "message", "printable", "problems", "errors", "recent")),
]

# Where a library may be imported. demo/ is a backend and a page of its own, a guest in the house, hence aiohttp there.
DOORS = {
    "yaml": ("config",),
    "pydantic": ("config",),
    "pydantic_core": ("config",),
    "click": ("cli",),
    "aiohttp": ("proxy", "demo"),
    "httptools": ("proxy",),
    "uvloop": ("proxy",),
    "colorama": ("terminal",),
    "truststore": ("proxy",),
}

# The standard library's share of the world outside: sockets, clocks, files, processes.
IMPURE = {
    "asyncio", "socket", "ssl", "select", "selectors", "threading", "multiprocessing", "subprocess", "time", "datetime",
    "os", "io", "pathlib", "shutil", "tempfile", "signal", "random", "secrets", "logging", "urllib.request", "http.client",
}  # fmt: skip

MODULES = sorted(HOUSE.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(HOUSE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def room_of(module: str) -> str:
    return module.split(".")[0]


def floor_of(module: str) -> int:
    return next((floor for floor, rooms in FLOORS if room_of(module) in rooms), -1)


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the floor"
            assert node.module
            yield node.module
            if node.module == "devproxy":
                yield from (f"devproxy.{alias.name}" for alias in node.names if alias.name != "__version__")


def own_imports(path: Path) -> list[str]:
    return [name.removeprefix("devproxy.") for name in imports_of(path) if name.startswith("devproxy.")]


def foreign_imports(path: Path) -> list[str]:
    return [name for name in imports_of(path) if name.split(".")[0] != "devproxy"]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_has_a_floor(path: Path) -> None:
    """No module stands outside of the plan."""
    assert name_of(path) == "" or floor_of(name_of(path)) >= 0


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_only_go_down(path: Path) -> None:
    """A module imports its own floor and those below it."""
    mine = floor_of(name_of(path))
    above = [name for name in own_imports(path) if name_of(path) and floor_of(name) > mine]
    assert not above


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_each_library_has_its_door(path: Path) -> None:
    """A third-party library is imported in its own rooms only."""
    room = room_of(name_of(path))
    roots = {name.split(".")[0] for name in foreign_imports(path)} - set(sys.stdlib_module_names)
    strangers = {root for root in roots if room not in DOORS.get(root, ())}
    assert not strangers


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_law_is_pure(path: Path) -> None:
    """Floors 0 and 1 import the standard library only, and of it nothing that touches the world."""
    if floor_of(name_of(path)) in {0, 1}:
        names = set(foreign_imports(path))
        assert {name.split(".")[0] for name in names} <= set(sys.stdlib_module_names)
        assert not {name for name in names if name in IMPURE or name.split(".")[0] in IMPURE}


def test_answering_and_judging_stay_strangers() -> None:
    """cors/ answers and a judge in browser/ would judge: two readings of one standard that never import each other."""
    pairs = [("cors", "browser"), ("browser", "cors")]
    for path in MODULES:
        for one, other in pairs:
            if room_of(name_of(path)) == one:
                assert all(room_of(name) != other for name in own_imports(path))


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.name not in {"__init__.py", "__main__.py"}], ids=name_of
)
def test_every_module_is_proved_by_a_test_file_of_its_own(path: Path) -> None:
    """tests/ mirrors devproxy/ file for file."""
    relative = path.relative_to(HOUSE)
    assert (Path(__file__).parent / relative.parent / f"test_{relative.name}").is_file()
