"""The same fields as hl7apy on messages that are valid by the standard, after unescaping.

hl7apy reads a hundred messages a second and does not unescape; here it is the oracle.
"""

import random
import re

import pytest
from hl7apy.parser import parse_message

from tests.transforms.parse.hl7.hl7_file import is_balanced, read

N_MESSAGES = 8
ESCAPES = {"\\F\\": "|", "\\S\\": "^", "\\T\\": "&", "\\R\\": "~", "\\E\\": "\\"}
WORDS = [
    "IgM",
    "Total \\T\\ free",
    "10\\S\\9/L",
    "a \\F\\ b",
    "für Müller",
    "\\E\\path",
    "2472-9",
    "x",
]
STATUS = ["F", "C", "P", "X", "D"]


def valid_message(rng: random.Random) -> str:
    """An ORU^R01 of one patient with a few orders, results, notes and specimens."""
    word = lambda: rng.choice(WORDS)  # noqa: E731
    time = f"202403{rng.randint(10, 28)}{rng.randint(10, 23)}{rng.randint(10, 59)}00"
    lines = [
        f"MSH|^~\\&|LAB|NORTH|IGW||20240401081500||ORU^R01^ORU_R01|C{rng.randint(0, 99)}|P|2.5.1",
        f"PID|1||{rng.randint(0, 999):03}^^^NORTH^MR||LARK^ANNA||19{rng.randint(10, 99)}0105|F",
        f"PV1|1|I|{word()}^12^A^^^||||{word()}^{word()}",
    ]
    for order in range(1, rng.randint(2, 4)):
        lines.append(
            f"OBR|{order}|P{order}^EHR|F{order}^LAB|{word()}^{word()}^L|||{time}"
            f"|||||||||{word()}^{word()}^|||||||||F"
        )
        for result in range(1, rng.randint(2, 5)):
            lines.append(
                f"OBX|{result}|ST|{word()}^{word()}^L^{word()}^^LN|{result}|{word()}|{word()}^^UCUM"
                f"|0.4-2.3|{rng.choice('LHN')}|||{rng.choice(STATUS)}|||{time}|LAB{order}"
            )
            lines += [f"NTE|{n}|L|{word()} {word()}" for n in range(1, rng.randint(1, 4))]
        lines.append(f"SPM|1|^S{order}||SER^Serum^HL70487|||||||||||||{time}")
    return "\r".join(lines) + "\r"


def leaf(segment, field: int, component: int = 1) -> str | None:
    """A component as hl7apy has it, unescaped."""
    fields = [f for f in segment.children if f.name == f"{segment.name}_{field}"]
    parts = fields[0].to_er7().split("^") if fields else []
    text = parts[component - 1] if len(parts) >= component else ""
    return re.sub(r"\\[FSTRE]\\", lambda found: ESCAPES[found[0]], text) or None


def rows_of(message) -> list[dict[str, str | None]]:
    """One row for each OBX of a message read by hl7apy without groups."""
    rows: list[dict[str, str | None]] = []
    pid = pv1 = obr = None
    for segment in message.children:
        if segment.name == "PID":
            pid = segment
        elif segment.name == "PV1":
            pv1 = segment
        elif segment.name == "OBR":
            obr = segment
        elif segment.name == "OBX":
            rows.append(row_of(message.msh, pid, pv1, obr, segment))
        elif segment.name == "NTE":
            rows[-1]["comment"] = "\n".join(filter(None, [rows[-1]["comment"], leaf(segment, 3)]))
        elif segment.name == "SPM":
            for row in rows:
                if row["filler_order_number"] == leaf(obr, 3):
                    row |= {"specimen_id": leaf(segment, 2, 2), "specimen_type": leaf(segment, 4)}
                    row["collected_at_source_value"] = leaf(segment, 17)
    return rows


def row_of(msh, pid, pv1, obr, obx) -> dict[str, str | None]:
    return {
        "message_control_id": leaf(msh, 10),
        "sending_facility": leaf(msh, 4),
        "patient_id": leaf(pid, 3),
        "assigning_authority": leaf(pid, 3, 4),
        "birth_date_source_value": leaf(pid, 7),
        "administrative_sex": leaf(pid, 8),
        "placer_order_number": leaf(obr, 2),
        "filler_order_number": leaf(obr, 3),
        "universal_service_identifier": leaf(obr, 4),
        "result_status": leaf(obr, 25),
        "ordering_provider_id": leaf(obr, 16),
        "ordering_provider_name": leaf(obr, 16, 2),
        "attending_doctor_id": leaf(pv1, 7),
        "attending_doctor_name": leaf(pv1, 7, 2),
        "assigned_patient_location": leaf(pv1, 3),
        "set_id": leaf(obx, 1),
        "value_type": leaf(obx, 2),
        "observation_identifier": leaf(obx, 3, 1),
        "observation_text": leaf(obx, 3, 2),
        "coding_system": leaf(obx, 3, 3),
        "alternate_identifier": leaf(obx, 3, 4),
        "alternate_coding_system": leaf(obx, 3, 6),
        "observation_sub_id": leaf(obx, 4),
        "observation_value": leaf(obx, 5),
        "units": leaf(obx, 6),
        "references_range": leaf(obx, 7),
        "abnormal_flags": leaf(obx, 8),
        "observation_result_status": leaf(obx, 11),
        "producer": leaf(obx, 15),
        "comment": None,
    }


@pytest.mark.parametrize("seed", range(N_MESSAGES))
def test_field_for_field(seed, tmp_path):
    text = valid_message(random.Random(seed))
    expected = rows_of(parse_message(text, find_groups=False))
    rows = read(tmp_path, text, show_requester=True)
    assert is_balanced(rows)
    assert len(rows["observation"]) == len(expected)
    for row, by_hl7apy in zip(rows["observation"], expected, strict=True):
        assert {name: row[name] for name in by_hl7apy} == by_hl7apy
