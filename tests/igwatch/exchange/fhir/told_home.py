"""Two nights of two clinics, and what is exported after each: every kind of resource, and changes.

By the second night one result was corrected and its flag is gone, one patient was merged into
another, one repeat was done, and one result was sent again as it was.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from igwatch.exchange.fhir.export import export_fhir
from igwatch.site.home import Home
from tests.home import RESULTS_HEADER, SETTINGS, deliver, new_home
from tests.igwatch.nights import quick_night

Resource = dict[str, Any]

NORTH = "zone: Europe/Berlin\nclinic: Riverside Immunology\ncode_map: {IGM-S: igm}\n"
SOUTH = "zone: Europe/London\nclinic: Hillside\n"
# signs that a terminal, a page or a line would obey, in whatever a feed may write freely
HOSTILE = "<script>alert(1)</script> \u202egnp.exe\u2066 \x1b[31m \u2028 {}"
OF = {"igg": ("2465-3", "9.1"), "iga": ("2458-8", "1.4")}
FIRST, SECOND = "2024-05-01", "2024-06-20"


def panel(
    patient: str, born: str, collected: str, igm: str, code: str = "2472-9", status: str = "F",
    order: str = "", unit: str = "g/L", comment: str = "", resulted: str = "",
) -> str:  # fmt: skip
    """The lines of IgG and IgA that are normal, and of this IgM."""
    system = "LN" if code == "2472-9" else "L"
    results = [
        *((c, "LN", n, v, "g/L") for n, (c, v) in OF.items()),
        (code, system, "IgM", igm, unit),
    ]
    return "".join(
        f'{patient},NORTH,{born},F,{order},{order},serum,{collected},{resulted},{code},{system},{name},'
        f'{value},{unit},,,{status},Lab One,"{comment if code == results[-1][0] else ""}"\n'
        for code, system, name, value, unit in results
    )  # fmt: skip


NIGHT_1 = (
    panel("QX1001", "1989-01-05", "2024-01-10 08:15", "0.20", order="o1", resulted="2024-01-10 12:30")
    + panel("QX1002", "1971-11-30", "2024-01-12 09:00", "0.21", order="o2", resulted="2024-01-12 15:00")
    + panel("QX1003", "1990", "2024-03-31 02:30", "<0.05")
    + panel("QX1004", "1984-02-29", "2024-01-15", "30", code="IGM-S", unit="mg/dL", comment=HOSTILE)
    + panel("QX1005", "1965-07-01", "2024-01-16 10:00", "0.22", order="o5")
    + panel("QX1001", "1989-01-05", "2024-02-20 09:00", "haemolysed", order="o11")
)  # fmt: skip
NIGHT_2 = (
    panel("QX1001", "1989-01-05", "2024-01-10 08:15", "0.20", order="o1", resulted="2024-01-10 12:30")
    + panel("QX1002", "1971-11-30", "2024-01-12 09:00", "1.21", order="o2", status="C", resulted="2024-06-01 09:00")
    + panel("QX1001", "1989-01-05", "2024-06-10 08:30", "0.19", order="o6")
)  # fmt: skip
SOUTH_1 = panel("QX2001", "1992-12-24", "2024-04-15 23:45", "0.18", order="s1")
MERGE = (
    "assigning_authority,retired_id,surviving_id,merged_at\nNORTH,QX1005,QX1006,2024-06-01 08:00\n"
)


@dataclass(frozen=True)
class Told:
    """The home, its two runs, and the folders of what was exported."""

    home: Home
    runs: tuple[str, str]
    first: Path
    second: Path
    since: Path

    def files(self) -> list[Path]:
        return [
            p for folder in (self.first, self.second, self.since) for p in sorted(folder.iterdir())
        ]


def told(folder: Path) -> Told:
    """The nights and the exports, below a folder."""
    home = new_home(folder)
    for name, settings in (("north", NORTH), ("south", SOUTH)):
        (home.facility / f"{name}.yaml").write_text(settings, encoding="utf-8")
    deliver(home, "north", "a.csv", f"{RESULTS_HEADER}\n{NIGHT_1}")
    deliver(home, "south", "a.csv", f"{RESULTS_HEADER}\n{SOUTH_1}")
    before = quick_night(home, FIRST)
    export_fhir(home, SETTINGS, folder / "first")
    deliver(home, "north", "b.csv", f"{RESULTS_HEADER}\n{NIGHT_2}")
    deliver(home, "north", "merges.csv", MERGE)
    deliver(
        home,
        "north",
        "c.csv",
        RESULTS_HEADER + "\n" + panel("QX1006", "1965-07-01", "2024-06-05 10:00", "0.9"),
    )
    after = quick_night(home, SECOND)
    export_fhir(home, SETTINGS, folder / "second")
    export_fhir(home, SETTINGS, folder / "since", before)
    return Told(home, (before, after), folder / "first", folder / "second", folder / "since")


def bundles(file: Path) -> list[Resource]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def resources(file: Path, kind: str | None = None) -> list[Resource]:
    """Every resource of a file, of a type where one is named."""
    found = [entry["resource"] for bundle in bundles(file) for entry in bundle["entry"]]
    return [each for each in found if kind in (None, each["resourceType"])]
