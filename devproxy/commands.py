"""Commands as people type them: quoted for the shells of this system, so that they can be pasted."""

import re
import shlex
import sys
from collections.abc import Sequence

_BARE = re.compile(r"[\w:/.=@-]+")


def command_line(words: Sequence[str]) -> str:
    """The words as they are typed."""
    if sys.platform == "win32":
        # Double quotes are the ones that PowerShell and cmd both know; no word of ours has any in it.
        return " ".join(word if _BARE.fullmatch(word) else f'"{word}"' for word in words)
    return shlex.join(words)


def allowing(command: Sequence[str], origin: str) -> str:
    """The command with one origin more that it allows, before the end of its options."""
    end = command.index("--") if "--" in command else len(command)
    return command_line([*command[:end], "--allow-origin", origin, *command[end:]])
