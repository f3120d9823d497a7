"""The folder holds what it should, the same bytes each time, and is never left torn."""

import json
from pathlib import Path

import jsonschema
import matplotlib
import pyarrow.parquet as pq
import pytest
from PIL import Image

from docs import make_summary_schema
from tests.study.report.summaries import PROMPTS, small, stories, summary
from twentyq.errors import StoreError, TwentyqError
from twentyq.study.report import plots, render
from twentyq.study.report.drawing import house_style, svg_file
from twentyq.study.summary import Summary


def test_the_files(folder: Path):
    assert {path.name for path in folder.iterdir()} == {
        "report.html", "summary.json", "curves.parquet", "curves.svg", "curves.png", "command.txt",
    }  # fmt: skip
    assert (folder / "command.txt").read_text() == summary().command + "\n"


def test_the_same_bytes_again_over_an_earlier_report(folder: Path, tmp_path: Path):
    (tmp_path / "report.html").write_text("an earlier one")
    (tmp_path / "results.jsonl").write_text("not the report's")
    render(summary(), stories(), tmp_path)
    for path in folder.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name
    assert (tmp_path / "results.jsonl").read_text() == "not the report's"
    assert not list(tmp_path.glob("*.unfinished"))


def test_the_users_settings_of_matplotlib_change_nothing(folder: Path):
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9, "svg.hashsalt": "x"}):
        with house_style():
            drawn = svg_file(plots.curves(summary(), "confidence", plots.WIDE))
        assert matplotlib.rcParams["font.size"] == 30
    assert drawn == (folder / "curves.svg").read_bytes()


def test_the_summary_is_read_back_and_fits_its_schema(folder: Path):
    text = (folder / "summary.json").read_text()
    assert Summary.model_validate_json(text) == summary()
    schema = json.loads(make_summary_schema.FILE.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(text))


def test_the_curves_as_a_table(folder: Path):
    table = pq.read_table(folder / "curves.parquet").to_pylist()
    points = [(c, p) for c in summary().curves for p in c.points]
    assert len(table) == len(points)
    for row, (curve, point) in zip(table, points, strict=True):
        assert row == {
            "policy": curve.policy,
            "stop": curve.stop,
            "threshold": point.threshold,
            "prompts": point.prompts,
            "prompts_share": point.prompts / PROMPTS,
            "pictures": 497,
            "accuracy": point.accuracy.share,
            "accuracy_low": point.accuracy.low,
            "accuracy_high": point.accuracy.high,
            "agreement": point.agreement.share,
            "agreement_low": point.agreement.low,
            "agreement_high": point.agreement.high,
        }


def test_the_figures_carry_no_date_and_stand_on_white(folder: Path):
    drawing = (folder / "curves.svg").read_text()
    assert "dc:date" not in drawing
    assert "Matplotlib v" not in drawing
    with Image.open(folder / "curves.png") as image:
        assert image.info.keys() <= {"dpi"}
        assert image.width >= 1600
        assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_a_figure_that_is_no_number_is_refused_before_anything_is_written(tmp_path: Path):
    found = small()
    mode = found.modes[0]
    bad = mode.model_copy(
        update={"macro_accuracy": mode.macro_accuracy.model_copy(update={"low": float("nan")})}
    )
    with pytest.raises(TwentyqError) as refused:
        render(found.model_copy(update={"modes": [bad, *found.modes[1:]]}), [], tmp_path / "new")
    assert str(refused.value) == (
        "summary.json: a figure of the summary is not a finite number\n"
        "  to mend: a measure has no value for so few pictures; please report this"
    )
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StoreError) as refused:
        render(small(), [], tmp_path / "taken")
    assert str(refused.value).startswith(
        f"{tmp_path / 'taken' / 'summary.json'}: the folder of the run cannot be used\n"
    )
    assert "make room or check the permissions" in str(refused.value)
    assert (tmp_path / "taken").read_text() == "a file"
