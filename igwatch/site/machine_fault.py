"""What a library or the system raises when a home cannot be written to or a file of it is damaged,
as one line with the file and the mend."""

from __future__ import annotations

import errno
import os
import re

from igwatch.base.error import IgwatchError

NOT_ALLOWED = (errno.EROFS, errno.EACCES, errno.EPERM)
_QUOTED = re.compile(r'"([^"\n]+\.duckdb)"')


class MachineFaultError(IgwatchError):
    """A file of the home that the machine does not give or take."""


def machine_fault(error: BaseException) -> MachineFaultError | None:
    """The fault that a person can mend behind this error; None where it is another."""
    if isinstance(error, OSError) and error.errno in NOT_ALLOWED:
        place = os.fsdecode(error.filename or "the home").encode(errors="backslashreplace").decode()
        why = os.strerror(error.errno).lower()
        mend = "mount the home read-write, or give it to the user that igwatch runs as"
        return MachineFaultError(f"{place}: {why}", mend)
    if type(error).__name__ == "IOException" and (found := _QUOTED.search(str(error))):
        return MachineFaultError(
            f"{found[1]} cannot be opened: it is damaged",
            "igwatch catalogue writes igwatch.duckdb, quality.duckdb and omop.duckdb anew, "
            "igwatch run the rest",
        )
    return None
