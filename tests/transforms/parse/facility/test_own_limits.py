"""A facility's own limits: read whole and signed, refused in one line, used on both sides of an edge."""

from datetime import date, timedelta

import pytest

from igwatch.night.partition import PERSONAL_CHAPTERS
from igwatch.site.facility_knowledge import own_limits
from igwatch.site.home import home_at
from tests.warehouse_in_memory import MODELS, core, rows
from transforms.knowledge import load_knowledge
from transforms.parse.facility.facility import Facility, load_facility
from transforms.parse.facility.own_limits import COLUMNS, LimitError
from warehouse.build_models import build_models

CHILD = "OURS,igm,F,0,6575,0.30,2.00,g/L,A,validation 2024-7,A. Person,2024-09-01"
ADULT = "OURS,igm,F,6575,,0.45,2.50,g/L,A,validation 2024-7,A. Person,2024-09-01"
MAN = "OURS,igm,M,0,,0.40,2.40,g/L,A,validation 2024-7,A. Person,2024-09-01"


@pytest.fixture
def home(tmp_path):
    home = home_at(tmp_path).prepare()
    (home.facility / "north.yaml").write_text("reference_set: OURS\n")
    return home


def limits(home, *lines):
    path = home.facility / "north.limits.csv"
    path.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n")
    return own_limits(home, [load_facility(home.facility, "north")])


@pytest.mark.parametrize(
    ("age_days", "class_"),
    [
        (6574, {"0.29": "low", "0.30": "normal", "2.00": "normal", "2.01": "high"}),
        (6575, {"0.44": "low", "0.45": "normal", "2.50": "normal", "2.51": "high"}),
    ],
)
def test_both_sides_of_an_edge(home, age_days, class_):
    con = core(
        "analyte | birth_date | collected_at | filler_order_number | observation_value\n"
        + "\n".join(
            f"igm | 2000-01-01 | {_day(age_days)} 08:00:00 | A{n} | {value}"
            for n, value in enumerate(class_)
        ),
        facility={"reference_set": "OURS"},
    )
    con.register("own", limits(home, CHILD, ADULT, MAN))
    con.execute("INSERT INTO knowledge.reference_interval FROM own")
    build_models(con, MODELS, PERSONAL_CHAPTERS)
    found = dict(rows(con, "SELECT value_source_value, class FROM core.measurement"))
    assert found == class_


def _day(age_days):
    return date(2000, 1, 1) + timedelta(days=age_days)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([CHILD.replace(",6575,", ",6570,"), ADULT, MAN], "leaves a gap"),
        ([CHILD.replace(",6575,", ",6580,"), ADULT, MAN], "overlaps the next"),
        ([CHILD.replace(",F,", ",U,"), ADULT, MAN], "OURS, igm, M: the band from 0 days"),
        ([MAN.replace(",A,validation", ",D,validation")], "line 2: certainty must be A, B or C"),
        ([MAN.replace(",A. Person,", ",,")], "line 2: approved_by must be filled"),
        ([MAN.replace(",validation 2024-7,", ",,")], "line 2: source must be filled"),
        ([MAN.replace("2024-09-01", "1.9.2024")], "line 2: approved_on must be a date"),
        ([MAN.replace("g/L", "mg/dL")], "its limits in g/L"),
        ([MAN.replace("igm", "igx")], "analyte must be one of"),
        ([MAN.replace(",M,", ",X,")], "sex must be F, M or U"),
        ([MAN.replace("0.40", "3.40")], "is not below its upper"),
        ([MAN.replace("0.40", "0,4")], "line 2"),
        ([MAN.replace("0.40", "-1")], "lower_limit must not be negative"),
        ([MAN.replace("OURS", "MAYO")], "be no published table's"),
        ([MAN.replace("OURS", "THEIRS")], "reference_set names OURS"),
        ([], "reference_set names OURS"),
    ],
)
def test_what_is_not_whole_is_refused_in_one_line(home, lines, message):
    with pytest.raises(LimitError) as refused:
        limits(home, *lines)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_two_facilities_may_not_share_a_name(home):
    limits(home, MAN)
    (home.facility / "south.limits.csv").write_text(
        (home.facility / "north.limits.csv").read_text()
    )
    with pytest.raises(LimitError, match="another facility"):
        own_limits(home, [Facility(name="north", reference_set="OURS"), Facility(name="south")])


def test_without_a_file_there_is_nothing_of_its_own(home):
    (home.facility / "north.yaml").unlink()
    found = own_limits(home, [load_facility(home.facility, "north")])
    assert found.num_rows == 0
    assert found.schema == load_knowledge()["reference_interval"].schema
