"""Orders (OML, OMG) that bring results of before: which of their segments are results.

The OBX of the order itself say what its requester wants known and are no results. A group of prior
results begins with a PID behind an OBR, the patient as they were then, or with an ORC whose control
is PR. Any other order control but RE ends it: what follows is the new order's again.
"""

from __future__ import annotations

from transforms.parse.hl7 import datatype
from transforms.parse.hl7.er7 import FIELD

_PRIOR, _RESULTS = "PR", "RE"  # HL7 table 0119


def prior_results(ids: list[str], lines: list[str]) -> list[str]:
    """The segment ids of a message, '' where a segment is no part of prior results.

    The PID of the message itself stays; where a group has gone to another, a later group that
    states none is not read, for nobody says which of the two it is about.
    """
    has_obr = is_prior = is_other_patient = False
    kept = []
    for segment, line in zip(ids, lines, strict=True):
        if segment == "PID":
            is_prior = is_other_patient = has_obr
        elif segment == "ORC":
            control = _order_control(line)
            is_prior = is_prior and control in (_PRIOR, _RESULTS, "")
            is_prior |= control == _PRIOR and not is_other_patient
        has_obr |= segment == "OBR"
        kept.append(segment if is_prior or segment in ("MSH", "PID") else "")
    return kept


def _order_control(orc: str) -> str:
    stated = orc.split(FIELD, 2)[1:2]
    return (datatype.first(stated[0]) or "").upper() if stated else ""
