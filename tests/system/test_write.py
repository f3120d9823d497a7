import pytest
from hypothesis import given, settings

from tests.system.samples import GOOD, systems
from twentyq.system import System, dump_system, load_system, parse_system


@settings(max_examples=150, deadline=None)
@given(systems())
def test_what_is_written_reads_back_as_it_was(system: System) -> None:
    assert parse_system(dump_system(system)) == system


def test_a_small_system_is_written_one_class_to_a_line() -> None:
    assert dump_system(parse_system(GOOD)) == GOOD


def test_a_long_class_is_written_in_blocks() -> None:
    text = dump_system(load_system("pokemon"))
    assert (
        "  Beedrill δ:\n    dominant_color: brown\n    primary_form: a wasp-like insect\n" in text
    )
    assert "options: [white, gray, brown, blue, green, yellow, red, orange, light blue]" in text


def test_weights_lists_and_names_are_kept_short() -> None:
    text = GOOD.replace("Ball: {color: red", "Ball: {color: [red, blue]").replace(
        "Plate: {color: blue}", "Plate: {color: {red: 1, blue: 3}}"
    )
    written = dump_system(parse_system(text + "labels: {Plate: Blaine's δ}\nprior: {Ball: 2}\n"))
    assert "  Ball: {color: [red, blue], shape: round}\n" in written
    assert "  Plate: {color: {red: 0.25, blue: 0.75}}\n" in written
    assert written.endswith("labels: {Plate: Blaine's δ}\nprior: {Ball: 2.0}\n")


@pytest.mark.parametrize("word", ["no", "Yes", "off", "y", "true", "1", "2020-01-01", "~"])
def test_words_that_some_reader_takes_for_something_else_are_quoted(word: str) -> None:
    text = GOOD.replace("blue", f'"{word}"')
    assert f"[red, {word}]" not in dump_system(parse_system(text))


def test_history_stands_last_a_line_each() -> None:
    text = GOOD + 'history:\n  - "shape: left out"\n  - test 4 of 9\n'
    assert parse_system(text).history == ("shape: left out", "test 4 of 9")
    assert dump_system(parse_system(text)) == text
