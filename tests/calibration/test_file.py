import json
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.calibrated import PARTS, make_calibration
from tests.engine.worlds import make_world
from twentyq.calibration import (
    Setting,
    dump_calibration,
    fingerprint,
    load_calibration,
    rounded,
)
from twentyq.engine import Game, compile_plan, play
from twentyq.engine.calibration import Calibration, Discriminant, Moments
from twentyq.errors import UsageError


def setting_of(plan, **changed):
    usual = {"scale": "encoder", "skip_unused": False, "crop": None}
    played = {"policy": "gain", "decide": "score"}
    return Setting(encoder="sha256:e", system=fingerprint(plan), **usual | played | changed)


def written(folder, world, calibration, **changed):
    path = folder / "calibration.json"
    setting = setting_of(world.plan, **changed)
    text = dump_calibration(
        calibration, world.plan, setting, system_name="random", encoder_name="some encoder"
    )
    path.write_text(text)
    return path


def arrays(part, prefix=""):
    """Every value of a calibration by name; means that are not used are left out."""
    found = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, Moments | Discriminant):
            found |= arrays(value, f"{field.name}.")
        elif isinstance(value, torch.Tensor):
            found[prefix + field.name] = value.tolist()
        else:
            found[prefix + field.name] = value
    if isinstance(part, Discriminant):
        found[prefix + "means"] = part.means[part.has_mean].tolist()
    return found


@given(st.integers(0, 10**6), st.sets(st.sampled_from(PARTS)))
def test_what_is_loaded_is_what_was_written(tmp_path_factory, seed, parts):
    world = make_world(seed, labels=True, prior=True)
    calibration = rounded(make_calibration(world, sorted(parts), seed))
    path = written(tmp_path_factory.mktemp("file"), world, calibration)
    loaded = load_calibration(path, world.plan, setting_of(world.plan))
    assert arrays(loaded) == arrays(calibration)
    assert rounded(loaded).bias is None or torch.equal(rounded(loaded).bias, loaded.bias)


def test_a_loaded_calibration_plays_as_the_fitted_one(tmp_path):
    world = make_world(3, n_images=20)
    calibration = rounded(make_calibration(world))
    loaded = load_calibration(
        written(tmp_path, world, calibration), world.plan, setting_of(world.plan)
    )
    first, second = (
        play(Game(world.plan, 5.0, calibration=one), world.ask, 20) for one in (calibration, loaded)
    )
    assert torch.equal(first.posterior, second.posterior)
    assert torch.equal(first.probability, second.probability)


def test_equal_calibrations_are_equal_bytes(tmp_path):
    world = make_world(3)
    texts = {written(tmp_path, world, make_calibration(world)).read_bytes() for _ in range(2)}
    assert len(texts) == 1


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"encoder": "sha256:other"}, "another encoder"),
        ({"system": "sha256:other"}, "another system"),
        ({"scale": "article"}, "another scale"),
        ({"skip_unused": True}, "another skip-unused"),
        ({"crop": "card-art"}, "another crop"),
        ({"policy": "gini"}, "another policy"),
        ({"decide": "posterior"}, "another decide"),
    ],
)
def test_another_setting_is_refused_by_name(tmp_path, changed, named):
    world = make_world(3)
    path = written(tmp_path, world, make_calibration(world))
    with pytest.raises(UsageError) as refused:
        load_calibration(path, world.plan, replace(setting_of(world.plan), **changed))
    assert f"the calibration was made for {named}" in str(refused.value)
    assert f"setting.{next(iter(changed))}" in str(refused.value)
    assert "twentyq calibrate" in str(refused.value)


def test_people_are_told_which_encoder_it_was(tmp_path):
    world = make_world(3)
    path = written(tmp_path, world, make_calibration(world))
    other = replace(setting_of(world.plan), encoder="sha256:other")
    with pytest.raises(UsageError, match="got: 'sha256:e', called 'some encoder'"):
        load_calibration(path, world.plan, other)


def test_thresholds_belong_to_a_policy_and_the_rest_does_not(tmp_path):
    world = make_world(3)
    path = written(tmp_path, world, make_calibration(world))
    elsewhere = replace(setting_of(world.plan), policy=None, decide=None)
    loaded = load_calibration(path, world.plan, elsewhere)
    assert loaded.moments is not None
    assert loaded.moments.thresholds == ()
    without = written(tmp_path, world, make_calibration(world, ["bias"]))
    other = replace(setting_of(world.plan), policy="gini")
    assert load_calibration(without, world.plan, other).bias is not None


