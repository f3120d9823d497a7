"""Where twentyq keeps what it can make again."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """Return the folder in `TWENTYQ_CACHE`, or the user's cache folder; it need not exist yet."""
    chosen = os.environ.get("TWENTYQ_CACHE")
    if not chosen:
        return user_cache_path("twentyq")
    # Quoted, a `~` reaches us as it is. Path.expanduser raises where nobody's home is meant.
    return Path(os.path.expanduser(chosen))  # noqa: PTH111
