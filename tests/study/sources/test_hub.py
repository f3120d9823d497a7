import sys

import datasets
import numpy as np
import pytest
from PIL import Image

from twentyq.encoder import open_picture
from twentyq.errors import UsageError
from twentyq.study.sources.hub import read_dataset

COLOURS = ["red", "green", "blue"]
WITH_CLASSES = {"image": datasets.Image(), "label": datasets.ClassLabel(names=["fox", "owl"])}


@pytest.fixture(autouse=True)
def _quiet_setup():
    datasets.disable_progress_bars()
    yield
    datasets.enable_progress_bars()


def data_set(features=WITH_CLASSES, **columns):
    columns = {"image": [Image.new("RGB", (4, 4), c) for c in COLOURS], **columns}
    return datasets.Dataset.from_dict(columns, features=datasets.Features(features))


def saved(tmp_path, rows):
    rows.save_to_disk(tmp_path / "set")
    return tmp_path / "set"


def pixels(picture):
    return open_picture(picture).getpixel((0, 0))


def test_a_set_saved_to_disk(tmp_path):
    folder = saved(tmp_path, data_set(label=[1, 0, -1]))
    found = read_dataset(str(folder))
    assert list(found.labels) == ["owl", "fox", ""]
    assert list(found.names) == ["row 0", "row 1", "row 2"]
    assert all(isinstance(picture, bytes) for picture in found.pictures)  # our own decoder's part
    assert [pixels(p) for p in found.pictures] == [(255, 0, 0), (0, 128, 0), (0, 0, 255)]
    assert pixels(found.pictures[1:][0]) == (0, 128, 0)


def test_a_split_is_named_where_there_are_several(tmp_path):
    rows = data_set(label=[1, 0, 0])
    splits = datasets.DatasetDict(train=rows, test=rows.select([1]))
    folder = saved(tmp_path, splits)
    assert len(read_dataset(f"{folder}:test").labels) == 1
    with pytest.raises(UsageError, match="the data set has several splits") as caught:
        read_dataset(str(folder))
    assert "train, test" in str(caught.value)
    assert f"datasets:{folder}:train" in str(caught.value)
    with pytest.raises(UsageError, match="there is no such split") as caught:
        read_dataset(f"{folder}:tset")
    assert "train, test" in str(caught.value)


def test_the_only_split_need_not_be_named(tmp_path):
    folder = saved(tmp_path, datasets.DatasetDict(test=data_set(label=[1, 0, 0])))
    assert list(read_dataset(str(folder)).labels) == ["owl", "fox", "fox"]


def test_a_folder_of_pictures_as_datasets_reads_it(tmp_path, capfd):
    rng = np.random.default_rng(0)
    for name in ("fox/1.png", "owl/2.png"):
        (tmp_path / "set" / name).parent.mkdir(parents=True)
        pixels = rng.integers(0, 256, size=(4, 4, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "set" / name)
    datasets.enable_progress_bars()
    found = read_dataset(f"{tmp_path / 'set'}:train[:100%]")
    assert sorted(found.labels) == ["fox", "owl"]
    assert [open_picture(picture).size for picture in found.pictures] == [(4, 4)] * 2
    assert not datasets.are_progress_bars_disabled()
    assert capfd.readouterr().err == ""  # no progress where there is no terminal


def test_a_text_column_called_label_will_do_and_empty_cells_are_kept(tmp_path):
    features = {"image": datasets.Image(), "label": datasets.Value("string")}
    rows = data_set(features, label=["fox", None, "a:b"], image=[None, None, None])
    found = read_dataset(str(saved(tmp_path, rows)))
    assert list(found.labels) == ["fox", "", "a:b"]
    assert list(found.pictures) == [b"", b"", b""]


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ({"image": datasets.Value("string"), "label": datasets.Value("int64")}, "no column of pic"),
        ({"image": datasets.Image(), "species": datasets.Value("string")}, "no column of labels"),
        (
            {name: datasets.ClassLabel(names=["x"]) for name in ("genus", "species")}
            | {"image": datasets.Image()},
            "several columns of labels",
        ),
        ({"a": datasets.Image(), "b": datasets.Image()}, "several columns of pictures"),
    ],
)
def test_columns_that_cannot_be_told_are_listed(tmp_path, features, message):
    nothing = {name: [None] for name in features}
    rows = datasets.Dataset.from_dict(nothing, features=datasets.Features(features))
    with pytest.raises(UsageError) as caught:
        read_dataset(str(saved(tmp_path, rows)))
    assert message in str(caught.value)
    assert all(name in caught.value.got for name in features)


@pytest.mark.parametrize("name", ["no/such-set", "no-such-folder", "x" * 5000, "", "a\0b"])
def test_what_cannot_be_loaded_is_a_usage_error(name):
    with pytest.raises(UsageError, match="the data set cannot be loaded") as caught:
        read_dataset(name)
    assert len(str(caught.value)) < 6000


def test_without_the_extra_the_way_to_it_is_shown(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(UsageError, match="needs an extra") as caught:
        read_dataset("some/set")
    assert 'pip install "twentyq[datasets]"' in str(caught.value)
