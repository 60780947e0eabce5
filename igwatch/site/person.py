"""Who is at the keyboard, as the machine knows them and not as they say."""

from __future__ import annotations

import os
import pwd


def person() -> str:
    """The login of this process's user; before it, whoever became that user by sudo."""
    try:
        login = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user need not have a name
        login = f"user {os.getuid()}"
    before = os.environ.get("SUDO_USER")
    return f"{before} as {login}" if before else login
