"""The plot of a course: what is drawn of each result, limit, exposure and state."""

import re
from xml.etree import ElementTree

import pytest

from reports.course_plot import course_svg
from reports.course_plot_rows import HIGH, INK, LOW, course_rows, limit_text

ALL = ("igg", "iga", "igm", "ige")


def drawn(patient) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(str(course_svg(patient))))


def texts(patient) -> list[str]:
    return [node.text for node in drawn(patient) if node.tag == "text"]


def test_it_is_one_labelled_picture_without_anything_that_runs_or_loads(patients):
    svg = str(course_svg(patients["anna"]))
    assert svg.startswith("<svg")
    assert 'role="img"' in svg
    assert 'aria-label="IgG, IgA, IgM, IgE from 10 Jan 2026 to 20 Nov 2026' in svg
    assert not re.search(r"<script|<style|style=|href|xmlns|url\(|on\w+=|id=", svg)


def test_each_counted_result_has_a_ring(patients):
    rings = [
        n
        for n in drawn(patients["anna"])
        if n.tag == "circle" and n.get("stroke") == INK and n.get("fill") in (None, "none")
    ]
    assert len(rings) == 3


def test_a_bound_is_a_triangle_pointing_the_way_the_value_lies(patients):
    triangles = {
        row["shape"]
        for row in course_rows(patients["boy"], ALL[:3])["result"]
        if row["analyte"] == "iga"
    }
    assert triangles == {"triangle-down"}
    patients["boy"].series["igm"][0]["value_comparator"] = ">"
    shapes = [
        row["shape"]
        for row in course_rows(patients["boy"], ALL[:3])["result"]
        if row["analyte"] == "igm"
    ]
    assert shapes == ["triangle-up", "circle"]


def test_low_and_high_have_a_colour_and_values_are_written(patients):
    nodes = drawn(patients["boy"])
    assert {LOW, HIGH} <= {node.get("fill") for node in nodes}
    assert {"0.6", "<0.07", "2.4"} <= set(texts(patients["boy"]))


def test_both_lower_and_both_upper_limits_are_the_edges_of_the_band(patients):
    row = course_rows(patients["anna"], ("igm",))["limit"][0]
    assert [
        row[name]
        for name in ("lower_limit_min", "lower_limit_max", "upper_limit_min", "upper_limit_max")
    ] == [0.4, 0.5, 1.9, 2.93]
    assert {"0.4–0.5", "1.9–2.93"} <= set(texts(patients["anna"]))


def test_limits_on_which_the_tables_agree_are_written_once():
    assert limit_text({"lower_limit_min": 0.4, "lower_limit_max": 0.4}, "lower") == "0.4"
    assert limit_text({"upper_limit_min": None, "upper_limit_max": None}, "upper") == ""


def test_an_exposure_is_a_bar_to_the_end_of_its_look_back(patients):
    rows = course_rows(patients["jost"], ("igm",))
    bar = rows["exposure"][0]
    assert bar["label"] == "◂ Clozapine 100 mg tablets"
    assert bar["at"] == rows["limit"][0]["at"]
    assert bar["to"] == rows["limit"][-1]["at"]


def test_a_drug_without_bearing_on_the_rules_is_not_drawn(patients):
    assert course_rows(patients["dora"], ("igm",))["exposure"] == []


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("anna", ["candidate", "persistent", "definite pattern"]),
        ("bert", ["candidate", "repeat due", "repeat overdue"]),
        ("ines", ["candidate", "resolved"]),
        ("jost", ["secondary cause"]),
    ],
)
def test_states_along_the_axis(patients, name, states):
    rows = course_rows(patients[name], ("igm",))["state"]
    assert [row["label"] for row in rows if row["to"] > row["at"]] == states


def test_an_isotype_that_was_never_measured_has_no_panel(patients):
    assert "IgG" not in texts(patients["olga"])
    assert "IgM" in texts(patients["olga"])


def test_a_patient_without_a_number_has_no_plot(patients):
    patients["lina"].results.clear()
    assert course_svg(patients["lina"]) is None


def test_a_hostile_name_is_text_in_the_plot(patients):
    patients["jost"].exposures[0]["name"] = "<script>alert(1)</script>\u202e&\x00"
    svg = str(course_svg(patients["jost"]))
    assert "<script" not in svg
    assert "&lt;script&gt;alert(1)&lt;/script&gt;‹U+202E›&amp;‹U+0000›" in svg
