"""The whole test on a small random encoder, made-up drawings and a handful of pictures."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from PIL import Image

from tests.encoder.tiny_models import save_clip
from tests.training.drawn import save_banks
from twentyq.encoder import load_encoder
from twentyq.errors import TrainingError
from twentyq.training.evaluation import Evaluation, evaluate, load_evaluation
from twentyq.training.protocol import load_protocol
from twentyq.training.similarity import Eyes
from twentyq.training.trials import folder_trials

PROTOCOL = load_protocol()


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
def tiny(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("encoder")
    save_clip(folder)
    return folder


@pytest.fixture(scope="module")
def written(tiny, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("evaluation")
    save_banks(folder / "work")
    evaluate(tiny, folder / "work", save_data(folder / "data"), folder / "out")
    return folder / "out" / "evaluation.json"


@pytest.fixture
def found(written) -> Evaluation:
    return load_evaluation(written)


def test_what_is_written_is_what_was_found(written, found):
    assert json.loads(written.read_text(encoding="utf-8"))["encoder"] == found.encoder
    assert json.loads(json.dumps(asdict(found))) == json.loads(written.read_text(encoding="utf-8"))


def test_every_row_of_the_table_is_measured(found):
    for row in PROTOCOL.figures:
        figure = found.figure(row.part, row.measure)
        assert figure is not None, row.title
        assert 0 <= figure.low <= figure.high <= 1
    assert found.left_out == ()


@pytest.mark.parametrize(
    ("part", "n", "chance"),
    [
        ("unseen-24", 72, 1 / 24),
        ("unseen-21", 72, 1 / 21),
        ("concepts-124", 372, 1 / 124),
        ("pokemon-cards", 2, 1 / 16),
        ("pokemon-177", 2, 1 / 2),
        ("birds", 2, 1 / 2),
    ],
)
def test_sizes_and_chances(found, part, n, chance):
    figure = found.figure(part, "full")
    assert (figure.n, figure.chance) == (n, pytest.approx(chance))


def test_answers_count_drawings(found):
    scene, trait = (found.figure(part, "unseen-unbiased") for part in ("scene", "trait"))
    assert (scene.n, scene.chance) == (372, pytest.approx(1 / 20))
    assert trait.n == 3 * sum(bool(animal.trait) for animal in PROTOCOL.animals.values())


def test_styles_and_backgrounds_are_told_apart_and_average_to_the_whole(found):
    whole = found.figure("unseen-21", "full-unbiased")
    for subsets, n in ((PROTOCOL.styles, 24), (("white", "scene"), 72)):
        parts = [found.figure("unseen-21", "full-unbiased", subset) for subset in subsets]
        assert [part.n for part in parts] == [n] * len(subsets)
        assert sum(part.share for part in parts) / len(parts) == pytest.approx(whole.share)


def test_the_best_template_is_said(found):
    prompts = {template.replace("{a}", "{}") for template in PROTOCOL.names.drawings}
    assert found.figure("unseen-24", "names").note in prompts


@pytest.mark.parametrize("part", ["unseen-24", "unseen-all", "pokemon-cards"])
def test_differences_are_those_of_the_figures(found, part):
    full, names = (found.figure(part, measure).share for measure in ("full", "names"))
    assert found.difference(part, "full - names").mean == pytest.approx(full - names)


def test_absent_data_is_left_out_and_said_to_be(tiny, tmp_path):
    left_out: list[str] = []
    eyes = Eyes(load_encoder(str(tiny)))
    assert list(folder_trials(PROTOCOL, tmp_path, eyes, left_out)) == []
    assert left_out == [
        "pokemon-cards: the data folder has no pokemon-cards",
        "pokemon-177: the data folder has no pokemon-177/attributes.csv",
        "birds: the data folder has no birds/attributes.json",
    ]


def test_a_folder_without_pictures_is_an_error(tiny, tmp_path):
    (tmp_path / "pokemon-cards").mkdir()
    with pytest.raises(TrainingError) as error:
        list(folder_trials(PROTOCOL, tmp_path, Eyes(load_encoder(str(tiny))), []))
    assert "pokemon-cards: there are no pictures" in str(error.value)
    assert "folders such as absol" in str(error.value)
