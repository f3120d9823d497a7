import json

import pytest

from twentyq.study import records
from twentyq.study.records import Record, read_results, write_records
from twentyq.study.ways import adaptive_way, reference_ways


@pytest.fixture(params=["gain", "random:3"])
def way(request, studied):
    return adaptive_way(studied, request.param, "confidence:0.7")


def test_batches_change_nothing(studied, way, monkeypatch):
    names = studied.similarities.names
    at_once = read_results(way, names, traced=True)
    monkeypatch.setattr(records, "BATCH", 7)
    assert read_results(way, names, traced=True) == at_once
    assert [result.picture for result in at_once] == list(names)


def test_a_prompt_is_embedded_for_the_first_picture_that_asks_it(studied, way):
    plan = studied.plan
    size = dict(zip(plan.groups, plan.sizes.tolist(), strict=True))
    results = read_results(way, studied.similarities.names, traced=False)
    asked = {group for result in results for group in result.groups_asked}
    assert sum(result.prompts_embedded for result in results) == sum(size[g] for g in asked)
    for result in results:
        assert result.prompts_spent == sum(size[group] for group in result.groups_asked)
        assert result.trace is None


def test_a_line_names_its_mode_and_the_truth(studied, tmp_path):
    full = reference_ways(studied)[0]
    [result] = read_results(full, ["odd \u2028 name"], traced=False)
    write_records(tmp_path, [Record(full, "sky", result)] * 2)
    first, second = (tmp_path / "results.jsonl").read_text().splitlines()
    assert first == second
    entry = json.loads(first)
    assert list(entry)[:4] == ["mode", "name", "truth", "picture"]
    assert (entry["mode"], entry["name"], entry["truth"]) == ("full", "full", "sky")
    assert {key: entry[key] for key in entry if key not in ("mode", "name", "truth")} == (
        result.to_dict()
    )
