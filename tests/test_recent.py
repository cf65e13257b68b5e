"""What is remembered, and for how long."""

from devproxy.recent import Recent


def test_the_same_object_is_worked_out_once():
    """An equal one is another: looking for it would cost more than working it out."""
    made = []

    def make(one, two):
        made.append((one, two))
        return [one, two]

    recent = Recent(make)
    one, two = (1, "a"), (2, None)
    first = recent(one, two)
    assert recent(one, two) is first
    assert recent(two, one) == [two, one]
    assert recent((1, "a".upper().lower()), two) == first
    assert len(made) == 3


def test_an_object_that_has_gone_gives_its_identity_to_nobody():
    """New objects often get the address of those that were just freed."""
    recent = Recent(lambda value: value[0])
    assert [recent([number]) for number in range(1000)] == list(range(1000))


def test_no_more_is_remembered_than_allowed():
    """Whoever asks for something new each time costs no memory."""
    met = []
    recent = Recent(lambda value: met.append(value[0]), most=3)
    values = [(number,) for number in range(10)]
    for value in values:
        recent(value)
        assert len(recent._known) <= 3
    recent(values[-1])
    recent(values[0])
    assert met == [*range(10), 0]


def test_what_could_not_be_made_is_tried_again():
    """An exception is no result."""
    recent = Recent(lambda value: 1 / value)
    for _ in range(2):
        try:
            recent(0)
        except ZeroDivisionError:
            continue
        raise AssertionError
    assert not recent._known
