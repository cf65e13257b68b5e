"""What others sent or wrote, as it may stand in a terminal. This module must not know where it comes from."""

_LONGEST = 500  # of a message: it quotes values, which have no bound


def printable(text: str) -> str:
    """`text` with everything escaped that could move a cursor, turn the direction of writing or hide; not endless."""
    return escaped(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def escaped(text: str) -> str:
    """All of `text`, with everything escaped that could move a cursor, turn the direction of writing or hide."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
