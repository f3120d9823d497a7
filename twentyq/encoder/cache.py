"""Where twentyq keeps what it can make again."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """Return the folder in `TWENTYQ_CACHE`, or the user's cache folder; it need not exist yet."""
    chosen = os.environ.get("TWENTYQ_CACHE")
    return Path(chosen) if chosen else user_cache_path("twentyq")
