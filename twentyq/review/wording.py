"""Faults of the prompts, as an encoder reads them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from twentyq.encoder import Encoder, PromptStore, embed_prompts
from twentyq.errors import shown
from twentyq.review.findings import NAMES, Finding, Kind, Rank
from twentyq.system import AttributeGroup, System
from twentyq.system.document import listed

# Two options are close where their prompts are nearer to each other than this share of what is
# usual in the system, measured by 1 - cosine: encoders differ in how near all their prompts lie.
# When it was chosen it held, as the builtin encoder reads them, for 3 of the 1,326 pairs of three
# systems, and a person would take each of these for one: "blue" and "light blue", "brown" and
# "beige", "small rounded ears" and "large round ears". Next came "black" and "gray".
CLOSE = 0.15
# Nearer than this, vectors of float32 are the same, however near others may be.
SAME = 1e-6


def wording_findings(
    system: System, encoder: Encoder, store: PromptStore | None
) -> Iterator[Finding]:
    """Yield what is wrong with the prompts of a system; raises what `embed_prompts` does."""
    for group in system.groups:
        yield from _long(group, encoder)
    apart = [_apart(group, encoder, store) for group in system.groups]
    pairs = [distance[torch.ones_like(distance).triu(1) > 0] for distance in apart]
    usual = float(torch.cat(pairs).median())
    for group, distance in zip(system.groups, apart, strict=True):
        yield from _close(group, distance, usual)


def _long(group: AttributeGroup, encoder: Encoder) -> Iterator[Finding]:
    limit = encoder.context_length
    if limit is None:
        return
    lengths = encoder.count_tokens(list(group.prompts))
    too_long = tuple(option for option, n in zip(group.options, lengths, strict=True) if n > limit)
    if too_long:
        yield Finding(
            Rank.error,
            Kind.long_prompt,
            f"{shown(group.name)}: the prompts of {len(too_long)} of the {len(group.options)} "
            f"options are longer than the {limit} tokens that the encoder reads, and lose their "
            f"end; the longest has {max(lengths)}. The first is {shown(too_long[0])}.",
            "shorten the template or these options, or take an encoder that reads more",
            group=group.name,
            options=too_long,
            figures={"tokens": max(lengths), "limit": limit},
        )


def _apart(group: AttributeGroup, encoder: Encoder, store: PromptStore | None) -> Tensor:
    """Return 1 - cosine of a group's prompts, `(n_options, n_options)`."""
    vectors = embed_prompts(encoder, list(group.prompts), store)[0].cpu().double()
    return 1 - vectors @ vectors.T


def _close(group: AttributeGroup, distance: Tensor, usual: float) -> Iterator[Finding]:
    near = distance < max(CLOSE * usual, SAME)
    _, cluster = connected_components(near.numpy(), directed=False)
    for members in map(np.flatnonzero, cluster == np.unique(cluster)[:, None]):
        if len(members) == 1:
            continue
        options = tuple(group.options[member] for member in members)
        block = distance[np.ix_(members, members)]
        cosine = 1 - float(block[torch.ones_like(block).triu(1) > 0].min())
        yield Finding(
            Rank.warning,
            Kind.close_options,
            f"{shown(group.name)}: {listed(map(shown, options), NAMES)} are nearly one to the "
            f"encoder: the cosine of their prompts is {cosine:.3f}, where {1 - usual:.2f} is "
            "usual.",
            "word them further apart, or make one option of them",
            group=group.name,
            options=options,
            figures={"cosine": cosine, "usual": 1 - usual},
        )
