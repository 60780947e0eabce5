"""quality.unmeasured: how many were not measured, small counts hidden."""

import pytest


def measuring(n_measured: int, n_missing: int, **of: str) -> list[dict]:
    row = {"facility": "wards", "measuring_id": "car_t_interval", "exposure_group": "car_t"}
    row |= {"asks": "interval", "within_days": 92, "certainty": "C"} | of
    return [row | {"is_missing": n >= n_measured} for n in range(n_measured + n_missing)]


def shown(fresh, rows: list[dict]) -> list[tuple]:
    fresh.con.execute(
        "CREATE TABLE mart.measuring (facility VARCHAR, measuring_id VARCHAR, exposure_group VARCHAR, "
        "asks VARCHAR, within_days INTEGER, certainty VARCHAR, is_missing BOOLEAN)"
    )
    fresh.lay("run.clock", "as_of | run_id\n2026-01-01 | r")
    fresh.add("mart.measuring", rows)
    fresh.build("quality.unmeasured")
    columns = "measuring_id, n_exposed, n_measured, n_unmeasured, share_unmeasured"
    return [
        tuple(row.values())
        for row in fresh.read(f"SELECT {columns} FROM quality.unmeasured ORDER BY 1")
    ]


def test_both_parts_are_rounded_and_the_share_is_that_of_the_parts(fresh):
    """33 and 17 of 50 are shown as 35 and 15."""
    assert shown(fresh, measuring(33, 17)) == [("car_t_interval", 50, 35, 15, 0.3)]


@pytest.mark.parametrize("parts", [(33, 7), (7, 33), (33, 0)])
def test_a_row_with_few_on_either_side_is_left_out(fresh, parts):
    assert shown(fresh, measuring(*parts)) == []
