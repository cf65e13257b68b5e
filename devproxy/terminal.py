"""Streams that people may read: what they can show, and how wide they are. This module must not know what is written."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO

_STYLES = {"code": 36, "bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "cyan": 36}


class Stream:
    """A text stream that knows whether it takes colour, and never fails for a character that it cannot encode."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._encoding = (stream.encoding or "utf-8").lower()
        self._gathered: list[str] | None = None
        self._terminal = stream.isatty()
        self._coloured = _takes_colour(self._terminal)
        if self._terminal and sys.platform == "win32":
            import colorama  # noqa: PLC0415  # it comes with click there

            colorama.just_fix_windows_console()

    @property
    def width(self) -> int | None:
        """The columns of the terminal; None where it is none."""
        if not self._terminal:
            return None
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    def line(self, text: str) -> None:
        """Write a line."""
        self.write(f"{text}\n")

    def gather(self) -> None:
        """Keep what is written from now on."""
        self._gathered = []

    def let_go(self) -> None:
        """Write in one piece what was kept."""
        gathered, self._gathered = self._gathered or [], None
        if gathered:
            self.write("".join(gathered))

    def write(self, text: str) -> None:
        """Write something; where that cannot be done nobody is told."""
        if self._gathered is not None:
            self._gathered.append(text)
            return
        with suppress(
            OSError, ValueError
        ):  # whoever read this has gone, or the disk is full; the traffic goes on
            self.deliver(text)

    def deliver(self, text: str) -> None:
        """Write something that was asked for. Raises OSError where that cannot be done."""
        if self._encoding != "utf-8":
            text = text.encode(self._encoding, "replace").decode(self._encoding)
        self._stream.write(text)
        self._stream.flush()

    def paint(self, style: str, text: str) -> str:
        """The text in a style, where the stream takes colour."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self._coloured and text and style else text


def _takes_colour(terminal: bool) -> bool:
    """By the conventions of NO_COLOR, FORCE_COLOR and TERM=dumb."""
    if os.environ.get("NO_COLOR"):
        return False
    if forced := os.environ.get("FORCE_COLOR"):
        return forced != "0"
    return terminal and os.environ.get("TERM") != "dumb"


def words(text: str) -> list[str]:
    """The words of a text, each with the blank behind it."""
    return [f"{word} " for word in text.split(" ")]


def fitted(words: Sequence[str], width: int) -> list[str]:
    """Words, with the blanks behind them, on as few lines as hold them; one that is too long has a line of its own."""
    lines = [""]
    for word in words:
        if lines[-1] and len(f"{lines[-1]}{word}".rstrip()) > width:
            lines.append("")
        lines[-1] += word
    return [line.rstrip() for line in lines]
