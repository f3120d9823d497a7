from dataclasses import replace

import torch

from tests.authoring.refining.shades import SYSTEM, pool_of_shades, standing
from twentyq.authoring.refining.failures import MOST_PICTURES, blame, records
from twentyq.authoring.refining.splitting import Part

SHADE, GRAIN = SYSTEM.groups


def test_blame_adds_up_to_what_the_label_given_leads_by():
    pool = pool_of_shades()
    now = standing(pool)
    truth = pool.truth[pool.rows(Part.TRAIN)]
    rows = torch.arange(len(truth))
    lead = now.scores[rows, now.label] - now.scores[rows, truth]
    total = blame(pool, now, SHADE) + blame(pool, now, GRAIN)
    torch.testing.assert_close(total, lead, atol=1e-9, rtol=0)
    assert (lead[now.right] == 0).all()
    assert (lead[~now.right] > 0).all()
    assert blame(pool, now, SHADE).sum() > blame(pool, now, GRAIN).sum()


def test_records_give_mean_answers_and_the_pictures_most_to_blame():
    pool = pool_of_shades()
    now = standing(pool)
    everything = range(len(now.right))
    means, *pictures = records(pool, now, SHADE, everything, refused=None)
    (told,) = means.values()
    answers = pool.answers(SHADE, Part.TRAIN)
    red = pool.truth[pool.rows(Part.TRAIN)] < 2  # bricks and apples
    for option, share in zip(SHADE.options, answers[red].mean(dim=0).tolist(), strict=True):
        assert f"{option} {share:.2f}" in told["crimson"]
    assert len(pictures) == MOST_PICTURES
    worst = blame(pool, now, SHADE).argmax()
    label = pool.plan.labels[pool.truth[pool.rows(Part.TRAIN)][worst]]
    assert pictures[0]["Inputs"].startswith(f"a picture of {label}, to be answered")
    assert pool.plan.labels[now.label[worst]] in pictures[0]["Feedback"]


def test_only_failures_of_the_batch_are_told_and_what_was_refused():
    pool = pool_of_shades()
    now = standing(pool)
    right, wrong = now.right.nonzero()[0].item(), (~now.right).nonzero()[0].item()
    _, refused, picture = records(pool, now, SHADE, [right, wrong], refused="too short")
    assert list(refused.values()) == ["too short"]
    assert "taken for" in picture["Feedback"]


def test_labels_of_several_classes_take_the_mean_of_their_rules():
    shared = replace(SYSTEM, labels={"brick": "leaf"})
    pool = pool_of_shades(shared)
    red_or_green = pool.plan.labels.index("leaf")
    pool.truth[:] = red_or_green
    now = standing(pool, shared)
    means = records(pool, now, SHADE, [], refused=None)[0]
    (told,) = means.values()
    assert list(told) == ["crimson", "viridian"]
    assert told["crimson"] == told["viridian"]
