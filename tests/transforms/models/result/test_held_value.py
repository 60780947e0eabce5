"""Results held for their size or unit alone: their value is kept for the feed's level."""

from tests.warehouse_in_memory import core, rows


def test_only_what_is_held_for_size_or_unit_is_kept():
    con = core("""
        patient_id | analyte | collected_at        | observation_value | units | references_range
        ann        | igg     | 2024-01-10 08:00:00 | 950               | g/L   |
        bob        | igg     | 2024-01-10 08:00:00 | 16                | g/L   | 700-1600
        cem        | igg     | 2024-01-10 08:00:00 | 9.5               | g/L   |
        dia        | igg     | 2024-01-10 08:00:00 | haemolysed        | g/L   |
        eve        | igg     | 2024-01-10 08:00:00 | 9.5               | pints |
        """)
    assert rows(con, "SELECT value_normalised FROM result.value_in_doubt ORDER BY ALL") == [
        (16.0,),
        (950.0,),
    ]
    assert rows(con, "SELECT sum(n_results) FROM level.value_tally") == [(3,)]
