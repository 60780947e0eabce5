"""Files that are whole or not there: written aside, kept by the disk, then given their name."""

from __future__ import annotations

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Have the disk keep what was written to a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def rename(aside: Path, path: Path) -> None:
    """Give a finished file or folder its name, in place of what had it; kept by the disk."""
    os.replace(aside, path)
    sync(path.parent)


def make_folder(path: Path, mode: int) -> Path:
    """A folder with exactly this mode, whatever the umask."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(mode)
    return path
