"""Messages that say everything twice, one of the two changed: make fuzz-hl7, FUZZ_SECONDS (60).

Each message is whole and true before a statement is doubled and one of the two changed; then it must
never end as a measurement. Doubled without a change it must. A failure names the seed and the message.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pytest

from tests.transforms.parse.hl7.hl7_file import read
from tests.warehouse_in_memory import core_of, rows
from transforms.parse.raw.schema import SCHEMAS

PER_BUILD = 150
UNITS = {
    "g/L": ("g/L", "G/L", "gram per liter", "mg/mL", "grams/litre"),
    "mg/dL": ("mg/dL", "MG/DL", "mg%", "milligrams per deciliter", "mg/100 ml"),
    "mg/L": ("mg/L", "ug/mL", "\xb5g/mL", "mcg/ml"),
}
FACTOR = {"g/L": 1, "mg/dL": 100, "mg/L": 1000}
TESTS = {
    "igg": ("2465-3", "IgG", "Immunoglobulin G", "Immunoglobulin G, Serum"),
    "iga": ("2458-8", "IgA", "Immunoglobulin A", "Immunoglobulin A, Serum"),
    "igm": ("2472-9", "IgM", "Immunoglobulin M", "Immunoglobulin M, Serum"),
}
RANGE = {"igg": (7, 16), "iga": (0.7, 4), "igm": (0.4, 2.3)}
BLOOD = ("SER", "Serum", "PLAS", "BLD", "119364003")
OTHER = ("CSF", "Cerebrospinal fluid", "UR", "Urine", "SAL", "Pleural fluid", "BLDCO", "258450006")
TYPES = ("TM", "DT", "TS", "IS", "ID", "CE", "ED", "RP", "CWE", "DTM")


class Sent(NamedTuple):
    """A message, and whether it contradicts itself (`how`)."""

    lines: list[str]
    how: str | None


def message(rng: random.Random, number: int) -> Sent:
    """A message of one result; two in three contradict themselves in one place."""
    analyte, unit = rng.choice(list(TESTS)), rng.choice(list(UNITS))
    low, high = (edge * FACTOR[unit] for edge in RANGE[analyte])
    value, spelt = rng.uniform(low * 1.3, high * 0.8), rng.choice(UNITS[unit][:2])
    code, *names = TESTS[analyte]
    obx = ["OBX", "1", "NM", f"{code}^{rng.choice(names)}^LN", "", _plain(value), spelt]
    obx += [f"{low:g}-{high:g}", "N", "", "", "F"]
    parts = {
        "OBX": obx,
        "OBR-4": "IGS^Immunoglobulins^L",
        "OBR-15": "",
        "SPM-4": "SER^Serum^HL70487",
    }
    how = rng.choice(list(CHANGES)) if rng.random() < 0.67 else None
    if how:
        CHANGES[how](rng, parts, analyte, unit)
    elif rng.random() < 0.5:  # the same, said twice
        obx[6] = f"{spelt}^{rng.choice(UNITS[unit])}^UCUM^{rng.choice(UNITS[unit])}"
        obx[3] += f"^L{number}^{rng.choice(names)}^L"
        obx[7] += f" {rng.choice(UNITS[unit])}"
        parts["OBR-15"] = rng.choice(BLOOD)
    obr = ["OBR", "1", "", f"F{number}", parts["OBR-4"], "", "", "20240314091500", *[""] * 7]
    return Sent(
        [
            f"MSH|^~\\&|LAB|NORTH|IGW|CLINIC|20240315081500||ORU^R01|M{number}|P|2.5.1",
            f"PID|1||{number}^^^NORTH^MR||||19800101|F",
            "|".join([*obr, parts["OBR-15"]]),
            "|".join(parts["OBX"]),
            f"SPM|1|S{number}||{parts['SPM-4']}",
        ],
        how,
    )


def _plain(number: float) -> str:
    return f"{float(f'{number:.3g}'):g}"


def _other_unit(rng: random.Random, unit: str) -> str:
    return rng.choice(UNITS[rng.choice([other for other in UNITS if other != unit])])


def _other_test(rng: random.Random, analyte: str) -> tuple[str, ...]:
    return TESTS[rng.choice([other for other in TESTS if other != analyte])]


def unit_twice(rng, parts, analyte, unit):
    stated, other = parts["OBX"][6], _other_unit(rng, unit)
    shape = rng.choice(
        [
            "{0}^{1}",
            "{0}^^L^{1}",
            "{0}^^UCUM^{1}",
            "{1}^^L^{0}^^L",
            "{0}~{1}",
            "{0}&{1}",
            "^^^{0}^{1}",
        ]
    )
    parts["OBX"][6] = shape.format(stated, other)


def unit_in_range(rng, parts, analyte, unit):
    stated = parts["OBX"][7]
    shape = rng.choice(["{0} {1}", "{0}{1}", "({0}) {1}", "{1} {0}", "{0} [{1}]"])
    parts["OBX"][7] = shape.format(stated, _other_unit(rng, unit))


def unit_in_value(rng, parts, analyte, unit):
    parts["OBX"][2] = "ST"
    parts["OBX"][5] += f" {_other_unit(rng, unit)}"


def scale_of_range(rng, parts, analyte, unit):
    low, high = parts["OBX"][7].split("-")
    factor = rng.choice([0.01, 0.001, 100, 1000])
    parts["OBX"][7] = f"{float(low) * factor:.10g}-{float(high) * factor:.10g}"


def code_twice(rng, parts, analyte, unit):
    code, *names = _other_test(rng, analyte)
    shape = rng.choice(
        ["^{0}^{1}^LN", "^{0}^^LN", "^{0}^{1}^L", "^^{1}", "~{0}^{1}^LN", "^^^^^^{1}"]
    )
    parts["OBX"][3] += shape.format(code, rng.choice(names))


def name_of_another(rng, parts, analyte, unit):
    code, _, system = parts["OBX"][3].split("^")
    parts["OBX"][3] = f"{code}^{rng.choice(_other_test(rng, analyte)[1:])}^{system}"


def specimen_twice(rng, parts, analyte, unit):
    other = rng.choice(OTHER)
    field = rng.choice(["SPM-4", "SPM-4~", "OBR-15", "OBR-15^", "OBR-4", "OBX-3"])
    if field == "SPM-4":
        parts["SPM-4"] += f"^{other}"
    elif field == "SPM-4~":
        parts["SPM-4"] += f"~{other}"
    elif field == "OBR-15":
        parts["OBR-15"] = other
    elif field == "OBR-15^":
        parts["OBR-15"] = f"SER^^{other}"
    elif field == "OBR-4":
        parts["OBR-4"] = f"X1^Immunoglobulins, {rng.choice(['CSF', 'urine', 'saliva', 'cord'])}^L"
    else:
        parts["OBX"][3] += f"^X1^Immunoglobulin, {rng.choice(['CSF', 'urine', 'saliva', 'cord'])}"


def value_type(rng, parts, analyte, unit):
    parts["OBX"][2] = rng.choice(TYPES)


def flag(rng, parts, analyte, unit):
    low, high = map(float, parts["OBX"][7].split("-"))
    parts["OBX"][7] = ""
    parts["OBX"][5], parts["OBX"][8] = rng.choice(
        [(_plain(high * 5), "L"), (_plain(high * 5), "LL"), (_plain(low / 12), "N"),
         (_plain(low / 12), "H"), (_plain(low * 1.6), "LL"), (_plain(low * 1.6), "L~H")]
    )  # fmt: skip


def kind(rng, parts, analyte, unit):
    parts["OBX"] += [""] * (29 - len(parts["OBX"])) + [rng.choice(["QST", "SCI", "AOE^x"])]


CHANGES = {
    change.__name__: change
    for change in (
        unit_twice,
        unit_in_range,
        unit_in_value,
        scale_of_range,
        code_twice,
        name_of_another,
        specimen_twice,
        value_type,
        flag,
        kind,
    )
}


def check(folder: Path, seed: int) -> None:
    rng = random.Random(seed)
    sent = {str(number): message(rng, number) for number in range(1, PER_BUILD + 1)}
    content = "".join(line + "\r" for one in sent.values() for line in one.lines)
    read_rows = read(folder, content)
    raw = {n: pa.Table.from_pylist(r, schema=SCHEMAS[n]) for n, r in read_rows.items() if r}
    con = core_of(raw)
    measured = {number for (number,) in rows(con, "SELECT patient_id FROM core.measurement")}
    wrong = [one for number, one in sent.items() if (number in measured) != (one.how is None)]
    told = [f"{one.how}\n" + "\n".join(one.lines) for one in wrong]
    assert wrong == [], f"FUZZ_SEED={seed}\n" + "\n".join(told)
    ended = rows(con, "SELECT count(*) FROM result.disposition")
    assert ended == [(PER_BUILD,)]


def test_one_build_of_contradictions(tmp_path):
    check(tmp_path, seed=1)


@pytest.mark.heavy
def test_contradictions(tmp_path):
    end = time.monotonic() + float(os.environ.get("FUZZ_SECONDS", "60"))
    seed = int(os.environ.get("FUZZ_SEED", time.time()))
    n = 0
    while n == 0 or time.monotonic() < end:
        check(tmp_path, seed + n)
        n += 1
