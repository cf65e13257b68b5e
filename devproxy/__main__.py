"""`python -m devproxy` and the `devproxy` command."""

import os
import sys


def main() -> None:
    """Run what was typed; a health check, which comes every few seconds, is spared the command line's imports."""
    _open_standard_streams()
    if sys.argv[1:2] == ["health"]:
        from devproxy.health import main as health  # noqa: PLC0415

        sys.exit(health(sys.argv[2:]))
    from devproxy.cli import main as cli  # noqa: PLC0415

    try:
        cli()
    except OSError as error:  # a full disk behind stdout; leaving by the usual way would only meet it again
        os.write(2, f"error: cannot write ({error.strerror or error})\n".encode())
        os._exit(1)


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
