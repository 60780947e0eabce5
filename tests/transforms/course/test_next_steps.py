"""What would change a state: a possible_event comes true when the event that it tells of happens."""

from datetime import timedelta
from functools import cache

import pyarrow as pa
import pytest

from tests.conformance.case import EXPOSURES, PANEL, drawn_exposures, drawn_panels, knowledge, on
from transforms.course import assessments

SELECTIVE = "selective_igm_deficiency"


def standing(row, rule=SELECTIVE):
    return next(s for s in assessed(tuple(row.items())) if s.rule_id == rule)


@cache
def assessed(row):
    """What is said of the drawn patient: working out what would change a state takes long."""
    return of(dict(row), knowledge())


def status(row):
    """The state of the drawn patient alone, without what would change it."""
    nothing_else = {"possible_event": knowledge()["possible_event"].slice(0, 0)}
    (found,) = (a for a in of(row, knowledge() | nothing_else) if a.rule_id == SELECTIVE)
    assert found.outlook == ()
    return found.flag["status"]


def of(row, known):
    facility = {"facility": "north", "exposure_feed": row.get("feed", "complete"),
                "reference_set": "PRU_EXETER+MAYO"}  # fmt: skip
    return assessments(
        "ann",
        pa.Table.from_pylist(list(drawn_panels(row)), PANEL),
        pa.Table.from_pylist(list(drawn_exposures(row)), EXPOSURES),
        pa.Table.from_pylist([facility]),
        known,
        on(row["as_of"]),
    )


def told(row, possible_event, rule=SELECTIVE):
    return [((o.on_or_after - on("0")).days, o.status) for o in standing(row, rule).outlook
            if o.possible_event == possible_event]  # fmt: skip


LOW = {"panels": "0 N/N/L", "as_of": "10"}
ANTI_CD20 = LOW | {"exposures": "definite anti_cd20 -9..5+365"}
STRONG = {"age": "6y", "panels": "0 L/L/H", "as_of": "10"}
GATED = {"age": "50y", "panels": "0 L/L/N; 40 L/L/H", "as_of": "50"}
UNSCREENED = {"panels": "0 N/N/L; 90 N/N/L; 190 N/N/L", "as_of": "200", "feed": "none"}
INFANT = {"age": "100d", "panels": "0 L/L/H", "as_of": "10"}
HIGM = "hyper_igm"

# row, rule, possible_event, [(day, state)]
TOLD = [
    (LOW, None, "time", [(90, "repeat_due"), (183, "repeat_overdue"), (366, "indeterminate")]),
    (LOW, None, "low", [(11, "candidate"), (28, "candidate"), (90, "persistent")]),
    (LOW, None, "not_selective", [(11, "not_selective")]),
    (LOW, None, "possible", [(10, "excluded_secondary")]),
    (ANTI_CD20, None, "low", [(11, "excluded_secondary"), (371, "candidate")]),
    (UNSCREENED, None, "screen_negative", [(200, "definite_pattern")]),
    (STRONG, HIGM, "strong", [(11, "candidate"), (28, "definite_pattern")]),
    (STRONG, HIGM, "replacement", [(28, "indeterminate")]),
    (STRONG, HIGM, "normal", [(11, "resolved")]),
    (GATED, HIGM, "spep_negative", [(50, "definite_pattern")]),
    (GATED, HIGM, "monoclonal", [(50, "excluded_secondary")]),
    (INFANT, HIGM, "strong", [(11, "candidate"), (83, "candidate")]),
]


@pytest.mark.parametrize(("row", "rule", "possible_event", "expected"), TOLD)
def test_what_would_change_it_and_when(row, rule, possible_event, expected):
    assert told(row, possible_event, rule or SELECTIVE) == expected


@pytest.mark.parametrize(
    "row", [LOW, ANTI_CD20, UNSCREENED], ids=["low", "anti-CD20", "unscreened"]
)
@pytest.mark.parametrize("possible_event", ["low", "not_selective", "incomplete"])
def test_a_possible_event_comes_true(row, possible_event):
    """The state that is told of a day is the state when that day's result has come."""
    panel = {"low": "N/N/L", "not_selective": "L/N/L", "incomplete": "-/-/L"}[possible_event]
    for o in standing(row).outlook:
        if o.possible_event == possible_event:
            for day in {o.on_or_after, o.until or o.on_or_after + timedelta(days=30)}:
                number = (day - on("0")).days
                then = row | {"panels": f"{row['panels']}; {number} {panel}", "as_of": str(number)}
                assert status(then) == o.status


def test_the_least_value_that_recovers_is_the_guard():
    values = {o.possible_event: o.value_g_per_l for o in standing(LOW).outlook}
    assert values["normal"] == 0.63
    recovered = {"panels": "0 N/N/L; 40 N/N/N:0.63", "as_of": "41"}
    assert status(LOW | recovered) == "resolved"
    assert status(LOW | recovered | {"panels": "0 N/N/L; 40 N/N/N:0.62"}) == "indeterminate"


def test_of_somebody_without_a_result_nothing_is_asked():
    assert standing({"panels": "", "as_of": "10"}).outlook == ()
