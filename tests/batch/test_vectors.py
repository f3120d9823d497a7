import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from twentyq.batch.shards import Shards
from twentyq.batch.vectors import ArraySource, ParquetSource, embed_rows
from twentyq.errors import UsageError

ROWS = np.random.default_rng(0).normal(size=(11, 3))


def units(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def everything(source, shards):
    return [
        batch for shard in range(len(shards.sizes)) for batch in embed_rows(source, shards, shard)
    ]


def parquet(path, rows, names=None, row_group_size=4, kind=None):
    columns = {"embedding": pa.array(rows.tolist(), kind or pa.list_(pa.float32()))}
    if names is not None:
        columns["name"] = pa.array(names)
    pq.write_table(pa.table(columns), path, row_group_size=row_group_size)
    return ParquetSource(path)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_rows_of_an_array_come_in_batches_as_unit_vectors(tmp_path, dtype):
    np.save(tmp_path / "v.npy", ROWS.astype(dtype))
    source = ArraySource(tmp_path / "v.npy")
    shards = Shards(source.sizes(5), 2)
    assert shards.sizes == [5, 5, 1]
    batches = everything(source, shards)
    assert [len(batch.names) for batch in batches] == [2, 2, 1, 2, 2, 1, 1]
    assert [batch.first for batch in batches] == [0, 2, 4, 5, 7, 9, 10]
    assert [name for batch in batches for name in batch.names] == [f"row {i}" for i in range(11)]
    joined = np.concatenate([batch.vectors.numpy() for batch in batches])
    assert joined == pytest.approx(units(ROWS.astype(dtype).astype(float)), abs=1e-6)


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.float32()), pa.large_list(pa.float64()), pa.list_(pa.float32(), 3)]
)
def test_a_row_group_is_a_shard_and_rows_have_their_names(tmp_path, kind):
    source = parquet(tmp_path / "v.parquet", ROWS, [f"{i}.png" for i in range(11)], kind=kind)
    shards = Shards(source.sizes(99), 3)
    assert shards.sizes == [4, 4, 3]
    batches = everything(source, shards)
    assert [len(batch.names) for batch in batches] == [3, 1, 3, 1, 3]
    assert [batch.first for batch in batches] == [0, 3, 4, 7, 8]
    assert [name for batch in batches for name in batch.names] == [f"{i}.png" for i in range(11)]
    joined = np.concatenate([batch.vectors.numpy() for batch in batches])
    assert joined == pytest.approx(units(ROWS), abs=1e-6)


def test_rows_without_names_are_called_by_their_numbers_in_the_file(tmp_path):
    source = parquet(tmp_path / "v.parquet", ROWS)
    names = [
        name for batch in everything(source, Shards(source.sizes(1), 3)) for name in batch.names
    ]
    assert names == [f"row {i}" for i in range(11)]


def test_a_row_without_a_direction_fails_alone(tmp_path):
    rows = ROWS.copy()
    rows[1], rows[2, 0], rows[4] = 0, np.nan, 1e300
    np.save(tmp_path / "v.npy", rows)
    (batch,) = embed_rows(ArraySource(tmp_path / "v.npy"), Shards([11], 11), 0)
    assert sorted(batch.faults) == [1, 2, 4]
    assert batch.usable == (0, 3, 5, 6, 7, 8, 9, 10)
    assert str(batch.faults[2]) == (
        "row 2: the embedding has no direction\n  got: zero, NaN or infinity"
    )
    assert batch.vectors.numpy() == pytest.approx(units(rows[list(batch.usable)]), abs=1e-6)


@pytest.mark.parametrize(
    "rows", [np.zeros(3), np.zeros((0, 3)), np.zeros((3, 0)), np.array([["a"]])]
)
def test_an_array_of_another_form_is_refused(tmp_path, rows):
    np.save(tmp_path / "v.npy", rows)
    with pytest.raises(UsageError, match="embeddings are a table of numbers") as caught:
        ArraySource(tmp_path / "v.npy").sizes(2)
    assert f"shape {rows.shape}" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"text", None])
