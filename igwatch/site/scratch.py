"""Where libraries put what they write in passing: below the home, and gone after a night.

openpyxl keeps each sheet in a temporary file while it writes it, DuckDB spills what does not fit
into memory: both hold patients.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from igwatch.site.home import Home

_mine: set[Path] = set()


@contextmanager
def scratch(home: Home) -> Iterator[Path]:
    """A private folder that is this process's temporary one for this block, and gone after it.

    What killed processes of this machine left goes first; another machine's with `compact`.
    """
    _sweep(home)
    name = f"scratch-{socket.gethostname()}-{os.getpid()}-"
    folder = Path(tempfile.mkdtemp(prefix=name, dir=home.work))
    _mine.add(folder)
    was, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = was
        shutil.rmtree(folder, ignore_errors=True)
        _mine.discard(folder)


def _sweep(home: Home) -> None:
    for folder in set(home.work.glob(f"scratch-{socket.gethostname()}-*")) - _mine:
        pid = int(folder.name.split("-")[-2])
        if pid == os.getpid() or not Path(f"/proc/{pid}").exists():  # a container counts from one
            shutil.rmtree(folder, ignore_errors=True)
