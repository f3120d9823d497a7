import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from twentyq.errors import UsageError
from twentyq.study.sources.embeddings import read_npz, read_parquet

VECTORS = np.arange(1, 7, dtype=np.float32).reshape(3, 2)
LABELS = np.array(["fox", "owl", "fox"])


def npz(tmp_path, **arrays):
    path = tmp_path / "set.npz"
    np.savez(path, **arrays)
    return path


def parquet(tmp_path, **columns):
    path = tmp_path / "set.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def test_arrays_of_an_npz_file(tmp_path):
    found = read_npz(npz(tmp_path, embeddings=VECTORS, labels=LABELS))
    assert found.pictures is None
    assert np.array_equal(found.vectors, VECTORS)
    assert list(found.labels) == ["fox", "owl", "fox"]
    assert list(found.names) == ["row 0", "row 1", "row 2"]
    named = npz(tmp_path, embeddings=VECTORS, labels=np.arange(3), names=np.array([*"abc"]))
    assert list(read_npz(named).names) == [*"abc"]
    assert list(read_npz(named).labels) == ["0", "1", "2"]


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.float32()), pa.list_(pa.float64(), 2), pa.large_list(pa.float32())]
)
def test_columns_of_a_parquet_file(tmp_path, kind):
    vectors = pa.array(VECTORS.tolist(), kind)
    labels = pa.array(["fox", None, "owl"]).dictionary_encode()
    path = parquet(tmp_path, embedding=vectors, label=labels, name=[*"abc"], more=[1, 2, 3])
    found = read_parquet(path)
    assert np.array_equal(found.vectors, VECTORS)
    assert list(found.labels) == ["fox", "", "owl"]
    assert list(found.names) == [*"abc"]


def test_a_parquet_file_of_several_row_groups_is_read_whole(tmp_path):
    path = tmp_path / "set.parquet"
    table = pa.table({"embedding": VECTORS.tolist(), "label": LABELS.tolist()})
    pq.write_table(table, path, row_group_size=1)
    assert np.array_equal(read_parquet(path).vectors, VECTORS)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"embeddings": VECTORS}, "the file lacks the array labels"),
        ({"labels": LABELS[:0]}, "the file lacks the array embeddings"),
        ({"embeddings": VECTORS, "labels": LABELS[:2]}, "(2,) beside embeddings of (3, 2)"),
        (
            {"embeddings": VECTORS, "labels": LABELS, "names": LABELS[:1]},
            "one of names for each row",
        ),
        ({"embeddings": VECTORS[0], "labels": LABELS[:2]}, "shape (2,) of float32"),
        ({"embeddings": VECTORS[:0], "labels": LABELS[:0]}, "shape (0, 2) of float32"),
        ({"embeddings": np.full((3, 2), "x"), "labels": LABELS}, "(n, d) of floats"),
        ({"embeddings": VECTORS, "labels": LABELS.astype(object)}, "not of objects"),
        ({"embeddings": np.float32(1), "labels": np.array("fox")}, "shape () of float32"),
    ],
)
def test_a_bad_npz_file_is_refused(tmp_path, arrays, message):
    path = npz(tmp_path, **arrays)
    with pytest.raises(UsageError) as caught:
        read_npz(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("kind", [">f4", "<f8", "f2", "i8", "longdouble"])
def test_numbers_of_any_kind_become_float32(tmp_path, kind):
    found = read_npz(npz(tmp_path, embeddings=VECTORS.astype(kind), labels=LABELS))
    assert found.vectors.dtype == np.float32
    assert np.array_equal(found.vectors, VECTORS)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, 1e300])
def test_a_vector_without_a_direction_is_named(tmp_path, bad):
    vectors = VECTORS.astype(np.float64)
    vectors[1] = bad
    path = npz(tmp_path, embeddings=vectors, labels=LABELS, names=np.array([*"abc"]))
    with pytest.raises(UsageError, match="1 of 3 embeddings have no direction") as caught:
        read_npz(path)
    assert f"{path}, b: 1 of 3" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 torn"])
def test_files_that_are_not_what_their_ending_says(tmp_path, content):
    for ending, read in ((".npz", read_npz), (".parquet", read_parquet)):
        path = tmp_path / f"set{ending}"
        path.write_bytes(content)
        with pytest.raises(UsageError, match="the file of embeddings cannot be read") as caught:
            read(path)
        assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"embedding": VECTORS.tolist()}, "lacks the column label"),
        ({"label": ["fox"]}, "lacks the column embedding"),
        ({"embedding": [1.0], "label": ["fox"]}, "an embedding is a list of numbers"),
        ({"embedding": [["x"]], "label": ["fox"]}, "list<"),
        ({"embedding": [[1.0], [1.0, 2.0]], "label": [*"ab"]}, "lengths 1, 2"),
        ({"embedding": [[1.0], None], "label": [*"ab"]}, "lengths 1, none"),
        ({"embedding": [[1.0], [None]], "label": [*"ab"]}, "row 1: 1 of 2 embeddings have no"),
        ({"embedding": pa.array([], pa.list_(pa.float32())), "label": []}, "shape (0, 0)"),
    ],
)
def test_a_bad_parquet_file_is_refused(tmp_path, columns, message):
    path = parquet(tmp_path, **columns)
    with pytest.raises(UsageError) as caught:
        read_parquet(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
