"""Where archode keeps what can be made again."""

import os
from pathlib import Path


def cache_root() -> Path:
    """``$ARCHODE_CACHE``, or ``archode`` in the user's cache folder."""
    if chosen := os.environ.get("ARCHODE_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "archode"
