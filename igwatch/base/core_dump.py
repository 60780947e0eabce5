"""No image of this process's memory on a disk: it would hold patients, whoever may read it."""

from __future__ import annotations

import resource

NOT_EVEN_PIPED = 1
"""Bytes. Too few for a file; where dumps are piped to a program the kernel does not ask how many,
0 included, but starts none for a process whose limit is 1 (fs/coredump.c)."""


def no_core_dump() -> None:
    """Let neither this process nor what it starts leave a core dump, in a file or by a program of
    the machine's. The kernel asks the soft limit; the hard one stays what the machine says."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    soft = 0 if hard == 0 else NOT_EVEN_PIPED
    resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
