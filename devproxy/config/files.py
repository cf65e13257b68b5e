"""Files → text: what cannot be read, is too large or no UTF-8 is told, and nothing waits or fills the memory."""

import codecs
import os
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from devproxy.errors import ConfigError
from devproxy.problems import Place, Problem, nearest

MAX_BYTES = 2_000_000  # a thousand routes with every key are 0.5 MB

_LINE_END = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")  # what YAML counts as one


def source_lines(text: str) -> list[str]:
    """The lines of a text as YAML counts them."""
    return _LINE_END.split(text)


def read_bytes(file: str) -> bytes:
    """What a file holds, up to a little more than is ever used; raises ConfigError where it cannot be read."""
    try:
        with open(file, "rb", opener=_without_waiting) as stream:
            return stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ConfigError([Problem("file", f"cannot read {file}: {why}", _other_file(file, error))]) from None


def _other_file(file: str, error: Exception) -> str:
    """Which file was probably meant."""
    if isinstance(error, IsADirectoryError):
        with suppress(OSError):
            if Path(file).suffix in {".yaml", ".yml"} and not any(Path(file).iterdir()):
                return (
                    "Docker makes a folder of a mounted file that is missing: "
                    "remove it, write the file, and better mount the folder that it is in"
                )
        return f"name the file in it, as in {Path(file) / 'proxy.yaml'}"
    if not isinstance(error, FileNotFoundError):
        return "name a file that you may read"
    folder = Path(file).parent
    with suppress(OSError):
        if near := nearest(Path(file).name, [entry.name for entry in folder.iterdir()]):
            return f"did you mean {folder / near}?"
    return "name a file that exists"


def _without_waiting(file: str, flags: int) -> int:
    """Open a pipe that nobody writes to as an empty file, instead of waiting for ever."""
    descriptor = os.open(file, flags | getattr(os, "O_NONBLOCK", 0))
    if hasattr(os, "O_NONBLOCK"):
        os.set_blocking(descriptor, True)
    return descriptor


def decode(raw: bytes, file: str) -> str:
    """The text of a file; raises ConfigError where it is too large or not UTF-8."""
    if len(raw) > MAX_BYTES:
        message = f"{file} is larger than {MAX_BYTES // 1_000_000} MB"
        raise ConfigError([Problem("size", message, "is this a configuration?", place=Place(file, 1))])
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in raw[:2]:
        hint = "save it as UTF-8 (PowerShell: Out-File -Encoding utf8)"
        raise ConfigError([Problem("encoding", f"{file} is UTF-16, not UTF-8", hint, place=Place(file, 1))])
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        before = source_lines(raw[: error.start].decode())
        place = Place(file, len(before), len(before[-1]) + 1)
        message = f"not UTF-8 text: found the byte 0x{raw[error.start]:02x}"
        raise ConfigError([Problem("encoding", message, "save the file as UTF-8", place=place)]) from None


def pem_problem(file: str, holds: str = "CERTIFICATE") -> Problem | None:
    """What keeps a file from being a PEM file (RFC 7468) that holds a certificate, or a `PRIVATE KEY`."""
    try:
        held = read_bytes(file)
    except ConfigError as error:
        return replace(error.problems[0], code="pem")
    if re.search(rb"-----BEGIN [A-Z ]*" + holds.encode() + b"-----", held):
        return None
    return Problem(
        "pem", f"{file} holds no {holds.lower()}", f"name a PEM file, with -----BEGIN {holds}----- in it"
    )
