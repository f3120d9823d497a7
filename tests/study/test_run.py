"""A whole study: its figures against its own results, its results against the classifier."""

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from tests.digests import digests
from tests.study.seeing import COMMAND, SETTINGS, SeeingEncoder
from tests.study.test_ways import calibrated
from twentyq import Classifier
from twentyq.errors import PictureError, UsageError
from twentyq.study.analysis import Settings
from twentyq.study.labelled import read_labelled
from twentyq.study.run import run_study

MODES = ("names", "full", "adaptive")
QUICK = Settings(policies=("gain",), stops=("confidence:0.7",), controls=False)


def read_lines(folder):
    return [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]


def by_name(folder):
    found = {}
    for entry in read_lines(folder):
        found.setdefault(entry["name"], []).append(entry)
    return found


def recompute(summary, entries, full):
    """Hold the figures of a mode against plain counting over its lines."""
    [mode] = [mode for mode in summary.modes if mode.name == entries[0]["name"]]
    right = [entry["label"] == entry["truth"] for entry in entries]
    assert (mode.accuracy.count, mode.accuracy.total) == (sum(right), len(entries))
    assert mode.top5.count == sum(
        entry["truth"] in [ranked["label"] for ranked in entry["ranking"]] for entry in entries
    )
    labels = {entry["truth"] for entry in entries}
    shares = [
        np.mean([hit for hit, entry in zip(right, entries, strict=True) if entry["truth"] == label])
        for label in labels
    ]
    assert mode.macro_accuracy.value == pytest.approx(np.mean(shares))
    spent = [entry["prompts_spent"] for entry in entries]
    assert mode.cost.mean == pytest.approx(np.mean(spent))
    assert mode.cost.share == pytest.approx(np.mean(spent) / summary.subject.prompts)
    assert mode.cost.p95.value == np.quantile(spent, 0.95, method="inverted_cdf")
    if mode.agreement is not None:
        assert mode.agreement.count == sum(
            mine["label"] == its["label"] for mine, its in zip(entries, full, strict=True)
        )
    return right


def test_every_figure_of_a_mode_is_counted_from_its_lines(done):
    found = by_name(done.folder)
    assert list(found) == ['names in "a {} in a picture"', "full", "gain, confidence:0.7"]
    full = found["full"]
    right = {name: recompute(done.summary, entries, full) for name, entries in found.items()}
    adaptive, reference = right["gain, confidence:0.7"], right["full"]
    assert done.summary.default == "gain, confidence:0.7"
    alone = {
        mine: [e["picture"] for e, a, f in zip(full, adaptive, reference, strict=True)
               if (a, f) == (mine, not mine)]
        for mine in (True, False)
    }  # fmt: skip
    assert [it.picture for it in done.summary.adaptive_wins] == alone[True]
    assert [it.picture for it in done.summary.adaptive_loses] == alone[False]
    asked = Counter(g for e in found["gain, confidence:0.7"] for g in e["groups_asked"])
    for group in done.summary.groups:
        assert group.asked == pytest.approx(asked[group.name] / len(full))


@pytest.mark.parametrize("mode", MODES)
def test_the_lines_are_what_the_classifier_says(mode, done, study_of_things, pictures_of_things):
    settings = {"policy": "gain", "stop": "confidence:0.7", "trace": "brief"}
    classifier = Classifier(
        study_of_things.system,
        SeeingEncoder(),
        mode=mode,
        ranking=5,
        batch_size=1000,
        **settings if mode == "adaptive" else {},
    )
    lines = [entry for entry in read_lines(done.folder) if entry["mode"] == mode]
    said = classifier.classify([pictures_of_things / entry["picture"] for entry in lines])
    assert len(said) == 40
    for entry, result in zip(lines, said, strict=True):
        expected = result.to_dict() | {"picture": entry["picture"]}
        assert {key: entry[key] for key in expected} == nearly(expected)
        assert entry.keys() - expected.keys() == {"mode", "name", "truth"}


def nearly(value):
    """Return JSON values whose floats are equal to those that differ in their last bits."""
    if isinstance(value, dict):
        return {key: nearly(item) for key, item in value.items()}
    if isinstance(value, list):
        return [nearly(item) for item in value]
    return pytest.approx(value, abs=1e-6) if isinstance(value, float) else value


