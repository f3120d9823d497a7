from dataclasses import replace

import pytest

from tests.conftest import REPOSITORY
from twentyq.training.notice import LICENCES, notice
from twentyq.training.sources import CHANGES, SOURCES


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_every_source_stands_there_once_with_author_licence_and_its_address():
    told = one_line(notice())
    for one in SOURCES:
        entry = f"{one} {one.attribution} {one.licence}, {LICENCES[one.licence]}"
        assert told.count(one_line(entry)) == 1, one.name
    assert CHANGES in told


def test_sources_stand_under_what_they_were_for():
    parts = ("started from the weights", "learnt from these", "What the drawings", "served to test")
    starts = [notice().index(part) for part in parts]
    assert starts == sorted(starts)
    parts_of = {
        "image weights": 0, "text weights": 0, "emoji": 1, "icons": 1, "clip art": 1, "names": 2
    }  # fmt: skip
    for one in SOURCES:
        place = notice().index(str(one))
        wanted = 3 if one.used_for == "test" else parts_of[one.holds]
        assert sum(start < place for start in starts) - 1 == wanted, one.name


def test_what_was_left_out_is_not_named():
    assert "openclipart" not in notice(one for one in SOURCES if not one.optional)


def test_the_example_pictures_have_their_line():
    assert "Fluent Emoji, Copyright (c) Microsoft Corporation, under the MIT" in one_line(notice())
    licence = (REPOSITORY / "examples" / "README.md").read_text("utf-8")
    assert "> MIT License" in licence
    assert "Copyright (c) Microsoft Corporation" in licence


def test_lines_are_short():
    assert all(len(line) <= 88 for line in notice().splitlines())


def test_a_licence_that_nobody_looked_up_is_no_notice():
    with pytest.raises(KeyError):
        notice([replace(SOURCES[0], licence="WTFPL")])


def test_the_notice_of_the_repository_names_everything_that_cannot_be_done_without():
    written = one_line((REPOSITORY / "NOTICE").read_text("utf-8"))
    for one in SOURCES:
        if not one.optional:
            assert one_line(f"{one} {one.attribution} {one.licence}") in written, one.name
