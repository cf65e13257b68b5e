"""What a file says, as plain data, and where each part of it stands. Knows no YAML and no key of ours."""

from dataclasses import dataclass, field
from pathlib import Path as FilePath

from devproxy.problems import Place

Path = tuple[str | int, ...]
Data = str | list["Data"] | dict[str, "Data"] | None


@dataclass(frozen=True, slots=True)
class Repeat:
    """A key that stands twice in one mapping."""

    path: Path
    place: Place | None
    first: Place | None


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, and where it says so. `data` holds words, lists and mappings, and None where nothing stands."""

    data: Data
    places: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    repeats: tuple[Repeat, ...] = ()

    def place(self, path: Path) -> Place | None:
        """Where the value at `path` stands, or the nearest one around it."""
        return self._find(self.places, path)

    def key_place(self, path: Path) -> Place | None:
        """Where the key that ends `path` stands, or the nearest value around it."""
        return self.keys.get(path) or self._find(self.places, path)

    def beside(self, file: str) -> str:
        """The path of a file that is named in this one, from where this one stands."""
        place = self.places.get(())
        return str(FilePath(place.file if place else "").parent / FilePath(file).expanduser())

    @staticmethod
    def _find(places: dict[Path, Place], path: Path) -> Place | None:
        while path and path not in places:
            path = path[:-1]
        return places.get(path)


def value_at(data: Data, path: Path) -> Data:
    """The value at `path`, None where there is none."""
    for part in path:
        data = data.get(str(part)) if isinstance(data, dict) else None
    return data