def test_what_was_left_out_is_told(done):
    subject = done.summary.subject
    assert (subject.pictures, subject.pictures_given) == (40, 41)
    assert {problem.kind: problem.count for problem in subject.problems} == {"unreadable": 1}
    assert subject.used_prompts == subject.prompts - 1
    assert done.summary.notes == [
        "The system has a prior; full and the decision by score ignore it.",
        "2 of 6 classes have the rules of another class in every group: no answer tells them "
        "apart, and the first of them in the file is returned.",
    ]
    assert [control.name for control in done.summary.controls] == [
        "rules permuted",
        "options permuted in a group",
        "random words of equal length",
    ]


class LeftError(Exception):
    pass


def test_a_run_left_halfway_and_resumed_in_another_folder_gives_the_same_bytes(
    done, study_of_things, tmp_path
):
    def leave(count, total):
        assert total == 41
        if count:
            raise LeftError

    folder = tmp_path / "elsewhere"
    with pytest.raises(LeftError):
        run_study(study_of_things, SETTINGS, folder, command=COMMAND, progress=leave)
    assert {path.name for path in folder.iterdir()} == {"run.json", "prompts.npz", "pictures"}
    again = run_study(study_of_things, SETTINGS, folder, command=COMMAND, resume=True)
    assert again == done.summary
    assert digests(folder) == digests(done.folder)


def test_a_calibrated_study_of_embeddings(studied, study_of_things, tmp_path):
    seen, having = studied.similarities, calibrated(studied)
    np.savez(
        tmp_path / "seen.npz",
        embeddings=3 * seen.vectors.numpy(),
        labels=np.array([studied.plan.labels[i] for i in seen.truth.tolist()]),
        names=np.array(seen.names),
    )
    study = replace(
        study_of_things,
        labelled=read_labelled(str(tmp_path / "seen.npz"), studied.plan.labels),
        calibration=having.calibration,
    )
    summary = run_study(study, QUICK, tmp_path / "out", command=COMMAND)
    found = by_name(tmp_path / "out")
    assert list(found)[1:] == ["full", "full, calibrated", "gain, confidence:0.7"]
    own = found["full, calibrated"]
    assert [e["label"] for e in own] != [e["label"] for e in found["full"]]
    for entries in found.values():
        recompute(summary, entries, own if entries[0]["mode"] == "adaptive" else found["full"])
    said = Classifier(
        study.system, SeeingEncoder(), mode="full", calibration=having.calibration
    ).classify_embeddings(seen.vectors)
    assert [result.label for result in said] == [entry["label"] for entry in own]
    assert summary.controls == []


def test_a_single_picture_is_enough_for_a_report_and_cut_prompts_stand_in_it(
    study_of_things, pictures_of_things, tmp_path
):
    table = pictures_of_things / "one.csv"
    table.write_text("path,label\nbrick/00.png,brick\n")
    labelled = read_labelled(str(table), study_of_things.plan.labels)
    encoder = SeeingEncoder()
    encoder.context_length = 3
    study = replace(study_of_things, labelled=labelled, encoder=encoder)
    summary = run_study(study, QUICK, tmp_path / "out", command=COMMAND)
    assert summary.notes[0] == (
        "2 of 8 prompts are longer than the 3 tokens this encoder reads, and lose their end; the "
        "first is 'The light is bright.'."
    )
    assert (tmp_path / "out" / "report.html").is_file()
    assert summary.subject.pictures == 1
    assert {fitted.stop: fitted.thresholds for fitted in summary.fitted}["agrees"] == [None, None]
    recompute(summary, *[by_name(tmp_path / "out")["full"]] * 2)


@pytest.mark.parametrize(
    "settings",
    [Settings(policies=("static:colour,smell",)), Settings(stops=("certain", "agrees:0.99"))],
)
def test_what_cannot_be_played_is_refused_before_anything_is_embedded(
    settings, study_of_things, tmp_path
):
    with pytest.raises(UsageError):
        run_study(study_of_things, settings, tmp_path / "out", command=COMMAND)
    assert not (tmp_path / "out").exists()


def test_without_a_single_readable_picture_there_is_no_study(study_of_things, tmp_path):
    (tmp_path / "sky").mkdir()
    (tmp_path / "sky" / "torn.png").write_bytes(b"torn")
    labelled = read_labelled(str(tmp_path), study_of_things.plan.labels)
    with pytest.raises(PictureError, match="none of the pictures can be studied") as caught:
        run_study(
            replace(study_of_things, labelled=labelled), QUICK, tmp_path / "out", command=COMMAND
        )
    assert "unreadable: sky/torn.png" in str(caught.value)
