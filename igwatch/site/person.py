"""Who is at the keyboard, as the machine knows them and not as they say."""

from __future__ import annotations

import os
import pwd
from contextlib import suppress
from pathlib import Path

LOGIN = Path("/proc/self/loginuid")
NOBODY_LOGGED_IN = 2**32 - 1


def person() -> str:
    """The account of this process's user; before it, whoever became that user.

    Who logged in is the kernel's to say where it keeps account of it (pam_loginuid), else sudo's.
    LOGNAME and USER are not asked: anybody sets them.
    """
    account = _account(os.getuid())
    before = _logged_in() or os.environ.get("SUDO_USER")
    return f"{before} as {account}" if before not in (None, "", account) else account


def _logged_in() -> str | None:
    with suppress(OSError, ValueError):
        uid = int(LOGIN.read_text(encoding="ascii"))
        if uid != NOBODY_LOGGED_IN:
            return _account(uid)
    return None


def _account(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # a container's user need not have a name
        return f"user {uid}"
