from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.encoder.hashing import HashingEncoder
from tests.encoder.store_workers import embed_for_ever, embed_in_steps
from tests.encoder.tiny_models import save_clip
from twentyq.encoder import PromptStore, StoreWarning, embed_prompts, load_encoder
from twentyq.encoder.cache import cache_folder
from twentyq.errors import EncoderError, StoreError

REPOSITORY = Path(__file__).resolve().parents[2]
TEXTS = ["a wolf", "a fox", "a wolf", "ein Bär", ""]


@pytest.fixture
def store() -> PromptStore:
    return PromptStore()


def plain(texts: list[str] = TEXTS) -> torch.Tensor:
    return HashingEncoder().embed_texts(texts)


def test_a_second_call_embeds_nothing(store: PromptStore) -> None:
    encoder = HashingEncoder()
    first, n_first = embed_prompts(encoder, TEXTS, store)
    second, n_second = embed_prompts(encoder, TEXTS, PromptStore(store.path))
    assert (n_first, n_second) == (4, 0)  # equal texts are embedded once
    assert len(encoder.embedded) == 4
    assert torch.equal(first, second)
    assert torch.equal(first, plain())


def test_only_what_is_new_is_embedded(store: PromptStore) -> None:
    encoder = HashingEncoder()
    embed_prompts(encoder, ["a wolf"], store)
    _, n_embedded = embed_prompts(encoder, TEXTS, store)
    assert n_embedded == 3
    assert encoder.embedded == ["a wolf", "a fox", "ein Bär", ""]


def test_without_a_store_everything_is_embedded_and_nothing_written() -> None:
    vectors, n_embedded = embed_prompts(HashingEncoder(), TEXTS, None)
    assert n_embedded == 4
    assert torch.equal(vectors, plain())
    assert not cache_folder().exists()


@pytest.mark.parametrize("kept", [True, False])
def test_no_texts_give_no_rows(kept: bool, store: PromptStore) -> None:
    vectors, n_embedded = embed_prompts(HashingEncoder(), [], store if kept else None)
    assert (vectors.shape, n_embedded) == ((0, 0), 0)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=20), min_size=1, max_size=8))
def test_any_unicode_text_comes_back_as_it_was_embedded(texts: list[str]) -> None:
    store = PromptStore(cache_folder() / "any.sqlite3")
    for _ in range(2):
        vectors, _ = embed_prompts(HashingEncoder(), texts, store)
        assert torch.equal(vectors, plain(texts))


@pytest.mark.parametrize("kept", [True, False])
def test_half_a_character_is_named(kept: bool, store: PromptStore) -> None:
    with pytest.raises(EncoderError) as caught:
        embed_prompts(HashingEncoder(), ["fine", "a\ud800b"], store if kept else None)
    assert "'a\\ud800b': a prompt is not valid Unicode" in str(caught.value)
    assert "surrogate pair at character 2" in str(caught.value)


def test_encoders_and_settings_do_not_share(store: PromptStore) -> None:
    one, other, half = HashingEncoder(), HashingEncoder("hashing v2"), HashingEncoder()
    half.text_settings = "float16"
    first, _ = embed_prompts(one, TEXTS, store)
    second, n_second = embed_prompts(other, TEXTS, store)
    _, n_half = embed_prompts(half, TEXTS, store)
    assert n_second == n_half == 4
    assert not torch.equal(first, second)


def test_the_first_writer_wins_and_all_read_its_vector(store: PromptStore) -> None:
    first, second = HashingEncoder(noise=0.0), HashingEncoder(noise=1.0)
    store.add(first, {"a wolf": first.embed_texts(["a wolf"])[0]})
    store.add(second, {"a wolf": second.embed_texts(["a wolf"])[0]})
    vectors, n_embedded = embed_prompts(second, ["a wolf"], store)
    assert n_embedded == 0
    assert torch.equal(vectors, plain(["a wolf"]))


def test_a_real_encoder_reads_back_what_it_embedded(store: PromptStore, tmp_path: Path) -> None:
    save_clip(tmp_path / "model")
    encoder = load_encoder(str(tmp_path / "model"), device="cpu")
    first, n_first = embed_prompts(encoder, TEXTS, store)
    second, n_second = embed_prompts(encoder, TEXTS, store)
    assert (n_first, n_second) == (4, 0)
    assert torch.equal(first, second)
    torch.testing.assert_close(first, encoder.embed_texts(TEXTS), atol=1e-6, rtol=0)


def overwrite(path: Path) -> None:
    path.write_bytes(os.urandom(20_000))


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def tear_a_page(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:8192] = bytes(4096)
    path.write_bytes(content)


def put_a_folder_in_its_place(path: Path) -> None:
    path.unlink()
    (path / "inside").mkdir(parents=True)


