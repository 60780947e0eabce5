"""What another user is told, by being that user in a process of its own. Needs root."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from typing import Any

User = tuple[int, ...]


def as_user(user: User, asked: Callable[..., Any], *given: Any) -> Any:
    """What `asked` answers this (uid, gid, further groups ...)."""
    assert os.geteuid() == 0, "run as root: the test is other users by turns"
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_answer, args=(theirs, user, asked, given))
    process.start()
    try:
        return ours.recv() if ours.poll(60) else "no answer"
    finally:
        process.join(timeout=10)


def _answer(answer: Any, user: User, asked: Callable[..., Any], given: tuple[Any, ...]) -> None:
    uid, gid, *groups = user
    os.setgroups(groups)
    os.setgid(gid)
    os.setuid(uid)
    os.chdir("/")
    answer.send(asked(*given))
