"""The field map: named as the standard names its fields, and what the parser really reads."""

import csv
from pathlib import Path

import hl7apy
import pytest

import transforms.parse.hl7
from tests.transforms.parse.hl7.hl7_file import read
from transforms.parse.raw.schema import SCHEMAS

FILE = Path(transforms.parse.hl7.__file__).with_name("hl7_field.csv")
FIELDS = list(csv.DictReader(FILE.read_text().splitlines()))
VERSION = "2.6"  # the first to name OBX-20 to OBX-22, the last to name OBR-15
EVENT = {
    "patient": "ADT^A08",
    "merge": "ADT^A40",
    "exposure": "RDE^O11",
    "observation": "ORU^R01",
}
START = {
    "MSH": "MSH|^~\\&|LAB||||20240101||{kind}|",
    "EVN": "EVN||",
    "PID": "PID|1||7^^^7A7",
    "MRG": "MRG|8^^^7A7",
    "OBR": "OBR|1",
    "OBX": "OBX|1|ST|",
    "SPM": "SPM|1",
    "NTE": "NTE|1",
    "DG1": "DG1|1||I^n^s",
    "PR1": "PR1|1||I^n^s",
    "RXO": "RXO|C^n^s",
    "RXE": "RXE||C^n^s",
    "RXD": "RXD|1|C^n^s",
    "RXG": "RXG|1|||C^n^s",
    "RXA": "RXA|0|1|||C^n^s",
    "RXC": "RXC|B|C^n^s",
    "TQ1": "TQ1|1",
}
ORDER = {
    "patient": "MSH EVN PID",
    "merge": "MSH EVN PID MRG",
    "observation": "MSH PID OBR OBX NTE SPM",
}
ids = pytest.mark.parametrize(
    "field", FIELDS, ids=lambda f: "{table}.{column} {segment}-{field}.{component}".format(**f)
)


@ids
def test_the_standard_names_the_field_so(field):
    fields = hl7apy.load_reference(field["segment"], "Segment", VERSION)[1]
    names = {name: definition[3] for name, definition, *_ in fields}
    assert names[f"{field['segment']}_{field['field']}"] == field["hl7_name"]


@ids
def test_the_column_exists(field):
    assert field["column"] in SCHEMAS[field["table"]].names


@ids
def test_the_parser_reads_the_column_from_the_field(field, tmp_path):
    token = "20240229" if field["column"].endswith(("_at", "_date")) else "7A7"
    token = "19890105" if field["column"].startswith("birth_date") else token
    if field["column"] in ("message_type", "event"):
        token = EVENT[field["table"]].split("^")[int(field["component"]) - 1]
    (row,) = read(tmp_path, message(field, token))[field["table"]]
    found = str(row[field["column"]]).replace("-", "")
    assert found.startswith(token) or found.endswith(f" {token}")  # a line: place and text


def message(field: dict[str, str], token: str) -> str:
    """The shortest message that has the segment, with the token in the field."""
    segments = ORDER.get(field["table"], f"MSH PID ORC {field['segment']}").split()
    if field["segment"] == "TQ1":
        segments = ["MSH", "PID", "ORC", "RXE", "TQ1"]
    kind = EVENT[field["table"]]
    lines = []
    for name in segments:
        line = START.get(name, name).format(kind=kind)
        if name == field["segment"]:
            line = placed(line, int(field["field"]), int(field["component"]), token)
        lines.append(line)
    return "\r".join(lines) + "\r"


def placed(line: str, number: int, component: int, token: str) -> str:
    fields = line.split("|")
    number -= fields[0] == "MSH"
    fields += [""] * (number + 1 - len(fields))
    parts = fields[number].split("^")
    parts += [""] * (component - len(parts))
    parts[component - 1] = token
    fields[number] = "^".join(parts)
    return "|".join(fields)
