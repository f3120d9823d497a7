"""How long `twentyq classify` takes for one picture, from nothing, beside a bare script."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from twentyq.bench.timing import Seconds, alternate
from twentyq.encoder.builtin_weights import FOLDER
from twentyq.errors import EncoderError

# What anyone would write who wants a picture's vector from this model, and nothing more.
BARE = """\
import sys
from PIL import Image
import torch
from transformers import AutoModel, AutoProcessor
model = AutoModel.from_pretrained(sys.argv[1], dtype=torch.float32).eval()
processor = AutoProcessor.from_pretrained(sys.argv[1])
pixels = processor(images=Image.open(sys.argv[2]).convert("RGB"), return_tensors="pt")
with torch.inference_mode():
    model.get_image_features(**pixels)
"""


def time_starts(picture: bytes, system: str, encoder: str, rounds: int) -> dict[str, Seconds]:
    """Return the seconds of whole processes: `classify` one picture, and `bare`.

    Both are started in turn, once untimed; that fills the prompt store of `classify`. Raises
    EncoderError where either fails, as for an encoder that transformers does not load.
    """
    model = str(FOLDER) if encoder == "builtin" else encoder
    with TemporaryDirectory() as folder:
        path = Path(folder) / "picture.jpg"
        path.write_bytes(picture)
        asking = ("-m", "twentyq", "classify", str(path), "--system", system, "--encoder", encoder)
        environment = {**os.environ, "TWENTYQ_CACHE": folder}
        return alternate(
            {
                "bare": lambda: _run("-c", BARE, model, str(path), environment=environment),
                "classify": lambda: _run(*asking, environment=environment),
            },
            rounds,
        )


def _run(*arguments: str, environment: dict[str, str]) -> None:
    ran = subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise EncoderError(
            "a process that was to be timed fails",
            where="--start",
            got=(ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"])[-1],
            mend="measure the start of an encoder that transformers loads, such as builtin",
        )
