"""The card of a small random encoder: every figure in it can be traced to a file."""

import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from string import Template

import pytest
from huggingface_hub import ModelCard
from transformers import AutoModel

from tests.encoder.tiny_models import save_dual_encoder
from tests.training.test_highlights import result
from twentyq.encoder.identity import folder_identity
from twentyq.errors import TrainingError
from twentyq.system import load_system
from twentyq.training.card import Made, model_card
from twentyq.training.loop import Schedule
from twentyq.training.record import Record
from twentyq.training.sources import SOURCES

SCHEDULE = Schedule(steps=1234, batch=50, processes=2, seed=7, first_block=5, average=0.25)
USED = {one: 1000 + n for n, one in enumerate(SOURCES) if not one.optional}
ANIMALS = [prompt for group in load_system("animals").groups for prompt in group.prompts]
MADE = Made("full-7", SCHEDULE, Record(USED, ()), frozenset(ANIMALS[:30]))


@pytest.fixture(scope="module")
def encoder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("encoder")
    save_dual_encoder(folder)
    return folder


def card(encoder: Path, made: Made = MADE, seeds=()) -> str:
    mine = replace(result(0.4), identity=folder_identity(encoder), scale=23.456)
    return model_card(encoder, made, mine, seeds)


@pytest.fixture(scope="module")
def told(encoder) -> str:
    return card(encoder)


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_the_head_is_one_that_a_hub_can_read(told):
    data = ModelCard(told).data
    assert (data.license, data.library_name) == ("apache-2.0", "transformers")
    assert data.pipeline_tag == "zero-shot-image-classification"
    assert "zero-shot-image-classification" in data.tags


def test_figures_of_the_encoder_come_from_its_files(encoder, told):
    model = AutoModel.from_pretrained(encoder)
    millions = {
        name: f"{sum(p.numel() for p in part.parameters()) / 1e6:.1f}"
        for name, part in (("all", model), ("i", model.vision_model), ("t", model.text_model))
    }
    assert f"{millions['all']} million: image tower {millions['i']}, text" in told
    assert f"text tower {millions['t']}, what joins them 0.0" in told
    config = model.config
    assert f"pictures of {config.vision_config.image_size} × " in told
    assert f"its {config.text_config.num_hidden_layers - 1} layers and one pooling layer" in told
    assert f"| embedding | {config.projection_dim} dimensions |" in told
    megabytes = (encoder / "model.safetensors").stat().st_size / 1e6
    assert f"safetensors, float32, {megabytes:.1f} MB" in told.replace("; ", ", ")
    assert "| scale | 23.5, by which" in told
    assert f"`{folder_identity(encoder)}`" in told


def test_figures_of_the_training_come_from_its_schedule(told):
    told = one_line(told)
    assert "Each of the 1,234 steps saw 100 pictures composed afresh, 123,400 in all" in told
    assert "from block 5 of 16 (counted from 0)" in told
    rates = (
        f"learning rate {SCHEDULE.tower_rate:g} for the image tower and {SCHEDULE.head_rate:g} for"
    )
    assert rates in told
    assert "a memory of 25% of the steps" in told
    assert "python -m twentyq.training --schedule full --seed 7" in told


def test_sources_and_drawings_are_those_of_the_record(told):
    assert "| noto | 1,000 | training |" in told
    assert "| fxemoji | 1,002 | choosing |" in told
    assert "| openmoji | 1,010 | test |" in told
    learnt = sum(n for one, n in USED.items() if one.used_for == "training")
    assert f"The sets to learn from gave {learnt:,} drawings" in one_line(told)
    for one in SOURCES:
        assert (f"| `{one.name}` | {one.registry} |" in told) == (one in USED)
    assert "left out" not in told


def test_a_source_that_was_left_out_is_named(encoder):
    missing = tuple(one for one in SOURCES if one.optional)
    without = card(encoder, replace(MADE, record=Record(USED, missing)))
    said = "\n\nCould not be fetched and was left out: `openclipart-svg` 1:0.18+dfsg-19.\n\n## How"
    assert said in without


def test_prompts_that_were_trained_on_are_counted(told):
    assert f"- `animals`: 30 of {len(set(ANIMALS))}\n" in told
    assert "- `pokemon`, the article's: 0 of 51\n" in told
    assert "in 30 texts" in one_line(told)


def test_what_it_does_not_know_is_said_with_its_figures(told):
    told = one_line(told)
    assert "right on 40.0% (n = 72, chance 6.2%) of the Pokémon cards" in told
    assert "saw photographs of 19 of the 21**" in told
    assert "The 72 drawings of unseen animals count for fewer" in told
    assert "`--encoder openai/clip-vit-base-patch32`" in told


def test_both_tables_have_the_seeds_beside_the_result(encoder, told):
    beside = card(encoder, seeds=[result(0.2), result(0.4)])
    assert "| 6.2% | 40.0% | 30.0% to 50.0% | 30.0% (20.0% to 40.0%) |" in beside
    assert "| goal | full-7 | short schedule, seeds: 2 |" in beside
    assert "the spread over seeds, on a shorter schedule" in one_line(beside)
    assert "seeds: " not in told
    assert "One training was measured." in one_line(told)


def test_links_within_the_card_lead_to_its_headings(told):
    headings = re.findall(r"^#+ (.*)$", told, re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    links = re.findall(r"\]\(#([^)]*)\)", told)
    assert len(links) == 4
    assert set(links) <= anchors


def test_no_figure_is_typed_into_the_template():
    """Shares and counts are filled in; what is left are names that have digits in them."""
    template = Template((files("twentyq.training") / "card.md").read_text("utf-8"))
    typed = template.substitute(dict.fromkeys(template.get_identifiers(), ""))
    for name in ("all-MiniLM-L6-v2", "EfficientNet-lite0", "clip-vit-base-patch32", "float32"):
        typed = typed.replace(name, "")
    allowed = {"1", "0", "95", "2.0"}  # dim=1, counted from 0, 95% intervals, Apache 2.0
    assert set(re.findall(r"\d+(?:\.\d+)?", typed)) == allowed


def test_an_evaluation_of_other_weights_is_refused(encoder):
    with pytest.raises(TrainingError) as caught:
        model_card(encoder, MADE, result(0.4))
    assert str(caught.value) == (
        f"{encoder}: the evaluation is of another encoder than the one the card is for\n"
        "  got: an evaluation of sha256:0\n"
        f"  allowed: {folder_identity(encoder)}\n"
        "  to mend: evaluate this encoder again"
    )
