"""A disk of a given size (tmpfs), which only root may make."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BLOCK = 4096


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own at `folder`, large until `leave` says otherwise."""
    folder.mkdir()
    _run("mount", "-t", "tmpfs", "-o", "size=4g,mode=700", "igwatch-test", str(folder))
    try:
        yield folder
    finally:
        _run("umount", str(folder))


def leave(folder: Path, n_bytes: int) -> None:
    """Let so many bytes be free on the disk at `folder`."""
    used = int(_run("df", "--output=used", "--block-size=1", str(folder)).split()[-1])
    blocks = (used + n_bytes + BLOCK - 1) // BLOCK
    _run("mount", "-o", f"remount,size={blocks * BLOCK}", str(folder))


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
