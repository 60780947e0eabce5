"""The field map: named as the standard names its fields, and what the parser really reads."""

import csv
import re
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
    "ORC": "ORC||1|2",
    "OBR": "OBR|1",
    "OBX": "OBX|1|ST|",
    "SPM": "SPM|1",
    "NTE": "NTE|1",
    "DG1": "DG1|1||I^n^s",
    "PR1": "PR1|1||I^n^s",
    "PRB": "PRB|||I^n^s",
    "FT1": "FT1|1||||||I^n^s",
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
    "observation": "MSH PID PV1 ORC OBR OBX NTE SPM",
}
# of which exposure a segment tells that is none itself
ABOUT = {"ORC": "RXE", "TQ1": "RXE TQ1", **dict.fromkeys(["MSH", "EVN", "PID", "PV1"], "DG1")}
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
    token = "D14" if field["column"] == "duration_days" else token
    if field["column"] in ("message_type", "event"):
        token = kind_of(field).split("^")[int(field["component"]) - 1]
    (row,) = read(tmp_path, message(field, token), show_requester=True)[field["table"]]
    found = str(row[field["column"]]).replace("-", "")
    assert token.removeprefix("D") in re.split(r"[\s/^]", found)  # also in a line: place and text


def kind_of(field: dict[str, str]) -> str:
    """The kind of message that has the field; only an ADT's event is kept with an exposure."""
    is_event = (field["table"], field["column"]) == ("exposure", "event")
    return EVENT["patient" if is_event else field["table"]]


def message(field: dict[str, str], token: str) -> str:
    """The shortest message that has the segment, with the token in the field."""
    about = ABOUT.get(field["segment"], field["segment"])
    order = "ORC" if about.startswith("RX") else ""
    segments = ORDER.get(field["table"], f"MSH EVN PID PV1 {order} {about}").split()
    kind = kind_of(field)
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