def test_the_fingerprint_is_of_all_that_decides_what_arrays_mean():
    world = make_world(5, n_groups=2, n_classes=4, hard=True)
    system = world.system
    first, *others = system.classes
    renamed = replace(
        system,
        classes=("other", *others),
        rules={"other": system.rules[first], **{name: system.rules[name] for name in others}},
    )
    plans = [
        world.plan,
        compile_plan(renamed),
        compile_plan(system, classes=others),
        compile_plan(replace(system, labels={first: others[0]})),
        compile_plan(replace(system, prior={first: 2.0})),
        compile_plan(replace(system, classes=(*others, first))),
        compile_plan(replace(system, rules={**system.rules, first: {}})),
        compile_plan(
            replace(system, groups=(replace(system.groups[0], prompt="{}?"), *system.groups[1:]))
        ),
    ]
    assert len({fingerprint(plan) for plan in plans}) == len(plans)
    assert fingerprint(compile_plan(replace(system, name="b"))) == fingerprint(world.plan)
    refined = replace(system, history=("a group was dropped",))
    assert fingerprint(compile_plan(refined)) == fingerprint(world.plan)


DAMAGE = {
    "no JSON": lambda text: text[: len(text) // 2],
    "another form": lambda _: '{"bias": [1, 2]}',
    "another schema": lambda text: text.replace('"schema_version":1', '"schema_version":2'),
    "a key too many": lambda text: text.replace('"parts":{', '"parts":{"hue":1,'),
    "a number that is none": lambda text: text.replace('"bias":[', '"bias":[NaN,'),
    "text for a number": lambda text: text.replace('"bias":[', '"bias":["1",'),
    "a number too many": lambda text: text.replace('"bias":[', '"bias":[1,'),
    "a ragged covariance": lambda text: text.replace('"covariance":[[[', '"covariance":[[[1,'),
    "a ragged triangle": lambda text: text.replace('"covariance":[[', '"covariance":[[1,', 1),
    "a chance of nothing": lambda text: text.replace('"confusion":[[[', '"confusion":[[[0,'),
    "bytes that are no text": lambda text: text.replace("random", "\ud800"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_refused(tmp_path, kind):
    world = make_world(3)
    path = written(tmp_path, world, make_calibration(world))
    text = DAMAGE[kind](path.read_text())
    assert text != path.read_text()
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(UsageError) as refused:
        load_calibration(path, world.plan, setting_of(world.plan))
    assert "calibrat" in str(refused.value)
    assert "to mend" in str(refused.value)


@given(st.integers(0, 10**6), st.integers(0, 255))
def test_a_changed_byte_gives_a_calibration_or_a_refusal(tmp_path_factory, place, byte):
    world = make_world(4, n_classes=3, n_groups=2)
    path = written(tmp_path_factory.mktemp("file"), world, make_calibration(world))
    content = bytearray(path.read_bytes())
    content[place % len(content)] = byte
    path.write_bytes(content)
    try:
        loaded = load_calibration(path, world.plan, setting_of(world.plan))
    except UsageError:
        return
    assert isinstance(loaded, Calibration)


def test_what_is_no_file_is_refused(tmp_path):
    world = make_world(3)
    for path in (tmp_path, tmp_path / "none.json", tmp_path / ("a" * 300)):
        with pytest.raises(UsageError, match="to mend"):
            load_calibration(path, world.plan, setting_of(world.plan))


def test_six_digits_are_kept():
    third = Calibration(bias=torch.tensor([1 / 3, -2e-9 / 3, 0.0], dtype=torch.float64))
    assert rounded(third).bias.tolist() == [0.333333, -6.66667e-10, 0.0]


def test_a_covariance_is_written_as_a_triangle(tmp_path):
    world = make_world(3)
    path = written(tmp_path, world, make_calibration(world, ["discriminant"]))
    lda = json.loads(path.read_text())["parts"]["lda"]
    assert [len(row) for row in lda["covariance"]] == list(range(1, world.plan.n_prompts + 1))
    unseen = ~make_calibration(world, ["discriminant"]).discriminant.has_mean
    assert [row is None for row in lda["means"]] == unseen.tolist()
    assert np.isfinite(np.array(lda["center"])).all()
