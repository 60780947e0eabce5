"""quality.verdict_outcome: the clinic's verdicts over all facilities, with small counts hidden."""


def test_the_sum_and_the_share_are_those_of_the_parts_as_they_are_shown(fresh):
    fresh.lay(
        "mart.verdict_outcome",
        """
        rule_id | rule_version | status     | facility | n_flagged | n_positive | n_negative | n_undecided | n_not_reviewed
        igm     | 1            | persistent | north    | 26        | 6          | 13         | 0           | 7
        igm     | 1            | persistent | south    | 23        | 3          | 9          | 0           | 11
        igm     | 1            | candidate  | north    | 20        | 4          | 10         | 0           | 6
        igm     | 1            | resolved   | north    | 7         | 0          | 0          | 0           | 7
        """,
    )
    fresh.lay("run.clock", "as_of\n2026-01-01")
    fresh.build("quality.verdict_outcome")
    fresh.says(
        "quality.verdict_outcome",
        """
        rule_id | status     | n_flagged | n_positive | n_negative | n_undecided | n_not_reviewed | positive_share
        igm     | persistent | 50        | 10         | 20         |             | 20             | 0.33
        igm     | candidate  | 10        |            | 10         |             |                |
        """,
    )
