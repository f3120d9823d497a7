from dataclasses import replace

import pytest

from tests.engine.calibrated import make_calibration
from tests.engine.worlds import World
from twentyq.errors import UsageError
from twentyq.study.ways import (
    adaptive_game,
    adaptive_ways,
    check_written,
    pairs,
    reference_ways,
)


def calibrated(studied, parts=("bias", "scale")):
    world = World(studied.system, studied.plan, studied.similarities.groups)
    return replace(studied, calibration=make_calibration(world, parts=parts))


def test_the_references_are_full_at_both_scales_and_names_in_both_templates(studied):
    ways = {way.name: way for way in reference_ways(studied)}
    assert list(ways) == ["full", "full, article's scale", "names", 'names in "a {} in a picture"']
    assert ways["full"].game.reading.scale == studied.scale
    assert ways["full, article's scale"].game.reading.scale == 1
    in_template = ways['names in "a {} in a picture"'].game.plan
    assert in_template.prompts[0][0] == "a brick in a picture"
    assert in_template.classes == studied.plan.classes
    assert ways["names"].game.plan.prompts[0][0] == "brick"
    for way in ways.values():
        assert way.cosines.shape == (len(studied.similarities.names), way.game.plan.n_prompts)


def test_a_bare_template_gives_names_once(studied):
    bare = replace(
        studied,
        system=replace(studied.system, names_prompt="{}"),
        similarities=replace(
            studied.similarities, class_names={"{}": studied.similarities.class_names["{}"]}
        ),
    )
    names = [way.name for way in reference_ways(bare) if way.mode == "names"]
    assert names == ["names"]


def test_a_calibration_is_for_full_and_adaptive_and_leaves_the_reference_alone(studied):
    having = calibrated(studied)
    ways = {way.name: way for way in reference_ways(having)}
    assert [name for name, way in ways.items() if way.calibrated] == ["full, calibrated"]
    assert ways["full, calibrated"].game.reading.scale == having.calibration.scale
    assert ways["full"].game.reading.scale == studied.scale
    [adaptive] = adaptive_ways(having, ["gain"], ["certain"])
    assert (adaptive.name, adaptive.calibrated) == ("gain, certain", True)
    assert adaptive.game.reading.scale == having.calibration.scale


def test_thresholds_of_agrees_go_with_the_first_policy_alone():
    assert pairs(["gini", "static"], ["agrees:0.99", "certain|agrees:0.9", "certain"]) == [
        ("gini", "agrees:0.99"),
        ("gini", "certain|agrees:0.9"),
        ("gini", "certain"),
        ("static", "certain"),
    ]


def test_what_is_not_understood_is_refused():
    with pytest.raises(UsageError, match="gaim") as caught:
        check_written(["gain", "gaim"], ["certain"])
    assert "did you mean 'gain'?" in str(caught.value)
    with pytest.raises(UsageError, match="confidence:2"):
        check_written(["gain"], ["confidence:2"])


@pytest.mark.parametrize(
    ("policy", "stop", "said"),
    [
        ("static:colour,smell", "certain", "the order names a group that the system does not have"),
        ("gain", "agrees:0.99", "agrees needs a calibration with a threshold for its target"),
    ],
)
def test_what_the_plan_or_the_calibration_does_not_allow_is_refused(studied, policy, stop, said):
    with pytest.raises(UsageError, match=said):
        adaptive_game(studied.plan, 1.0, policy, stop, None)
