import json
import re

import pytest

from tests.study.seeing import SYSTEM, draw_pictures

ENCODER = ("--encoder", "python:tests.study.seeing:SeeingEncoder", "--no-store")


@pytest.fixture
def world(tmp_path, monkeypatch):
    """The small world's system file, and twelve pictures of each of its five labels."""
    (tmp_path / "things.yaml").write_text(SYSTEM)
    draw_pictures(tmp_path / "pictures", each=12)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def calibrate(twentyq, world):
    def run(*arguments, pictures="pictures"):
        return twentyq("calibrate", pictures, "--system", "things.yaml", *ENCODER, *arguments)

    return run


def test_labelled_pictures_give_a_file_and_a_table_of_what_each_part_brought(calibrate, world):
    ran = calibrate("--parts", "bias,lda,probability")
    assert ran.code == 0, ran.err
    assert "cross-validation, 60 labelled pictures" in ran.out
    assert "class prototypes, no rules" in ran.out
    head, *rows = re.findall(r"^(?:full, with|no part|[a-z ]+\*?  ).*$", ran.out, re.MULTILINE)
    assert head.split("  ")[0] == "full, with"
    assert rows[0].startswith("no part")
    assert any("*" in row for row in rows)
    held = json.loads((world / "calibration.json").read_text())
    assert held["setting"]["scale"] == "encoder"
    assert held["setting"]["encoder"].startswith("python:tests.study.seeing:SeeingEncoder")
    assert held["system_name"] == "things"
    written = {part for part, value in held["parts"].items() if value is not None}
    assert f"calibration.json holds {', '.join(sorted(written))}" in ran.err


def test_what_is_written_is_played_by_classify(calibrate, twentyq):
    assert calibrate("--parts", "lda,probability").code == 0
    ran = twentyq(
        "classify", "pictures/sky", "--system", "things.yaml", *ENCODER, "--decide", "calibrated",
        "--calibration", "calibration.json", "--format", "json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert all(0 < one["probability"] <= 1 for one in json.loads(ran.out)["results"])


def test_unlabelled_pictures_give_the_targets_they_support(calibrate, world):
    ran = calibrate("--unlabelled", "--out", "pool.json")
    assert ran.code == 0, ran.err
    assert "agrees:0.99 is left out: it needs 598 pictures" in ran.err
    assert re.search(r"^agrees +90%", ran.out, re.MULTILINE)
    held = json.loads((world / "pool.json").read_text())
    targets = [one["target"] for one in held["parts"]["agrees"]["thresholds"]]
    assert set(targets) <= {0.9}
    assert held["parts"]["bias"]
    assert held["setting"]["policy"] == "gain"


def test_json_holds_every_figure(calibrate):
    ran = calibrate(
        "--parts", "bias,confusion,probability,agrees", "--format", "json", "--shots", 6
    )
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    first = found["cross_validation"][0]
    assert first["parts"] == []
    assert set(first) == {"parts", "by_score", "by_evidence", "log_loss", "ece"}
    assert first["by_evidence"]["total"] == 30
    assert [one["by_evidence"]["total"] for one in found["left_over"]] == [30, 30]
    assert found["prototypes"]["total"] == found["left_over_prototypes"]["total"] == 30
    assert isinstance(found["notes"], list)


def test_the_same_pictures_give_the_same_bytes(calibrate, world):
    for out in ("one.json", "two.json"):
        assert calibrate("--parts", "bias,probability", "--out", out).code == 0
    assert (world / "one.json").read_bytes() == (world / "two.json").read_bytes()


def test_a_calibration_that_does_not_help_is_not_written(calibrate, world):
    # Each picture goes to another label's folder, so that nothing can be learned.
    folders = sorted((world / "pictures").iterdir())
    for number in range(12):
        paths = [folder / f"{number:02}.png" for folder in folders]
        contents = [path.read_bytes() for path in paths]
        for place, path in enumerate(paths):
            path.write_bytes(contents[(place + number) % len(paths)])
    ran = calibrate("--parts", "lda", "--scale", "article")
    assert ran.code == 2
    assert "no part of a calibration helps, and nothing is written" in ran.err
    assert "lda is left out: it does not lower the log loss" in ran.err
    assert "no part*" in ran.out
    assert not (world / "calibration.json").exists()


def test_an_existing_file_is_refused_before_any_work(calibrate, world):
    (world / "calibration.json").write_text("mine")
    ran = calibrate("--encoder", "no/such/encoder")
    assert ran.code == 2
    assert "--out calibration.json: this file exists already" in ran.err
    assert (world / "calibration.json").read_text() == "mine"
    assert calibrate("--parts", "probability", "--force").code == 0
    assert (world / "calibration.json").read_text() != "mine"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--unlabelled", "--parts", "lda"), "this part needs labels"),
        (("--parts", "hue"), "a calibration has no such part"),
        (("--unlabelled", "--shots", "5"), "--shots: this speaks of labels"),
        (("--unlabelled", "--labels", "x.csv"), "--labels: this speaks of labels"),
        (("--policy", "oracle"), "no such policy"),
    ],
)
def test_contradictions_are_refused(calibrate, arguments, told):
    ran = calibrate(*arguments)
    assert ran.code == 2
    assert told in ran.err


def test_pictures_that_cannot_be_used_are_told(calibrate, world):
    (world / "pictures" / "sky" / "broken.png").write_text("no picture")
    copy = world / "pictures" / "sky" / "copy.png"
    copy.write_bytes((world / "pictures" / "sky" / "00.png").read_bytes())
    for arguments in (("--parts", "probability"), ("--unlabelled", "--parts", "bias")):
        ran = calibrate(*arguments, "--force")
        assert ran.code == 0, ran.err
        assert re.search(r"unreadable: 1, .*broken\.png", ran.err)
        assert re.search(r"duplicate: 1, .*copy\.png, the same as .*00\.png", ran.err)


def test_a_pool_without_a_single_picture_is_refused(calibrate, world):
    (world / "bad").mkdir()
    (world / "bad" / "a.png").write_text("no picture")
    ran = calibrate("--unlabelled", pictures="bad")
    assert ran.code == 3
    assert "none of the pictures can be read" in ran.err
