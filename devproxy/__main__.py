"""`python -m devproxy` and the `devproxy` command."""

import gc
import os
import sys
from contextlib import suppress


def main() -> None:
    """Run what was typed; a health check, which comes every few seconds, is spared the command line's imports."""
    _open_standard_streams()
    if sys.argv[1:2] == ["health"]:
        from devproxy.health import main as health  # noqa: PLC0415

        sys.exit(health(sys.argv[2:]))
    gc.disable()  # until the loop runs: to look through what is loaded, again and again, takes a tenth of the start
    from devproxy.cli import main as cli  # noqa: PLC0415

    try:
        cli()
    except OSError as error:  # a full disk behind stdout
        with suppress(OSError):
            os.write(2, f"error: cannot write ({error.strerror or error})\n".encode())
        sys.exit(1)
    finally:
        _drop_what_cannot_be_written()


def _drop_what_cannot_be_written() -> None:
    """Python writes what is left in its buffers as its last act, and would fail there in words of its own."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _open_standard_streams() -> None:
    """Open what whoever started us has closed: a socket that takes such a number would be written to, or closed."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115  # for as long as we run


if __name__ == "__main__":
    main()
