"""How many encoder actors fit on a cluster."""

import pytest

from twentyq.batch.cluster import Actors
from twentyq.errors import UsageError


def node(alive=True, **resources):
    return {"Alive": alive, "Resources": resources}


NODES = [node(CPU=8, GPU=2, memory=1e9), node(CPU=3), node(), node(alive=False, CPU=64, GPU=8)]


@pytest.mark.parametrize(
    ("actors", "workers", "fitting"),
    [
        (Actors(), 0, 11),
        (Actors(), 4, 7),
        (Actors(count=5), 0, 5),
        (Actors(count=50), 0, 11),
        (Actors(cpus=2), 0, 5),
        (Actors(cpus=0.5), 0, 22),
        (Actors(cpus=4, gpus=1), 0, 2),
        (Actors(gpus=0.25), 0, 8),
        (Actors(gpus=0.25), 6, 5),
        (Actors(cpus=8), 1, 1),
    ],
)
def test_actors_fit_on_single_nodes_beside_the_cores_that_decode(actors, workers, fitting):
    assert actors.fitting(NODES, workers) == fitting


@pytest.mark.parametrize(
    ("actors", "workers"), [(Actors(cpus=9), 0), (Actors(gpus=4), 0), (Actors(), 11)]
)
def test_no_room_for_an_actor_is_an_error_that_says_what_there_is(actors, workers):
    with pytest.raises(UsageError, match="has no room for an encoder actor") as caught:
        actors.fitting(NODES, workers)
    assert caught.value.allowed == (
        "a node with 8 CPU, 2 GPU; a node with 3 CPU, 0 GPU; a node with 0 CPU, 0 GPU"
    )