def test_a_file_that_is_no_whole_array_is_refused(tmp_path, content):
    np.save(tmp_path / "v.npy", ROWS)
    whole = (tmp_path / "v.npy").read_bytes()
    (tmp_path / "v.npy").write_bytes(whole[:-8] if content is None else content)
    with pytest.raises(UsageError, match="the file of embeddings cannot be read"):
        ArraySource(tmp_path / "v.npy").sizes(2)


def test_pickled_objects_are_never_loaded(tmp_path):
    np.save(tmp_path / "v.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(UsageError, match="the file of embeddings cannot be read"):
        ArraySource(tmp_path / "v.npy").sizes(2)


@pytest.mark.parametrize(
    ("columns", "got"),
    [
        ({"vector": pa.array([[1.0]])}, "columns vector"),
        ({"embedding": pa.array([1.0])}, "double"),
        ({"embedding": pa.array([["a"]])}, "list<element: string>"),
    ],
)
def test_a_table_of_another_form_is_refused(tmp_path, columns, got):
    pq.write_table(pa.table(columns), tmp_path / "v.parquet")
    with pytest.raises(UsageError, match="column embedding: an embedding is a list of") as caught:
        ParquetSource(tmp_path / "v.parquet").sizes(2)
    assert f"got: {got}" in str(caught.value)


def test_an_empty_or_torn_parquet_file_is_refused(tmp_path):
    source = parquet(tmp_path / "v.parquet", ROWS[:0])
    with pytest.raises(UsageError, match="the file has no rows"):
        source.sizes(2)
    whole = parquet(tmp_path / "v.parquet", ROWS).path.read_bytes()
    source.path.write_bytes(whole[:-20])
    with pytest.raises(UsageError, match="the file of embeddings cannot be read"):
        source.sizes(2)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([None, [1.0, 2.0], [1.0], [3.0, 4.0]], "got: 1 numbers\n  allowed: 2, as in b"),
        ([None, None, [], []], "got: 0 numbers"),
    ],
)
def test_lists_of_unequal_length_are_refused_by_name(tmp_path, rows, said):
    rows = pa.array(rows, pa.list_(pa.float64()))
    pq.write_table(pa.table({"embedding": rows, "name": [*"abcd"]}), tmp_path / "v.parquet")
    source = ParquetSource(tmp_path / "v.parquet")
    with pytest.raises(UsageError, match=r"v\.parquet, c: embeddings are lists of one") as caught:
        everything(source, Shards(source.sizes(1), 8))
    assert said in str(caught.value)


@pytest.mark.parametrize("kind", [pa.list_(pa.float32()), pa.list_(pa.float32(), 2)])
def test_a_row_without_an_embedding_fails_alone(tmp_path, kind):
    rows = pa.array([None, [3.0, 4.0], [None, 1.0], None], kind)
    pq.write_table(pa.table({"embedding": rows}), tmp_path / "v.parquet")
    source = ParquetSource(tmp_path / "v.parquet")
    pair, other = everything(source, Shards(source.sizes(1), 3))
    assert (pair.usable, sorted(pair.faults), pair.names[2]) == ((1,), [0, 2], "row 2")
    assert pair.vectors.tolist() == [pytest.approx([0.6, 0.8])]
    assert (other.usable, sorted(other.faults), len(other.vectors)) == ((), [0], 0)


def test_a_damaged_row_group_is_named(tmp_path):
    source = parquet(tmp_path / "v.parquet", ROWS)
    content = bytearray(source.path.read_bytes())
    start = pq.read_metadata(source.path).row_group(1).column(0).data_page_offset
    content[start : start + 30] = bytes(30)
    source.path.write_bytes(content)
    shards = Shards(source.sizes(1), 8)
    assert len(list(embed_rows(source, shards, 0))) == 1
    with pytest.raises(UsageError, match="cannot be read") as caught:
        list(embed_rows(source, shards, 1))
    assert "row group 1 is damaged" in str(caught.value)
