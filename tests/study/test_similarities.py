import multiprocessing
import os
import signal
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.digests import digests
from tests.encoder.tiny_models import save_clip
from tests.study.one_pass import (
    BATCH,
    N_PICTURES,
    SYSTEM,
    draw_pictures,
    pass_in_a_process,
    pass_over,
)
from twentyq.encoder import load_encoder, open_picture
from twentyq.engine import compile_plan
from twentyq.errors import EncoderError, PictureError, UsageError
from twentyq.study.labelled import LabelledPictures, read_labelled
from twentyq.study.similarities import observe
from twentyq.system import parse_system

THINGS = parse_system(SYSTEM, "things.yaml")
PLAN = compile_plan(THINGS)
OF_CLIP = [
    f"transformers.models.clip.{name}_clip"
    for name in ("modeling", "processing", "image_processing")
]
BATCHES = -(-(N_PICTURES - 1) // BATCH)  # one picture is a copy of another


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    save_clip(folder)
    return folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    draw_pictures(folder)
    return folder


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory, pictures, clip):
    """Return what one unbroken pass saw, and the folder that it left."""
    folder = tmp_path_factory.mktemp("runs") / "unbroken"
    return pass_over(pictures, clip, folder), folder


def test_similarities_are_cosines_of_each_picture_with_each_prompt(unbroken, pictures, clip):
    seen, _ = unbroken
    encoder = load_encoder(str(clip), device="cpu")
    assert seen.groups.shape == (N_PICTURES - 2, 5)
    assert seen.groups.dtype == torch.float64
    assert list(seen.class_names) == ["{}", "a {} in a picture"]
    row = seen.names.index("sky/21.png")
    picture = encoder.embed_images([open_picture(pictures / "sky/21.png")])[0].double()
    for texts, cosines in (
        (["It is red.", "It is green.", "It is blue."], seen.groups[row, :3]),
        (["It looks noisy.", "It looks plain."], seen.groups[row, 3:]),
        (list(PLAN.classes), seen.class_names["{}"][row]),
        (
            [f"a {name} in a picture" for name in PLAN.classes],
            seen.class_names[THINGS.names_prompt][row],
        ),
    ):
        expected = encoder.embed_texts(texts).double() @ picture
        torch.testing.assert_close(cosines, expected, rtol=0, atol=1e-5)


def test_pictures_carry_their_names_truths_and_problems(unbroken):
    seen, _ = unbroken
    assert len(seen.names) == len(seen.truth) == len(seen.vectors) == N_PICTURES - 2
    assert [PLAN.labels[i] for i in seen.truth] == [name.split("/")[0] for name in seen.names]
    assert seen.given == N_PICTURES
    said = {problem.kind: problem.names for problem in seen.problems}
    assert said == {
        "unreadable": ["brick/07.png: the picture cannot be decoded"],
        "duplicate": ["sky/30.png, the same as sky/00.png"],
        "class without pictures": ["apple", "grass"],
    }


def test_the_folder_keeps_what_was_seen(unbroken):
    seen, folder = unbroken
    with np.load(folder / "similarities.npz") as kept:
        assert tuple(kept["names"]) == seen.names
        assert np.array_equal(kept["truth"], seen.truth)
        assert np.array_equal(kept["cosines"][:, :5], seen.groups)
        assert np.array_equal(kept["cosines"][:, 9:], seen.class_names["a {} in a picture"])
        assert kept["prompts"][[0, 5, 9]].tolist() == [
            "It is red.",
            "brick",
            "a brick in a picture",
        ]


def test_rows_are_chosen_by_number_and_by_mask(unbroken):
    seen, _ = unbroken
    some = seen.rows(torch.tensor([4, 0]))
    assert some.names == (seen.names[4], seen.names[0])
    for tensor, of in (
        (some.truth, seen.truth),
        (some.groups, seen.groups),
        (some.vectors, seen.vectors),
        (some.class_names["{}"], seen.class_names["{}"]),
    ):
        assert torch.equal(tensor, of[[4, 0]])
    mask = seen.truth == PLAN.labels.index("sky")
    assert all(name.startswith("sky/") for name in seen.rows(mask).names)
    assert (some.problems, some.given) == (seen.problems, seen.given)


class StoppedError(Exception):
    pass


def test_a_finished_batch_is_never_embedded_again(tmp_path, unbroken, pictures, clip, monkeypatch):
    def stop_after_six(done, total):
        assert total == N_PICTURES - 1
        if done >= 3 * BATCH:
            raise StoppedError

    with pytest.raises(StoppedError):
        pass_over(pictures, clip, tmp_path / "run", progress=stop_after_six)
    (tmp_path / "run/pictures/000001.npz").write_bytes(b"torn by a failing disk")
    encoder = type(load_encoder(str(clip), device="cpu"))
    embedded, texts = [], []
    images, words = encoder.embed_images, encoder.embed_texts
    monkeypatch.setattr(
        encoder, "embed_images", lambda e, x: embedded.append(len(x)) or images(e, x)
    )
    monkeypatch.setattr(encoder, "embed_texts", lambda e, x: texts.append(x) or words(e, x))
    steps = []
    again = pass_over(
        pictures, clip, tmp_path / "run", resume=True, progress=lambda *step: steps.append(step)
    )
    assert len(embedded) == BATCHES - 3 + 1  # the torn one is done anew, as a whole
    assert texts == []
    assert steps[0] == (0, N_PICTURES - 1)
    assert steps[-1] == (N_PICTURES - 1, N_PICTURES - 1)
    assert torch.equal(again.groups, unbroken[0].groups)
    assert digests(tmp_path / "run") == digests(unbroken[1])


