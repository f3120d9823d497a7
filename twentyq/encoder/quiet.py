"""Libraries that chat, kept from standard output and standard error."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Silence the warnings, load reports and progress bars of transformers, then restore them.

    Downloads keep their bar on a terminal: a gigabyte in silence looks like a program that hangs.
    """
    from huggingface_hub.utils.tqdm import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )
    from transformers.utils import logging as untyped_logging

    logs: Any = untyped_logging
    verbosity, bars = logs.get_verbosity(), logs.is_progress_bar_enabled()
    hub_bars = not are_progress_bars_disabled()
    logs.set_verbosity(logging.CRITICAL)
    logs.disable_progress_bar()
    if hub_bars and sys.stderr.isatty():
        enable_progress_bars()
    else:
        disable_progress_bars()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logs.set_verbosity(verbosity)
        if bars:
            logs.enable_progress_bar()
        if hub_bars:
            enable_progress_bars()
