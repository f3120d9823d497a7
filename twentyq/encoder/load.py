"""From the name of an encoder to the encoder."""

from __future__ import annotations

import re
from pathlib import Path

from twentyq.encoder import builtin_weights
from twentyq.encoder.device import Placement, choose_device, choose_dtype
from twentyq.encoder.extras import load_open_clip, load_sentence_transformers
from twentyq.encoder.factory import load_factory
from twentyq.encoder.pretrained import load_transformers
from twentyq.encoder.protocol import Encoder
from twentyq.errors import EncoderError, UsageError, shown

NAMES = (
    "builtin, a folder, a hub id (org/name), python:package.module:factory, "
    "open_clip:MODEL/PRETRAINED or sentence-transformers:NAME"
)
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


def load_encoder(
    name: str,
    device: str = "auto",
    dtype: str = "auto",
    revision: str | None = None,
    trust_remote_code: bool = False,
    batch_size: int = 64,
) -> Encoder:
    """Load the encoder that a name stands for.

    `name` is `builtin`, a local folder, a hub id, `python:package.module:factory`,
    `open_clip:MODEL/PRETRAINED` or `sentence-transformers:NAME`. `revision` is a branch, tag or
    commit on the hub. Code that comes with a model runs only with `trust_remote_code`.
    `device="auto"` takes CUDA, MPS, then the CPU; `dtype="auto"` is float32 on a CPU and float16
    elsewhere. A factory places its own encoder: device and dtype do not reach it.

    Raises `EncoderError` where the encoder cannot be had, `UsageError` for a bad batch size
    or a folder's revision.
    """
    if batch_size < 1:
        raise UsageError(
            "a batch needs a picture",
            where="--batch-size",
            got=str(batch_size),
            allowed="1 or more",
        )
    kind, _, rest = name.partition(":")
    if not name.isprintable():
        raise _no_such_encoder(name)
    if kind == "python":
        return load_factory(name, batch_size)
    chosen_device = choose_device(device)
    placement = Placement(chosen_device, choose_dtype(dtype, chosen_device), batch_size)
    if kind == "open_clip":
        return load_open_clip(rest, placement)
    if kind == "sentence-transformers":
        return load_sentence_transformers(rest, placement, revision, trust_remote_code)
    source = builtin_weights.FOLDER if name == "builtin" else _folder_or_hub_id(name)
    if isinstance(source, Path) and revision is not None:
        raise UsageError(
            "a folder has no revisions",
            where="--revision",
            got=shown(revision),
            mend="leave --revision out, or name the encoder by its hub id",
        )
    verified = None
    if name == "builtin":
        verified = builtin_weights.verified_identity(builtin_weights.FOLDER)
    return load_transformers(source, name, placement, revision, trust_remote_code, verified)


def _folder_or_hub_id(name: str) -> Path | str:
    try:
        folder = Path(name).expanduser()
        if name and folder.is_dir():
            return folder
        is_file = folder.is_file()
    except (OSError, RuntimeError):  # too long for a path, or the home of nobody
        is_file = False
    if is_file:
        raise EncoderError(
            "the encoder is a file, not a folder",
            where="--encoder",
            got=shown(name),
            mend="name the folder that holds config.json and model.safetensors",
        )
    # ./x, ../x and ~/x have the form of a hub id, but are meant as paths.
    if HUB_ID.fullmatch(name) and name[0] not in ".~":
        return name
    raise _no_such_encoder(name)


def _no_such_encoder(name: str) -> EncoderError:
    return EncoderError(
        "there is no such encoder", where="--encoder", got=shown(name), allowed=NAMES
    )
