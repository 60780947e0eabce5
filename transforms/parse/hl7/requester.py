"""Who asked for the results of an order, and where: OBR-16, ORC-12, PV1-7 and PV1-3 as sent.

They are people of the hospital, so they are read of a feed only where its facility says so
(`show_requester`); of others the columns are NULL in raw too.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.hl7 import datatype
from transforms.parse.hl7.field_column import TEXT, mapped, mapped_apart
from transforms.parse.hl7.segment_table import SegmentTable

_ORDERING = ("ordering_provider_id", "ordering_provider_name")
_ATTENDING = ("attending_doctor_id", "attending_doctor_name")
_LOCATION = "assigned_patient_location"


def requesters(segment_table: SegmentTable, is_shown: bool) -> dict[str, pa.StringArray]:
    """The columns of raw.observation that name them, one entry per order."""
    if not is_shown:
        nothing = pa.nulls(len(segment_table.obr), TEXT)
        return dict.fromkeys((*_ORDERING, *_ATTENDING, _LOCATION), nothing)
    fields = segment_table.sheet.fields
    obr, orc, pv1 = fields(segment_table.obr), fields(segment_table.orc), fields(segment_table.pv1)
    ordering = _first_stated(_people(obr[16]), _people(orc[12]))
    columns = dict(zip((*_ORDERING, *_ATTENDING), (*ordering, *_people(pv1[7])), strict=True))
    return columns | {_LOCATION: mapped(pv1[3], datatype.location)}


def _people(field: pa.StringArray) -> list[pa.StringArray]:
    """The number and the name of each person."""
    return mapped_apart(field, datatype.person, 2)


def _first_stated(
    people: Sequence[pa.StringArray], others: Sequence[pa.StringArray]
) -> list[pa.StringArray]:
    """Each person, and where nobody is stated the other: never the name of one by the other's
    number."""
    is_stated = pc.or_(pc.is_valid(people[0]), pc.is_valid(people[1]))
    return [pc.if_else(is_stated, one, other) for one, other in zip(people, others, strict=True)]
