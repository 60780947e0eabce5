"""Processes that share a job and end with the one that began it, also when that one is killed."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process


def process_pool(n: int) -> ProcessPoolExecutor:
    """A pool of n processes, each begun afresh: what they call must be importable."""
    return ProcessPoolExecutor(n, mp_context=get_context("spawn"), initializer=_end_with_parent)


def _end_with_parent() -> None:
    threading.Thread(target=_watch_parent, daemon=True).start()


def _watch_parent() -> None:
    """Without this a worker waits for work for ever: it holds both ends of its queue."""
    if parent := parent_process():
        parent.join()
        os._exit(1)
