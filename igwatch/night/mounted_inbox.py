"""Inboxes that are shares of their own, remembered, so that one that is not mounted is told.

The folder that a share is mounted on stays when the share does not: empty, and on the device of the
inbox. Device numbers change whenever a machine starts, so only whether a folder is a mount is kept.
"""

from __future__ import annotations

import os
from pathlib import Path

from igwatch.base.atomic_file import private_folder
from igwatch.site.home import Home


def remember_mounts(home: Home) -> None:
    """Note which facilities' inboxes are mounts now."""
    for folder in home.inbox.iterdir():
        if not folder.is_symlink() and os.path.ismount(folder):
            private_folder(_notes(home))
            (_notes(home) / folder.name).touch(mode=0o600)


def unmounted_inboxes(home: Home) -> list[str]:
    """Facilities whose inbox was a mount and is a plain empty folder. One that holds files again
    without being a mount has moved for good, or will be seen as a feed that is silent."""
    notes = _notes(home).iterdir() if _notes(home).is_dir() else ()
    names = sorted(note.name for note in notes)
    return [name for name in names if _is_bare(home.inbox / name)]


def _is_bare(folder: Path) -> bool:
    try:
        return folder.is_dir() and not os.path.ismount(folder) and not any(folder.iterdir())
    except OSError:  # a share that hangs or is shut: what cannot be listed is told as such
        return False


def _notes(home: Home) -> Path:
    return home.raw / ".mounted"
