"""The files of a batch, landed by several processes: each takes a file, the largest first.

Two that land a file each are worth nearly two; two that read one file are not, since one of them
writes all. So only a file larger than half of what remains is read in parts (hl7/parallel.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

from igwatch.base.process_pool import process_pool
from igwatch.site.facility_knowledge import message_filter_of
from igwatch.site.home import Home
from transforms.parse.facility.facility import load_facility
from transforms.parse.land import Landed, land, reland
from transforms.parse.raw.archive import archive_path

SHARED_FROM_BYTES = 64 << 20  # one process lands less before another has begun
Unit = list["PlannedFile"]


class PlannedFile(NamedTuple):
    """A delivered file by its path below the home, or one to be read again by its digest."""

    facility: str
    path: str | None
    sha256: str | None

    def size(self, home: Home) -> int:
        """Bytes; 0 for a file that is gone."""
        place = archive_path(home.root, self.sha256) if self.sha256 else home.root / str(self.path)
        return place.stat().st_size if place.exists() else 0


def land_files(
    home: Home, files: list[PlannedFile], processes: int, shared_from: int = SHARED_FROM_BYTES
) -> list[tuple[PlannedFile, Landed]]:
    """Land every file. Raises what `land` raises, and FacilityError for a bad facility file."""
    sizes = {file: file.size(home) for file in files}
    remaining = sum(sizes.values())
    if processes == 1 or remaining < shared_from:
        return _land_unit(home, processes, files)
    units = _units(files, sizes)
    done: list[tuple[PlannedFile, Landed]] = []
    while units and remaining >= shared_from and 2 * sizes[units[0][0]] > remaining:
        remaining -= sizes[units[0][0]] * len(units[0])
        done += _land_unit(home, processes, units.pop(0))
    if remaining < shared_from:
        return done + _land_unit(home, processes, [file for unit in units for file in unit])
    return done + _shared(home, processes - 1, deque(units))


def _units(files: list[PlannedFile], sizes: dict[PlannedFile, int]) -> list[Unit]:
    """The files, the largest first. Those that may hold the same bytes are landed in their order,
    by one process: the first of them is the new one."""
    units: dict[tuple[str, int], Unit] = {}
    for file in files:
        units.setdefault((file.facility, sizes[file]), []).append(file)
    return sorted(units.values(), key=lambda unit: -sizes[unit[0]])


def _shared(home: Home, helpers: int, waiting: deque[Unit]) -> list[tuple[PlannedFile, Landed]]:
    """Land what waits, in this process and in helpers; a thread for each helper hands it on."""
    land_here = partial(_land_unit, home, 1)
    with process_pool(helpers) as pool, ThreadPoolExecutor(helpers) as threads:

        def land_there(unit: Unit) -> list[tuple[PlannedFile, Landed]]:
            return pool.submit(land_here, unit).result()

        others = [threads.submit(_drain, waiting, land_there) for _ in range(helpers)]
        done = _drain(waiting, land_here)
        for other in others:
            done += other.result()
    return done


def _drain(
    waiting: deque[Unit], land_unit: Callable[[Unit], list[tuple[PlannedFile, Landed]]]
) -> list[tuple[PlannedFile, Landed]]:
    """Land units until none waits; after an error nobody begins another."""
    done: list[tuple[PlannedFile, Landed]] = []
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


def _land_unit(home: Home, processes: int, unit: Unit) -> list[tuple[PlannedFile, Landed]]:
    return [(file, _land(home, processes, file)) for file in unit]


def _land(home: Home, processes: int, file: PlannedFile) -> Landed:
    facility = load_facility(home.facility, file.facility)
    how = (home.root, facility, message_filter_of(facility), processes)
    if file.sha256:
        return reland(file.sha256, *how)
    return land(home.root / str(file.path), *how)
