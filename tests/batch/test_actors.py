"""What runs on the nodes of a cluster, played here without one."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.study.seeing import SeeingEncoder
from twentyq.batch.actors import EncoderActor, decode_shard, unpacked
from twentyq.batch.local import picture_decoder
from twentyq.batch.parts import join_batches
from twentyq.errors import EncoderError, UsageError


@pytest.fixture
def node(world, monkeypatch):
    """Make an actor, on a node whose processes begin elsewhere."""
    monkeypatch.chdir(world.root.parent)

    def actor(load=SeeingEncoder, home=world.root):
        return EncoderActor(load, world.settings, world.source, world.open(join=True), home)

    return actor


def said_by(actor, row):
    return [unpacked({"said": packed["said"][0]}) for packed in actor(row)]


@pytest.mark.parametrize("decoded_apart", [False, True])
def test_actors_say_of_every_shard_what_this_process_says(world, node, decoded_apart):
    folder = world.open()
    actor, batches = node(), []
    for shard in range(len(folder.shards.sizes)):
        rows = [{"shard": shard}]
        if decoded_apart:
            decoder = picture_decoder(world.classifier, world.source, folder)
            rows = decode_shard(rows[0], decoder, folder.shards, world.root)
        for row in rows:
            batches += said_by(actor, {name: np.array([value]) for name, value in row.items()})
    world.make(folder)
    for part in join_batches(batches, folder.shards, lambda _: None):
        for kind, said in (("results", part.results), ("failures", part.failures)):
            assert pq.read_table(folder.part(kind, part.shard)).equals(said)


def test_an_actor_without_its_encoder_says_so_of_every_row(world, node):
    def load():
        raise EncoderError("the encoder is not there")

    world.open()
    actor = node(load)
    for _ in range(2):
        with pytest.raises(EncoderError, match="the encoder is not there"):
            said_by(actor, {"shard": np.array([0])})


def test_an_actor_with_another_encoder_than_the_run_refuses(world, node):
    class OtherEncoder(SeeingEncoder):
        identity = "seeing v2"

    world.open()
    with pytest.raises(UsageError, match="begun with something else: encoder") as caught:
        said_by(node(OtherEncoder), {"shard": np.array([0])})
    assert (caught.value.got, caught.value.allowed) == ("'seeing v2'", "'seeing v1'")


def test_a_node_that_does_not_see_the_folder_says_so(world, node, tmp_path):
    folder = world.open()
    nowhere = tmp_path / "nowhere"
    with pytest.raises(UsageError, match="a node of the cluster does not see") as caught:
        said_by(node(home=nowhere), {"shard": np.array([0])})
    assert caught.value.where == str(nowhere)
    decoder = picture_decoder(world.classifier, world.source, folder)
    (row,) = decode_shard({"shard": 0}, decoder, folder.shards, nowhere)
    with pytest.raises(UsageError, match="a node of the cluster does not see"):
        said_by(node(), {name: np.array([value]) for name, value in row.items()})
