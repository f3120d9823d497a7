"""The whole test on a small random encoder, made-up drawings and a handful of pictures."""

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.encoder.tiny_models import save_clip
from tests.training.drawn import save_banks
from twentyq.errors import TrainingError, UsageError
from twentyq.training.evaluation import Evaluation, evaluate, load_evaluation
from twentyq.training.protocol import load_protocol
from twentyq.training.report import markdown

PROTOCOL = load_protocol()
ON_FOLDERS = {"pokemon-cards", "pokemon-177", "birds"}


def save_data(folder: Path) -> Path:
    for path, colour in (
        ("pokemon-cards/absol/1.png", "white"),
        ("pokemon-cards/venusaur/1.png", "green"),
        ("pokemon-cards/stray/1.png", "red"),
        ("pokemon-177/absol/1.png", "white"),
        ("pokemon-177/aipom/1.png", "purple"),
        ("birds/Gull/1.png", "gray"),
        ("birds/Wren/1.png", "brown"),
    ):
        (folder / path).parent.mkdir(parents=True)
        Image.new("RGB", (20, 20), colour).save(folder / path)
    species = "species,color\nabsol,white\naipom,purple\n"
    (folder / "pokemon-177" / "attributes.csv").write_text(species, encoding="utf-8")
    shapes = ["hooked", "cone"]
    tops = dict(zip(("Gull", "Wren"), shapes, strict=True))
    table = {
        "groups": {"has_bill_shape": shapes},
        "classes": {bird: {"has_bill_shape": {"top": top}} for bird, top in tops.items()},
    }
    (folder / "birds" / "attributes.json").write_text(json.dumps(table), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> tuple[Evaluation, Evaluation, Path]:
    folder = tmp_path_factory.mktemp("evaluation")
    save_clip(folder / "tiny")
    save_banks(folder / "work")
    data = save_data(folder / "data")
    whole = evaluate(folder / "tiny", folder / "work", data, folder / "whole")
    without = evaluate(folder / "tiny", folder / "work", folder / "none", folder / "without")
    return whole, without, folder


def test_every_row_of_the_table_is_measured(results):
    whole, _, _ = results
    for row in PROTOCOL.figures:
        found = whole.figure(row.part, row.measure)
        assert found is not None, row.title
        assert 0 <= found.low <= found.high <= 1
    assert whole.left_out == ()


def test_sizes_and_chances(results):
    whole, _, _ = results
    for part, n, chance in (
        ("unseen-24", 72, 1 / 24),
        ("unseen-21", 72, 1 / 21),
        ("concepts-124", 372, 1 / 124),
        ("pokemon-cards", 2, 1 / 16),
        ("pokemon-177", 2, 1 / 2),
        ("birds", 2, 1 / 2),
    ):
        found = whole.figure(part, "full")
        assert (found.n, found.chance) == (n, pytest.approx(chance))
    scene = whole.figure("scene", "unseen-unbiased")
    assert (scene.n, scene.chance) == (372, pytest.approx(1 / 20))
    assert whole.figure("unseen-21", "full", "openmoji").n == 24
    assert whole.figure("unseen-21", "full", "scene").n == 72


def test_the_best_template_is_said(results):
    whole, _, _ = results
    prompts = {t.replace("{a}", "{}") for t in PROTOCOL.names.drawings}
    assert whole.figure("unseen-24", "names").note in prompts


def test_differences_are_those_of_the_figures(results):
    whole, _, _ = results
    for part in ("unseen-24", "unseen-all", "pokemon-cards"):
        gap = whole.difference(part, "full - names")
        shares = [whole.figure(part, measure).share for measure in ("full", "names")]
        assert gap.mean == pytest.approx(shares[0] - shares[1])


def test_what_is_written_is_read_again(results):
    whole, _, folder = results
    assert load_evaluation(folder / "whole" / "evaluation.json") == whole


def test_absent_data_is_left_out_and_said_to_be(results):
    whole, without, _ = results
    assert without.left_out == (
        "pokemon-cards: the data folder has no pokemon-cards",
        "pokemon-177: the data folder has no pokemon-177/attributes.csv",
        "birds: the data folder has no birds/attributes.json",
    )
    here = [one for one in whole.figures if one.part not in ON_FOLDERS]
    assert list(without.figures) == here


def test_a_folder_without_pictures_is_an_error(results, tmp_path):
    _, _, folder = results
    (tmp_path / "pokemon-cards").mkdir()
    with pytest.raises(TrainingError) as error:
        evaluate(folder / "tiny", folder / "work", tmp_path, tmp_path / "out")
    assert "pokemon-cards: there are no pictures" in str(error.value)
    assert "folders such as absol" in str(error.value)


def test_the_table_shows_intervals_of_one_and_the_spread_of_seeds(results):
    whole, without, _ = results
    table = markdown([whole, without, whole], ["seeds", "seeds", "one"])
    rows = {line.split(" | ")[0].lstrip("| "): line.split(" | ") for line in table.splitlines()}
    share = whole.figure("unseen-24", "full").share
    assert rows["24 unseen animals, full"][5] == f"{share:.3f} ({share:.3f} to {share:.3f})"
    assert rows["24 unseen animals, full"][6].startswith(f"{share:.3f} [")
    assert "Left out: birds: the data folder has no birds/attributes.json." in table
    alone = markdown([without], ["alone"])
    assert "| birds, full | " in alone
    assert "not measured" in alone


def test_a_table_needs_a_name_for_each_result(results):
    with pytest.raises(UsageError) as error:
        markdown(results[:2], ["one"])
    assert "1 names for 2 results" in str(error.value)
