"""One split of labelled pictures: a part to propose from, one to accept by, one to report on."""

from __future__ import annotations

from enum import IntEnum, StrEnum

import torch
from torch import Tensor

from twentyq.errors import UsageError
from twentyq.study.fitting.validation import split_folds


class Part(IntEnum):
    """What a picture may be used for: to propose changes, to accept them, or to report on them."""

    TRAIN = 0
    VALIDATION = 1
    TEST = 2


class SplitBy(StrEnum):
    """What goes to one part as a whole: a picture, or a label with all its pictures."""

    PICTURE = "picture"
    CLASS = "class"


def split_pictures(truth: Tensor, by: SplitBy, seed: int) -> Tensor:
    """Return the `Part` of each picture, `(n_images,)` int64, as `truth`; the parts are thirds.

    By picture, the pictures of each label are dealt to the parts in turn; by class, the labels are,
    those with equally many pictures in turn. Equal pictures must have been left out before.
    Raises UsageError where a part would be empty.
    """
    present, which, counts = torch.unique(truth, return_inverse=True, return_counts=True)
    dealt = which if by is SplitBy.PICTURE else counts
    what = "pictures" if by is SplitBy.PICTURE else "labels with pictures"
    if len(dealt) < len(Part):
        raise UsageError(
            "there is nothing to split in train, validation and test",
            where="PICTURES",
            got=f"{len(truth)} pictures of {len(present)} labels",
            allowed=f"at least {len(Part)} {what}",
            mend="give more pictures; a dozen of each label is a beginning",
        )
    parts = split_folds(dealt, n_folds=len(Part), seed=seed)
    return parts if by is SplitBy.PICTURE else parts[which]
