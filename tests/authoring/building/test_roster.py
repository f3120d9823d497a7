from hypothesis import given
from hypothesis import strategies as st

from twentyq.authoring.building.roster import LONGEST_FACTS, MOST_CLASSES, lines_of, lots, sample
from twentyq.authoring.language_model import estimated_tokens

names = st.lists(st.text(min_size=1, max_size=30), unique=True, min_size=1, max_size=120)


@given(names, st.integers(1, 300), st.integers(1, 300), st.integers(1, 20))
def test_lots_hold_every_class_once_in_order_and_fit(classes, room, reply_room, answer):
    lines = {name: f"{name} ..." for name in classes}
    found = list(lots(lines, room, reply_room, answer))
    assert [name for lot in found for name in lot] == classes
    for lot in found:
        asked = sum(estimated_tokens(lines[name]) + 1 for name in lot)
        replied = sum(estimated_tokens(name) + answer for name in lot)
        assert 1 <= len(lot) <= MOST_CLASSES
        assert len(lot) == 1 or (asked <= room and replied <= reply_room)


def test_a_lot_is_as_large_as_it_can_be():
    lines = {str(n): "x" * 8 for n in range(100)}  # 4 tokens each, with the line's end
    assert [len(lot) for lot in lots(lines, 40, 1000, 1)] == [10] * 10
    assert [len(lot) for lot in lots(lines, 1000, 40, 3)] == [10] * 10
    assert [len(lot) for lot in lots(lines, 1000, 1000, 1)] == [40, 40, 20]


@given(st.lists(st.text(max_size=20), min_size=1, max_size=60), st.integers(0, 200))
def test_a_sample_is_all_that_fits_or_a_part_in_order(lines, room):
    shown = sample(lines, room)
    assert shown
    rest = iter(lines)
    assert all(line in rest for line in shown)
    if sum(estimated_tokens(line) + 1 for line in lines) <= room:
        assert shown == lines


def test_a_sample_is_taken_from_end_to_end():
    assert sample([f"{n:03}" for n in range(101)], 22) == [
        "000", "010", "020", "030", "040", "050", "060", "070", "080", "090", "100",
    ]  # fmt: skip


def test_facts_stand_behind_the_name_and_are_cut():
    facts = {"wren": {"size": "10 cm", "song": "loud"}, "robin": {"text": "x" * 1000}}
    lines = lines_of(["wren", "robin", "crow"], facts)
    assert lines["wren"] == "wren (size: 10 cm; song: loud)"
    assert lines["crow"] == "crow"
    assert len(lines["robin"]) == len("robin ( ...)") + LONGEST_FACTS
