"""Files landed by several processes: each takes a file, the largest first.

Two that land a file each are worth nearly two; two that read one file are not, since one of them
writes all. So only a file larger than half of what remains is read in parts (hl7/parallel.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from igwatch.base.process_pool import process_pool
from transforms.parse.facility.facility import Facility
from transforms.parse.hl7.joined import FILE_BYTES
from transforms.parse.hl7.message_filter import MessageFilter
from transforms.parse.land import Landed, land, reland
from transforms.parse.land_many import MANY, land_many
from transforms.parse.raw.archive import archive_path

SHARED_FROM_BYTES = 64 << 20  # one process lands less before another has begun
Feeds = dict[str, tuple[Facility, MessageFilter]]  # by name, and what is searched for in each
Unit = list["PlannedFile"]
Done = list[tuple["PlannedFile", Landed]]


class PlannedFile(NamedTuple):
    """A delivered file by its path below the home, or one to be read again by its digest."""

    facility: str
    path: str | None
    sha256: str | None

    def size(self, home: Path) -> int:
        """Bytes; 0 for a file that is gone."""
        place = archive_path(home, self.sha256) if self.sha256 else home / str(self.path)
        return place.stat().st_size if place.exists() else 0


def land_files(
    home: Path,
    feeds: Feeds,
    files: list[PlannedFile],
    processes: int,
    shared_from: int = SHARED_FROM_BYTES,
) -> Done:
    """Land every file below this home. Raises what `land` and `reland` raise."""
    sizes = {file: file.size(home) for file in files}
    remaining = sum(sizes.values())
    if processes == 1 or remaining < shared_from:
        return _land_unit(home, feeds, processes, files)
    units = _units(files, sizes)
    done: Done = []
    while units and remaining >= shared_from and 2 * sizes[units[0][0]] > remaining:
        remaining -= sizes[units[0][0]] * len(units[0])
        done += _land_unit(home, feeds, processes, units.pop(0))
    if remaining < shared_from:
        rest = [file for unit in units for file in unit]
        return done + _land_unit(home, feeds, processes, rest)
    return done + _shared(partial(_land_unit, home, feeds, 1), processes - 1, deque(units))


def _units(files: list[PlannedFile], sizes: dict[PlannedFile, int]) -> list[Unit]:
    """The files, the largest first. Those that may hold the same bytes are landed in their order,
    by one process: the first of them is the new one. So are a facility's small files: together."""
    units: dict[tuple[str, int], Unit] = {}
    for file in files:
        units.setdefault((file.facility, max(sizes[file], FILE_BYTES)), []).append(file)
    return sorted(units.values(), key=lambda unit: -sizes[unit[0]])


def _shared(land_here: Callable[[Unit], Done], helpers: int, waiting: deque[Unit]) -> Done:
    """Land what waits, in this process and in helpers; a thread for each helper hands it on."""
    with process_pool(helpers) as pool, ThreadPoolExecutor(helpers) as threads:

        def land_there(unit: Unit) -> Done:
            return pool.submit(land_here, unit).result()

        others = [threads.submit(_drain, waiting, land_there) for _ in range(helpers)]
        done = _drain(waiting, land_here)
        for other in others:
            done += other.result()
    return done


def _drain(waiting: deque[Unit], land_unit: Callable[[Unit], Done]) -> Done:
    """Land units until none waits; after an error nobody begins another."""
    done: Done = []
    try:
        while True:
            try:
                unit = waiting.popleft()
            except IndexError:
                return done
            done += land_unit(unit)
    except BaseException:
        waiting.clear()
        raise


def _land_unit(home: Path, feeds: Feeds, processes: int, unit: Unit) -> Done:
    done: Done = []
    small: dict[str, Unit] = {}
    for file in unit:
        if file.path and file.size(home) <= FILE_BYTES:
            small.setdefault(file.facility, []).append(file)
        else:
            done.append((file, _land(home, *feeds[file.facility], processes, file)))
    for name, files in small.items():
        if len(files) < MANY:
            done += [(file, _land(home, *feeds[name], processes, file)) for file in files]
            continue
        paths = [home / str(file.path) for file in files]
        done += zip(files, land_many(paths, home, *feeds[name]), strict=True)
    return done


def _land(
    home: Path,
    facility: Facility,
    message_filter: MessageFilter,
    processes: int,
    file: PlannedFile,
) -> Landed:
    if file.sha256:
        return reland(file.sha256, home, facility, message_filter, processes)
    path = home / str(file.path)
    try:
        return land(path, home, facility, message_filter, processes)
    except OSError as error:
        if error.filename != str(path):  # of the home, or of its disk
            raise
        return Landed("", False, left="cannot be opened")
