"""quality.verdict_outcome: the clinic's verdicts over all facilities, with small counts hidden."""


def test_small_parts_hide_each_other(fresh):
    fresh.lay(
        "mart.verdict_outcome",
        """
        rule_id | rule_version | status     | facility | n_flagged | n_positive | n_negative | n_undecided | n_not_reviewed
        igm     | 1            | persistent | north    | 12        | 3          | 5          | 0           | 4
        igm     | 1            | persistent | south    | 8         | 3          | 0          | 0           | 5
        igm     | 1            | candidate  | north    | 20        | 4          | 10         | 0           | 6
        igm     | 1            | resolved   | north    | 3         | 0          | 0          | 0           | 3
        """,
    )
    fresh.lay("run.clock", "as_of\n2026-01-01")
    fresh.build("quality.verdict_outcome")
    fresh.says(
        "quality.verdict_outcome",
        """
        rule_id | status     | n_flagged | n_positive | n_negative | n_undecided | n_not_reviewed | positive_share
        igm     | persistent | 20        | 6          | 5          | 0           | 9              | 0.5454545454545454
        igm     | candidate  | 20        |            |            |             |                |
        igm     | resolved   |           |            |            |             |                |
        """,
    )
