"""What docs/refine.md tells of birds and of 177 Pokémon, by the commands that it names."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_learned_rules_name_more_birds(twentyq, shared, tmp_path):
    birds = shared / "data" / "birds"
    system = tmp_path / "birds.yaml"
    maker = REPOSITORY / "examples" / "birds" / "make_system.py"
    subprocess.run([sys.executable, maker, birds / "attributes.json", system], check=True)
    ran = twentyq(
        "refine", birds, "--system", system, "--refit", "--moves", "rules", "--format", "json",
        "--out", tmp_path / "refined.yaml",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    assert [found[part]["before"]["total"] for part in ("train", "validation", "test")] == [400] * 3
    assert found["test"]["difference"]["low"] > 0.1
    assert found["test"]["after"]["share"] > 0.16


@pytest.mark.slow
def test_words_and_groups_do_no_harm_to_pokemon(twentyq, shared, tmp_path):
    ran = twentyq(
        "refine", shared / "data" / "pokemon-177", "--system", "pokemon-177", "--split", "class",
        "--format", "json", "--out", tmp_path / "refined.yaml",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    assert found["validation"]["after"]["count"] >= found["validation"]["before"]["count"]
    assert found["prompts"] == {"before": 50, "after": 41}
    assert found["test"]["loss_after"] < found["test"]["loss_before"]
