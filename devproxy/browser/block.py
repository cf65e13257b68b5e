"""A check of the browser's that fails, as a value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """One check that fails, with what the browser saw.

    `code` is the reason's. `value` is what the answer says, be it a field's value or a redirect's target; where a
    preflight does not allow a method or a header, its name. `lines` tells two lines of a field from one, which only
    Firefox does.
    """

    code: str
    value: str = ""
    status: int = 200
    lines: int = 1
