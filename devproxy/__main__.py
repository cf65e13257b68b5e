"""`python -m devproxy` and the `devproxy` command."""

import sys


def main() -> None:
    """Run what was typed; a health check, which comes every few seconds, is spared the command line's imports."""
    if sys.argv[1:2] == ["health"]:
        from devproxy.health import main as health  # noqa: PLC0415

        sys.exit(health(sys.argv[2:]))
    from devproxy.cli import main as cli  # noqa: PLC0415

    cli()


if __name__ == "__main__":
    main()
