"""An ordinary user's view of files, also where the tests run as root, whom no mode stops."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

VERSION = 0x20080522
DAC_OVERRIDE, DAC_READ_SEARCH = 1 << 1, 1 << 2


@contextmanager
def ordinary_user() -> Iterator[None]:
    """This thread without root's right to pass by the modes of files (Linux)."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(VERSION, 0)
    held = (ctypes.c_uint32 * 6)()
    _done(libc.capget(header, held))
    fewer = (ctypes.c_uint32 * 6)(*held)
    fewer[0] &= ~(DAC_OVERRIDE | DAC_READ_SEARCH)
    _done(libc.capset(header, fewer))
    try:
        yield
    finally:
        _done(libc.capset(header, held))


def _done(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
