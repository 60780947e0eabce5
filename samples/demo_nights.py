"""The demonstration: three facilities, seven nights over fourteen months, and what they deliver.

`write_samples` writes the facility files and returns the nights; `deliver` puts one night's
files into the inbox as a hospital would. The same bytes every time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from samples import lakeside, northgate, riverside
from samples.background import background, ordinary_exposures
from samples.cast import NIGHTS, cast_exposures, cast_orders, patients, published_orders
from samples.data_file import FOLDER, rows
from samples.delivery import describe_facilities, private_folder, put
from samples.order import Exposure, Order
from samples.unit_swap_night import swap_orders

# facility, file name, bytes
File = tuple[str, str, bytes]

SEED = 20240603
UNREADABLE_ON = 2  # the night on which northgate sends a file that was cut off
SWAP_ON = NIGHTS[-1] + timedelta(days=1)  # the last night: northgate's unit has slipped
RESENT_ON = 4  # the night on which riverside sends the results of the night before again


@dataclass(frozen=True)
class Night:
    """One delivery: the clock of the run and its files."""

    as_of: date
    files: tuple[File, ...]


@dataclass(frozen=True)
class Samples:
    """A home whose facilities are described, and the nights to deliver into it, in order."""

    home: Path
    nights: tuple[Night, ...]


def write_samples(home: Path) -> Samples:
    """Write `home/facility/*.yaml` and return the nights to be delivered."""
    describe_facilities(FOLDER / "facility" / "demo", home / "facility")
    return Samples(home, nights())


def deliver(home: Path, night: Night) -> list[Path]:
    """Put the night's files into `home/inbox/<facility>/`, each appearing whole or not at all.

    The modification time is 20:00 UTC of the night, so that the same delivery looks the same.
    """
    delivered_at = datetime.combine(night.as_of, time(20), tzinfo=UTC).timestamp()
    paths = []
    for facility, name, content in night.files:
        folder = home / "inbox" / facility
        private_folder(folder)
        paths.append(put(folder / name, content, delivered_at))
    return paths


def nights() -> tuple[Night, ...]:
    """Every night with its files."""
    orders = [*cast_orders(), *published_orders()]
    exposures = cast_exposures(patients(orders))
    more_orders, more_exposures = background(SEED)
    orders = orders + more_orders
    exposures = [*exposures, *more_exposures, *ordinary_exposures(more_orders)]
    delivered = [_files(n, as_of, orders, exposures) for n, as_of in enumerate(NIGHTS, 1)]
    unreadable = northgate.unreadable_file(NIGHTS[UNREADABLE_ON - 1])
    delivered[UNREADABLE_ON - 1].append(("northgate", *unreadable))
    delivered[RESENT_ON - 1].append(_resent(delivered[RESENT_ON - 2]))
    delivered.append(_swap_files(more_orders))
    dates = (*NIGHTS, SWAP_ON)
    return tuple(Night(as_of, tuple(files)) for as_of, files in zip(dates, delivered, strict=True))


def _files(number: int, as_of: date, orders: list[Order], exposures: list[Exposure]) -> list[File]:
    """What the three facilities deliver in one of NIGHTS."""

    def sent(facility: str, orders_or_exposures: list) -> list:
        return [
            one
            for one in orders_or_exposures
            if one.patient.facility == facility and one.night == number
        ]

    def results(facility: str) -> list[Order]:
        return sorted(sent(facility, orders), key=lambda o: (o.resulted_at, o.number))

    merges = [
        (row["retired_id"], row["surviving_id"])
        for row in rows("cast_merge")
        if int(row["night"]) == number
    ]
    written = {
        "northgate": northgate.files(as_of, results("northgate")),
        "riverside": riverside.files(
            as_of, results("riverside"), sent("riverside", exposures), merges
        ),
        "lakeside": lakeside.files(as_of, results("lakeside"), sent("lakeside", exposures)),
    }
    return [(facility, *file) for facility, files in written.items() for file in files]


def _resent(files: list[File]) -> File:
    """Riverside's results among these files, under another name."""
    facility, name, content = next(f for f in files if f[0] == "riverside" and "ORU" in f[1])
    return facility, name.replace("ORU", "ORU_RESENT"), content


def _swap_files(orders: list[Order]) -> list[File]:
    """What is delivered on the night after NIGHTS, on which northgate's unit has slipped."""
    swapped = swap_orders(orders, len(NIGHTS) + 1, SWAP_ON)
    of = {
        name: [order for order in swapped if order.patient.facility == name]
        for name in ("northgate", "riverside")
    }
    written = {
        "northgate": northgate.files(SWAP_ON, of["northgate"]),
        "riverside": riverside.files(SWAP_ON, of["riverside"], [], []),
    }
    return [(facility, *file) for facility, files in written.items() for file in files]
