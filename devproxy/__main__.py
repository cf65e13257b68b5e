"""`python -m devproxy` and the `devproxy` command."""

from devproxy.cli import main

if __name__ == "__main__":
    main()