def kill_and_resume(kills, folder, pictures, clip):
    """Kill the pass so often, each time after it has kept at least one more batch; then end it."""
    # A server that has imported everything, and forks each run from itself.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.study.one_pass", *OF_CLIP])
    for _ in range(kills):
        before = len(list(folder.glob("pictures/*.npz")))
        run = context.Process(target=pass_in_a_process, args=(pictures, clip, folder))
        run.start()
        while run.is_alive() and len(list(folder.glob("pictures/*.npz"))) == before:
            time.sleep(0.0005)
        os.kill(run.pid, signal.SIGKILL)
        run.join()
        assert run.exitcode == -signal.SIGKILL, "it ended before it could be killed"
        assert before < len(list(folder.glob("pictures/*.npz"))) < BATCHES
    run = context.Process(target=pass_in_a_process, args=(pictures, clip, folder))
    run.start()
    run.join()
    assert run.exitcode == 0


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
@pytest.mark.parametrize("kills", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_a_killed_and_resumed_run_ends_with_the_same_bytes(
    kills, tmp_path, unbroken, pictures, clip
):
    kill_and_resume(kills, tmp_path / "run", pictures, clip)
    assert digests(tmp_path / "run") == digests(unbroken[1])


def test_a_run_is_not_continued_with_other_pictures(tmp_path, pictures, clip):
    system, encoder = THINGS, load_encoder(str(clip), device="cpu")
    given = read_labelled(str(pictures), PLAN.labels)
    few = replace(
        given, names=given.names[:3], labels=given.labels[:3], pictures=list(given.pictures[:3])
    )
    observe(few, system, PLAN, encoder, tmp_path / "run")
    with pytest.raises(UsageError, match="the folder is not empty"):
        observe(few, system, PLAN, encoder, tmp_path / "run")
    changed = tmp_path / "changed.png"
    changed.write_bytes(few.pictures[1].read_bytes() + b"\0")
    other = replace(few, pictures=[few.pictures[0], changed, few.pictures[2]])
    with pytest.raises(UsageError, match="begun with something else: pictures") as caught:
        observe(other, system, PLAN, encoder, tmp_path / "run", resume=True)
    assert few.names[1] in str(caught.value)
    for part, settings in (("crop", {"crop": "card-art"}), ("batch size", {"batch_size": 3})):
        with pytest.raises(UsageError, match=f"begun with something else: {part}"):
            observe(few, system, PLAN, encoder, tmp_path / "run", resume=True, **settings)
    ruled = replace(system, rules=system.rules | {"sky": {"colour": {"red": 1.0}}})
    with pytest.raises(UsageError, match="begun with something else: system"):
        observe(few, ruled, compile_plan(ruled), encoder, tmp_path / "run", resume=True)


def embeddings(vectors, labels):
    names = tuple(f"row {i}" for i in range(len(vectors)))
    return LabelledPictures(names, labels, None, np.asarray(vectors), (), len(vectors))


def test_embeddings_are_seen_without_embedding_pictures(tmp_path, unbroken, clip):
    seen, _ = unbroken
    vectors = 3 * seen.vectors[[0, 1, 0]].numpy()
    encoder = load_encoder(str(clip), device="cpu")
    given = embeddings(vectors, ("sky", "brick", "sky"))
    again = observe(given, THINGS, PLAN, encoder, tmp_path / "run")
    torch.testing.assert_close(again.groups, seen.groups[:2], rtol=0, atol=1e-6)
    assert again.problems[0].names == ["row 2, the same as row 0"]
    narrow = embeddings(vectors[:, :5], ("sky", "brick", "sky"))
    with pytest.raises(EncoderError, match="do not fit together") as caught:
        observe(narrow, THINGS, PLAN, encoder, tmp_path / "other")
    assert "5 numbers a picture, 24 a prompt" in str(caught.value)


def test_no_picture_left_is_an_error_that_says_why(tmp_path, clip):
    encoder = load_encoder(str(clip), device="cpu")
    given = LabelledPictures(("a.png", "b.png"), ("sky", "sky"), [b"", b"x"], None, (), 2)
    with pytest.raises(PictureError, match="none of the pictures can be studied") as caught:
        observe(given, THINGS, PLAN, encoder, tmp_path / "run")
    assert "unreadable: a.png: the file is empty" in str(caught.value)
