"""Where results go."""

from __future__ import annotations

import os
from pathlib import Path

from .caller import given
from .errors import StudyError


def require_folder(out: Path) -> None:
    """Refuse a results folder that cannot be one, before hours of solving."""
    existing = next(p for p in (out.absolute(), *out.absolute().parents) if p.exists())
    if not existing.is_dir():
        raise StudyError(f"{given('out', out)}: {existing} is a file, not a folder")
    if not os.access(existing, os.W_OK):
        raise StudyError(f"{given('out', out)}: no permission to write in {existing}")
