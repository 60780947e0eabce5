"""One good frame per suite, drawn on its side: a line per column, then the cell of each row.

Values lie on the limit where a line has one. Cells are typed as DuckDB hands them over.
"""

from __future__ import annotations

from datetime import date

import duckdb
import pandas as pd

from tests.table import table

AS_OF = date(2024, 3, 10)

DRAWN = {
    "core.measurement": """
    column                    | 1          | 2                | 3                | 4
    measurement_id            | a:north:1  | a:north:2        | a:north:3        | a:north:4
    patient_key               | k1         | k1               | k2               | k3
    patient_id                | 10001      | 10001            | 1E5              | 10003
    assigning_authority       | NORTH      | NORTH            | NORTH            | NORTH
    source_sha256             | aa         | aa               | aa               | aa
    line_number               | 5          | 6                | 9                | 12
    position                  | 1          | 2                | 3                | 4
    analyte                   | igg        | igm              | ige              | iga
    series                    | total      | total            | total            | electrophoresis
    status                    | final      | corrected        | final            | final
    days_before_clock         | 1 | 1 | 0 | 18262
    collected_at              | 2024-03-09 | 2024-03-09 08:00 | 2024-03-10 23:59 | 2024-03-08 08:00
    resulted_at               | 2024-03-09 | 2024-03-09 08:00 |                  | 2024-03-09 12:00
    sex                       | F          | F                | M                | M
    age_days                  | 12000      | 12000            | 0                | 43000
    value_g_per_l             | 9.8        | 0.2              |                  | 2.0
    value_kiu_per_l           |            |                  | 12               |
    value_comparator          |            | <                |                  |
    unit_ucum                 | g/L        | g/L              | k[IU]/L          | g/L
    unit_conversion_id        | igg:g/L    | igm:g/L          | ige:kIU          | iga:g/L
    class                     | normal     | low              | normal           | high
    lower_limit_min           | 6.0        | 0.4              |                  | 0.8
    lower_limit_max           | 6.5        | 0.5              |                  | 0.8
    upper_limit_min           | 16.0       | 1.9              | 100              | 1.5
    upper_limit_max           | 16.5       | 2.4              | 114              | 1.5
    laboratory_interpretation | N          | L                |                  | H
    """,
    "core.panel": """
    column             | 1                | 2
    measurement_id     | a:north:1        | a:north:2
    patient_key        | k1               | k1
    index_analyte      | igg              | igm
    collected_at       | 2024-03-09 08:00 | 2024-03-09 08:00
    age_days           | 12000            | 12000
    igg_measurement_id | a:north:1        | a:north:1
    igm_measurement_id | a:north:2        | a:north:2
    igg_joined_by      | index            | specimen
    iga_joined_by      | window           |
    igm_joined_by      | specimen         | index
    lower_limit_min    | 6.0              | 0.4
    lower_limit_max    | 6.5              | 0.4
    """,
    "raw.source_file": f"""
    column        | 1                | 2
    source_sha256 | {"a" * 64}       | {"b" * 64}
    source_name   | ward/1.hl7       | results.csv
    format        | hl7v2            | csv
    content       | mixed            | results
    size_bytes    | 10               | 99
    n_messages    | 0                | 1
    n_results     | 0                | 7
    delivered_at  | 2024-03-10 01:00 | 2024-03-10 01:00
    landed_at     | 2024-03-10 01:00 | 2024-03-10 02:00
    """,
    "delivery.summary": """
    column            | 1
    n_files           | 1
    share_unusable    | 0.2
    share_unmapped    | 0.05
    share_quarantined | 0.02
    share_opposite    | 0.1
    volume_ratio      | 5.0
    share_without_unit      | 0.05
    share_future            | 0.05
    share_late              | 0.5
    share_before_collection | 0.02
    share_repeated          | 0.5
    share_born_1_january    | 0.05
    share_igm_alone         | 0.8
    share_disagreement      | 0.25
    low_ratio               | 0.5
    """,
    "level.median_shift": """
    column    | 1    | 2    | 3    | 4    | 5
    analyte   | igg  | iga  | igm  | ige  | igd
    suspicion | none | none | none | none | none
    spread_ratio | 0.5 | 2.0 | 1.0 | | 1.0
    """,
    "level.month_shift": """
    column    | 1    | 2
    suspicion | step |
    """,
    "delivery.reason": """
    column | 1   | 2
    share  | 0.1 |
    """,
    "flag.patient_flag": """
    column              | 1                | 2                        | 3
    patient_key         | k1               | k1                       | k2
    patient_id          | 10001            | 10001                    | 10002
    assigning_authority | NORTH            | NORTH                    | NORTH
    facility            | north            | north                    | north
    rule_id             | hyper_igm        | selective_igm_deficiency | selective_igm_deficiency
    status              | definite_pattern | repeat_due               | not_assessable
    status_reason       | because          | because                  | because
    grade               | strong           | complete                 |
    n_counted           | 2                | 1                        | 0
    span_days           | 32               | 0                        |
    first_evidence_at   | 2024-01-09 08:00 | 2024-01-09 08:00         |
    last_evidence_at    | 2024-03-10 23:59 | 2024-01-09 08:00         |
    repeat_due_on       |                  | 2024-03-01               |
    repeat_overdue_on   |                  | 2024-06-01               |
    urgent              | true             | false                    | false
    rule_version        | 1                | 1                        | 1
    reference_set       | PRU+MAYO         | PRU+MAYO                 | PRU+MAYO
    as_of               | 2024-03-10       | 2024-03-10               | 2024-03-10
    """,
    "tally.conservation": """
    column   | 1      | 2        | 3
    facility | north  | north    | north
    unit     | result | result   | result
    outcome  | read   | measured | unusable
    n        | 7      | 7        | 0
    balance  | 0      | 0        | 0
    """,
    "quality.conservation": """
    column        | 1      | 2        | 3
    facility      | north  | north    | north
    unit          | result | result   | result
    outcome       | read   | measured | unusable
    n             | 10     | 10       |
    is_suppressed | false  | false    | true
    """,
    "quality.feed_daily": """
    column     | 1  | 2
    n_messages | 10 |
    n_results  | 10 | 10
    n_measured | 10 |
    n_unusable | 10 |
    n_low_igm  | 10 |
    """,
    "quality.unmapped_code": """
    column    | 1
    n_results | 15
    """,
    "quality.unmapped_exposure": """
    column     | 1
    n_patients | 15
    """,
    "quality.exposure_feed": """
    column       | 1    | 2
    n_patients   | 10   |
    n_rows       |      | 10
    n_lists_held | 0    | 0
    is_screening | true | true
    """,
    "quality.screening": """
    column          | 1        | 2
    exposure_feed   | complete | none
    is_screened     | true     | false
    """,
    "quality.unusable_reason": """
    column    | 1  | 2
    n_results | 10 |
    """,
    "quality.low_share": """
    column    | 1  | 2
    n_results | 10 | 10
    n_low     | 10 |
    """,
    "quality.flag_rate": """
    column    | 1  | 2
    n_tested  | 10 | 10
    n_flagged | 10 |
    """,
    "quality.identity": """
    column                    | 1  | 2
    n_merges_refused          | 10 |
    n_results_held            | 10 |
    n_identifiers_alike       | 10 |
    n_results_unwrapped       | 10 |
    n_birth_date_placeholders | 10 |
    """,
    "quality.rule_review": """
    column    | 1
    n_overdue | 0
    """,
    "quality.unit_shift": """
    column    | 1  | 2
    n_results | 10 |
    """,
    "quality.freshness": """
    column      | 1     | 2
    days_silent | 7     |
    is_withheld | false | false
    """,
}
TYPES = {
    "line_number": "INTEGER",
    "position": "INTEGER",
    "size_bytes": "BIGINT",
    "urgent": "BOOLEAN",
    "balance": "BIGINT",
    "n": "BIGINT",
    "age_days": "INTEGER",
    "span_days": "INTEGER",
    "days_silent": "INTEGER",
    "days_before_clock": "INTEGER",
}
ENDS = {"_at": "TIMESTAMP", "_on": "DATE", "as_of": "DATE"}
STARTS = {
    "n_": "BIGINT",
    "is_": "BOOLEAN",
    "volume_": "DOUBLE",
    "low_": "DOUBLE",
    "spread_": "DOUBLE",
    "share": "DOUBLE",
    "value_g": "DOUBLE",
    "value_k": "DOUBLE",
    "lower_": "DOUBLE",
    "upper_": "DOUBLE",
}


def good_frame(suite: str) -> pd.DataFrame:
    """The drawn frame of a suite: every line of it holds."""
    columns = {row.pop("column"): list(row.values()) for row in table(DRAWN[suite])}
    cells = ", ".join(f'"{name}"::{_type(name)} AS "{name}"' for name in columns)
    texts = pd.DataFrame(columns, dtype="string")
    with duckdb.connect() as con:
        con.register("texts", texts)
        return con.sql(f"SELECT {cells} FROM texts").df()


def _type(name: str) -> str:
    if name in TYPES:
        return TYPES[name]
    ended = [kind for end, kind in ENDS.items() if name.endswith(end)]
    started = [kind for start, kind in STARTS.items() if name.startswith(start)]
    return (ended + started + ["VARCHAR"])[0]
