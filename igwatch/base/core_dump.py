"""No image of this process's memory on a disk: it would hold patients, whoever may read it."""

from __future__ import annotations

import resource


def no_core_dump() -> None:
    """Set the limit of a core file to 0 for this process and all that it starts. The kernel asks
    the soft limit; the hard one stays what the machine says.

    Where the kernel pipes dumps to a program, that program decides (core(5)); see docs/security.md.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
