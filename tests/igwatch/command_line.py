"""`igwatch` as it is typed, run in this process: starting one costs two seconds each time."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from subprocess import CompletedProcess

import pytest

from igwatch.command import main
from igwatch.command.terminal import screen
from igwatch.site.home import Home


def command(home: Home, *words: str) -> CompletedProcess:
    """What a command of this home says and how it exits."""
    return typed(*words, "--home", str(home.root))


def typed(*words: str) -> CompletedProcess:
    """What a command says and how it exits."""
    out, err = io.StringIO(), io.StringIO()
    line = ["igwatch", *words]
    with (
        pytest.MonkeyPatch.context() as patched,
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        patched.setattr(sys, "argv", line)
        patched.setenv("IGWATCH_SETTLE_SECONDS", "0")
        patched.setattr(screen, "width", 300)
        return CompletedProcess(line, _exit_code(), out.getvalue(), err.getvalue())


def _exit_code() -> int:
    try:
        main()
    except SystemExit as end:
        return end.code or 0
    return 0
