"""Forms of text that several servers share."""

import ast
import json

from devproxy.export.recipe import array, block, quoted


def test_a_string_stays_one_string() -> None:
    """Whatever is in it, Python and JavaScript read back what was written."""
    for text in ("x-key", "http://[::1]:5173", "'\"\\\n", "`${x}`"):
        assert ast.literal_eval(quoted(text)) == json.loads(quoted(text)) == text


def test_a_list() -> None:
    """Python and JavaScript spell lists of strings alike."""
    assert array(("a", "b")) == '["a", "b"]'
    assert array(()) == "[]"


def test_a_block() -> None:
    """Its lines are indented by four blanks, or as is asked."""
    assert block(("a", "b")) == "    a\n    b"
    assert block(("a", "b"), indent="") == "a\nb"