def put_another_database_in_its_place(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE prompts (title TEXT)")
    connection.close()


def drop_the_table(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE prompts")
    connection.close()


def shorten_a_vector(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE prompts SET vector = substr(vector, 1, 100)")
    connection.close()


def flip_a_bit(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE prompts SET vector = CAST(zeroblob(128) AS BLOB)")
    connection.close()


DAMAGES = [
    overwrite,
    cut_short,
    empty,
    tear_a_page,
    put_a_folder_in_its_place,
    put_another_database_in_its_place,
    drop_the_table,
    shorten_a_vector,
    flip_a_bit,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_torn_or_foreign_file_is_set_aside(
    damage: Callable[[Path], None], store: PromptStore
) -> None:
    many = [f"option {i}" for i in range(200)]
    embed_prompts(HashingEncoder(), many, store)
    damage(store.path)
    with pytest.warns(StoreWarning) as caught:
        vectors, n_embedded = embed_prompts(HashingEncoder(), many, store)

    assert n_embedded == 200
    assert torch.equal(vectors, plain(many))
    assert len(caught) == 1
    assert f"the prompt store {store.path} cannot be used: " in str(caught[0].message)
    assert "beside a new one as prompts.sqlite3.set-aside-1" in str(caught[0].message)
    assert (store.path.parent / "prompts.sqlite3.set-aside-1").exists()
    assert embed_prompts(HashingEncoder(), many, store)[1] == 0


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_no_damage_gives_a_wrong_vector(data: st.DataObject) -> None:
    store = PromptStore(cache_folder() / "damaged.sqlite3")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StoreWarning)
        embed_prompts(HashingEncoder(), TEXTS, store)
        content = bytearray(store.path.read_bytes())
        # Places are shares of the file, whose length depends on the examples before.
        share = st.floats(0, 1, exclude_max=True)
        for _ in range(data.draw(st.integers(1, 5))):
            content[int(data.draw(share) * len(content))] = data.draw(st.integers(0, 255))
        store.path.write_bytes(content[: int(data.draw(share) * (len(content) + 1))])
        vectors, _ = embed_prompts(HashingEncoder(), TEXTS, store)
    assert torch.equal(vectors, plain())


def test_files_set_aside_are_all_kept(store: PromptStore) -> None:
    for number in (1, 2):
        embed_prompts(HashingEncoder(), ["a wolf"], store)
        store.path.write_text(f"damage {number}" * 1000)
        with pytest.warns(StoreWarning, match=f"set-aside-{number}"):
            embed_prompts(HashingEncoder(), ["a wolf"], store)
    kept = sorted(store.path.parent.glob("*.set-aside-?"))
    assert [path.read_text()[:8] for path in kept] == ["damage 1", "damage 2"]


def test_a_damaged_lock_is_a_store_error(store: PromptStore) -> None:
    embed_prompts(HashingEncoder(), TEXTS, store)
    lock = store.path.parent / "prompts.sqlite3.lock"
    lock.write_bytes(b"torn" * 5000)
    with pytest.raises(StoreError) as caught:
        embed_prompts(HashingEncoder(), TEXTS, store)
    assert f"{lock}: the prompt store cannot be used" in str(caught.value)
    assert "delete the file" in str(caught.value)


def test_two_encoders_of_one_identity_are_found_out(store: PromptStore) -> None:
    encoder = HashingEncoder()
    store.add(encoder, {"a wolf": torch.ones(7)})
    with pytest.raises(EncoderError) as caught:
        embed_prompts(encoder, TEXTS, store)
    assert "two encoders of one identity" in str(caught.value)
    assert "got: vectors of 7 and 32 numbers as 'hashing v1'" in str(caught.value)


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError) as caught:
        embed_prompts(HashingEncoder(), TEXTS, PromptStore(tmp_path / "file" / "p.sqlite3"))
    assert caught.value.exit_code == 5
    assert "the prompt store cannot be used" in str(caught.value)
    assert "pass --no-store to do without" in str(caught.value)


def run_python(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        cwd=REPOSITORY,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_full_disk_is_a_store_error(tmp_path: Path) -> None:
    # A limit on the size of files stands for the disk: writes fail the same way.
    code = """
import resource, signal, sys
from pathlib import Path
from tests.encoder.hashing import HashingEncoder
from twentyq.encoder import PromptStore, embed_prompts
from twentyq.errors import StoreError

store = PromptStore(Path(sys.argv[1]))
embed_prompts(HashingEncoder(), ["a wolf"], store)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
try:
    embed_prompts(HashingEncoder(), [str(i) for i in range(500)], store)
except StoreError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(embed_prompts(HashingEncoder(), ["a wolf"], store)[1])
"""
    output, errors = run_python(code, tmp_path / "prompts.sqlite3").communicate(timeout=60)
    assert errors == ""
    assert "prompts.sqlite3: the prompt store cannot be used" in output
    assert "pass --no-store" in output
    assert output.endswith("\n0\n")  # what was stored before is still there


def digests_of(path: Path, n: int, *, kill_another: bool = False) -> list[str]:
    """Let `n` processes go together, perhaps with one that is killed, and return their results."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.encoder.store_workers"])
    start, digests = context.Barrier(n + 1 + kill_another), context.Queue()
    workers = [
        context.Process(target=embed_in_steps, args=(path, number, start, digests))
        for number in range(n)
    ]
    victim = context.Process(target=embed_for_ever, args=(path, start))
    for worker in [*workers, *[victim] * kill_another]:
        worker.start()
    start.wait(60)
    if kill_another:
        time.sleep(0.2)  # into the middle of its writing
        victim.kill()
        victim.join(60)
        assert victim.exitcode == -signal.SIGKILL
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * n
    return [digests.get(timeout=10) for _ in workers]


def test_eight_processes_agree_though_one_is_killed(store: PromptStore) -> None:
    assert len(set(digests_of(store.path, 7, kill_another=True))) == 1
    assert list(store.path.parent.glob("*.set-aside-*")) == []


def test_processes_that_find_a_torn_file_together_set_it_aside_once(store: PromptStore) -> None:
    store.path.parent.mkdir(parents=True)
    store.path.write_bytes(b"torn" * 5000)
    assert len(set(digests_of(store.path, 4))) == 1
    assert len(list(store.path.parent.glob("*.set-aside-*"))) == 1


def test_a_sound_store_gives_no_warning(store: PromptStore) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            embed_prompts(HashingEncoder(), TEXTS, store)
    assert sorted(path.name for path in store.path.parent.iterdir()) == [
        "prompts.sqlite3",
        "prompts.sqlite3.lock",
    ]
