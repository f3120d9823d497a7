import json

import pytest

from twentyq.errors import TrainingError
from twentyq.training.record import read_record
from twentyq.training.sources import SOURCES


def save_record(work, used, left_out=()):
    icons = work / "icons"
    icons.mkdir(parents=True, exist_ok=True)
    rows = [{"name": one.name, "version": one.version, "pictures": n} for one, n in used.items()]
    out = [{"name": one.name, "version": one.version, "because": "no tool"} for one in left_out]
    text = json.dumps({"used": rows, "left_out": out})
    (icons / "sources.json").write_text(text, encoding="utf-8")


def test_what_was_used_and_left_out_is_found_in_the_table_of_sources(tmp_path):
    *some, other = SOURCES
    used = {one: n for n, one in enumerate(some)}
    save_record(tmp_path, used, [other])
    record = read_record(tmp_path)
    assert record.pictures == used
    assert record.left_out == (other,)


def test_another_version_than_the_tables_is_refused(tmp_path):
    save_record(tmp_path, dict.fromkeys(SOURCES, 1))
    path = tmp_path / "icons" / "sources.json"
    path.write_text(path.read_text("utf-8").replace('"1.2.9"', '"1.2.8"'), "utf-8")
    with pytest.raises(TrainingError) as caught:
        read_record(tmp_path)
    assert str(caught.value) == (
        f"{path}: a package was used that is not in the table of sources\n"
        "  got: '@iconify-json/noto 1.2.8'\n"
        "  allowed: the packages and versions of twentyq/training/sources.yaml\n"
        "  to mend: run `python -m twentyq.training`, which renders and records what has changed"
    )
