"""The messages of the HL7 goldens, turned into FHIR by the v2-to-FHIR guide, mean the same."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest

from tests.transforms.parse.delivery import delivered
from tests.transforms.parse.fhir.guide import bundles
from tests.transforms.parse.hl7.hl7_file import read as read_v2
from tests.warehouse_in_memory import core_of
from transforms.parse.fhir import read_fhir
from transforms.parse.raw.schema import SCHEMAS

pytestmark = pytest.mark.heavy

GOLDEN = sorted((Path(__file__).parents[1] / "hl7" / "golden").glob("*.hl7"))
NAMES = [golden.stem for golden in GOLDEN]
# what a translator that goes by the guide alone makes something else of, and why
NOT_BY_THE_GUIDE = {
    "control_signs_in_results": "takes signs that nobody sees for none",
    "encoding_characters_unreadable": "reads bytes that we refuse",
    "leading_blank_before_segment_id": "reads no mended bytes",
    "line_ends_lost": "does not see that segments stand in a field",
    "lower_case_segment_ids": "reads no mended bytes",
    "message_type_missing": "does not ask for the type",
    "message_type_not_read": "does not ask for the type",
    "mllp_bytes": "reads no mended bytes",
    "nm_that_is_no_number": "has one value for a result, no repetitions",
    "nul_padding": "reads no mended bytes",
    "order_segment_missing": "takes the order before for that of an ORC alone",
    "pid_stated_twice": "takes the second PID as it is",
    "prior_results_of_an_order": "maps ORU^R01, no orders",
    "result_status": "knows the codes of table 0085, no words beginning like them",
    "results_behind_the_end_of_a_batch": "does not see the end of a batch",
    "specimen_above_the_orders": "knows the specimen below its order",
    "specimen_between_orc_and_obr": "knows the specimen below its order",
    "text_glued_to_msh": "reads no mended bytes",
    "text_results": "has no unit for a text",
    "text_that_looks_like_a_message": "takes a line that begins with MSH for a message",
    "utf16_big_endian_without_bom": "reads no mended bytes",
    "utf16_little_endian": "reads no mended bytes",
    "utf8_bom": "reads no mended bytes",
    "value_types": "knows the types of table 0125",
}
MEASURED = """
    SELECT facility, patient_id, birth_date, sex, collected_at, analyte, value_comparator,
        value_as_number, unit_ucum, class, status, laboratory_interpretation
    FROM core.measurement ORDER BY ALL
"""


def own(raw, name):
    """The rows of a feed with a name and authorities of its own, so that many share a warehouse."""
    for table, rows in raw.items():
        for row in rows:
            row["facility"] = name
            for column in SCHEMAS[table].names:
                if column.endswith("authority") and row[column]:
                    row[column] = f"{name} {row[column]}"
    return raw


@cache
def measured():
    """The measurements of every golden by name, as (of the message, of its FHIR)."""
    feeds = []
    with TemporaryDirectory() as folder:
        for golden in GOLDEN:
            lines = "".join(json.dumps(each) + "\n" for each in bundles(golden.read_bytes()))
            how = {"read": read_fhir, "zone": "Europe/Berlin"}
            feeds.append(own(read_v2(golden), f"v2 {golden.stem}"))
            feeds.append(
                own(delivered(Path(folder), lines, "a.ndjson", **how), f"fhir {golden.stem}")
            )
    tables = {
        name: pa.Table.from_pylist([row for feed in feeds for row in feed[name]], SCHEMAS[name])
        for name in SCHEMAS
    }
    found = {}
    for facility, *row in core_of(tables, date(2026, 1, 1)).execute(MEASURED).fetchall():
        found.setdefault(facility, []).append(row)
    return {name: (found.get(f"v2 {name}", []), found.get(f"fhir {name}", [])) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_the_same_measurements_come_out(name):
    of_message, of_fhir = measured()[name]
    assert (of_message == of_fhir) == (name not in NOT_BY_THE_GUIDE)


def test_most_goldens_that_measure_anything_are_compared():
    same = [name for name in NAMES if name not in NOT_BY_THE_GUIDE and measured()[name][0]]
    assert len(same) > 40
