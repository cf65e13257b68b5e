"""Installs the built wheel into environments of their own and uses it there as its users do: `python -m tests.wheel build/dist`.

Once with the newest releases of what it needs, and once with the oldest that pyproject.toml allows.
"""

import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
SMOKE = ROOT / "tests" / "smoke.py"
WORK = ROOT / "build" / "wheel"


def oldest(requirements: list[str]) -> str:
    """The lower bounds of requirements, as a file of constraints."""
    found = (re.match(r"([\w-]+)>=([\w.]+)", requirement) for requirement in requirements)
    return "".join(f"{match[1]}=={match[2]}\n" for match in found if match)


def installed(wheel: Path, name: str, constraints: str) -> Path:
    """The Python of a new environment that has the wheel, and nothing of this folder."""
    where = WORK / name
    venv.create(where, clear=True, with_pip=True)
    python = where / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    file = WORK / f"{name}.txt"
    file.write_text(constraints, encoding="utf-8")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
    subprocess.run([*pip, "--constraint", file, wheel], check=True)
    return python


def main(folder: str) -> None:
    (wheel,) = Path(folder).glob("*.whl")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, constraints in (("newest", ""), ("oldest", oldest(project["dependencies"]))):
        python = installed(wheel.resolve(), name, constraints)
        subprocess.run([python, "-I", SMOKE], check=True, cwd=WORK, timeout=120)


if __name__ == "__main__":
    main(*sys.argv[1:])
