"""Where a WebSocket frame ends, however the network cuts it."""

import pytest

from devproxy.proxy.frames import Frames

KEY = b"mask"
TEXT = b"\x81\x05hello"
FRAGMENT = b"\x01\x03hel"
PING = b"\x89\x00"
MASKED = b"\x81\x85" + KEY + b"hello"
LONG = b"\x82\x7e\x01\x00" + b"x" * 256
MASKED_LONG = b"\x82\xfe\x01\x00" + KEY + b"x" * 256
LONGER = b"\x82\x7f" + (70_000).to_bytes(8, "big") + b"x" * 70_000
CLOSE = b"\x88\x02\x03\xe8"


def passed(wire, step):
    frames = Frames()
    for start in range(0, len(wire), step):
        frames.feed(wire[start : start + step])
    return frames


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000, 100_000])
@pytest.mark.parametrize(
    "wire",
    [b"", TEXT, PING, FRAGMENT, MASKED, LONG, MASKED_LONG, LONGER, TEXT + LONG + PING + MASKED + LONGER],
)
def test_between_frames_another_may_follow(wire, step):
    """Whole frames have passed, of any length, masked or not; a message in the making does not matter."""
    assert passed(wire, step).may_close


@pytest.mark.parametrize("step", [1, 3, 1000])
@pytest.mark.parametrize(
    "wire", [TEXT, MASKED, LONG, MASKED_LONG, b"\x82\x7f" + (5).to_bytes(8, "big") + b"hello"]
)
def test_within_a_frame_none_may(wire, step):
    """Any byte that is missing makes what would follow a part of that frame."""
    for end in range(1, len(wire)):
        assert not passed(TEXT + wire[:end], step).may_close


@pytest.mark.parametrize("step", [1, 2, 1000])
def test_after_a_close_frame_none_may(step):
    """It was the last word."""
    assert not passed(TEXT + CLOSE, step).may_close
