import os
import signal

import pyarrow.dataset as ds
import pytest
import torch

from tests.batch.test_run_folder import parts
from tests.encoder.tiny_models import save_clip
from twentyq.batch.decoding import Decoder, decode_ahead
from twentyq.batch.listing import Listing
from twentyq.batch.sources import FolderSource
from twentyq.encoder import embed_decoded, load_encoder
from twentyq.errors import EncoderError, TwentyqError


class BreakingPreparation:
    """Fails on every picture, or ends its process as a machine short of memory would."""

    def __init__(self, kills: bool) -> None:
        self.kills = kills

    def __call__(self, image):
        if self.kills:
            os.kill(os.getpid(), signal.SIGKILL)
        raise EncoderError("the encoder fails on a picture", where="breaking")


@pytest.fixture
def decoder(world):
    folder = world.open()
    batches = [batch for shard in range(3) for batch in folder.shards.batches(shard)]

    def make(preparation=None):
        return Decoder(world.source, Listing(folder.listing), None, preparation), batches

    return make


def test_parts_do_not_depend_on_the_number_of_workers(world, tmp_path):
    save_clip(tmp_path / "clip")
    world.encoder = load_encoder(str(tmp_path / "clip"), device="cpu")
    made = {}
    for workers in (0, 2):
        folder = world.open()
        assert world.make(folder, workers=workers) == [3, 1, 3, 1, 3]
        made[workers] = parts(folder)
        world.out.rename(tmp_path / f"out-{workers}")
    assert made[0] == made[2]
    assert ds.dataset(tmp_path / "out-2" / "results").count_rows() == 10


@pytest.mark.parametrize("workers", [0, 1])
def test_without_a_preparation_pictures_come_as_pictures(decoder, workers):
    batches = [decoded for _, decoded in decode_ahead(*decoder(), workers=workers)]
    assert [len(batch.names) for batch in batches] == [3, 1, 3, 1, 3]
    assert [batch.first for batch in batches] == [0, 3, 4, 7, 8]
    assert {image.size for batch in batches for image in batch.images} == {(12, 12)}
    assert [name for batch in batches for name in (batch.names[i] for i in batch.faults)] == [
        "grass/torn.png"
    ]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_prepared_arrays_reach_a_gpu_from_pinned_memory(decoder, tmp_path):
    save_clip(tmp_path / "clip")
    encoder = load_encoder(str(tmp_path / "clip"), device="cuda")
    made = {}
    for workers in (0, 1):
        given = decode_ahead(*decoder(encoder.preparation), workers=workers, pin=True)
        batches = [batch for _, batch in given]
        # In this process nothing is gained by it: `Placement.place` pins what is not pinned.
        pinned = {array.is_pinned() for batch in batches for array in batch.images.values()}
        assert pinned == {workers > 0}
        made[workers] = torch.cat([embed_decoded(encoder, batch).vectors for batch in batches])
    torch.testing.assert_close(made[0], made[1])


def test_a_picture_that_is_gone_fails_alone(decoder, world):
    given, batches = decoder()
    (world.root / "pictures" / "apple" / "01.png").unlink()
    _, first = next(decode_ahead(given, batches, workers=0))
    assert (first.usable, [*first.faults]) == ((0, 2), [1])
    assert "apple/01.png: the file cannot be read" in str(first.faults[1])


@pytest.mark.parametrize("workers", [0, 1])
def test_what_preprocessing_raises_arrives_as_it_is(decoder, workers):
    with pytest.raises(EncoderError) as caught:
        list(decode_ahead(*decoder(BreakingPreparation(kills=False)), workers=workers))
    assert str(caught.value) == "breaking: the encoder fails on a picture"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_a_worker_that_was_killed_is_told_with_the_remedy(decoder):
    with pytest.raises(TwentyqError) as caught:
        list(decode_ahead(*decoder(BreakingPreparation(kills=True)), workers=1))
    told = str(caught.value)
    assert told.startswith("--workers 1: a process that decodes pictures was ended from outside")
    assert "continue with --resume" in told


def test_other_errors_of_the_loader_stay_what_they_are(decoder, monkeypatch):
    def fail(*_):
        raise RuntimeError("something else")

    monkeypatch.setattr(FolderSource, "picture", fail)
    with pytest.raises(RuntimeError, match="something else"):
        list(decode_ahead(*decoder(), workers=0))


def test_a_list_is_sent_without_what_has_been_read(decoder, tmp_path):
    listing = decoder()[0].listing
    names = [entry.name for entry in listing.shard(2)]
    sent = tmp_path / "sent.pt"
    torch.save(listing, sent)
    assert sent.stat().st_size < 3000
    assert [entry.name for entry in torch.load(sent, weights_only=False).shard(2)] == names
