"""Nothing vanishes: every unit read ends in one place, and what anybody may see of it."""

from expectations.check import unbalanced

FILES = """
facility | source_sha256 | format     | content | n_messages | n_results | skipped | n_other_rows
north    | a             | hl7v2      | mixed   | 9          | 40        | 10      | 9
north    | b             | csv        | results | 1          | 8         | 0       | 0
north    | c             | unreadable | mixed   | 0          | 0         | 0       | 0
north    | f             | csv        | results | 1          | 20        | 0       | 0
south    | d             | csv        | results | 1          | 6         | 0       | 0
south    | e             | csv        | merges  | 1          | 0         | 0       | 7
""".replace("skipped", "n_results_skipped")
REJECTS = """
facility | source_sha256 | level   | unit    | message_number | n_results
north    | a             | file    | file    |                | 0
north    | a             | message | result  | 3              | 6
north    | a             | message | result  | 4              | 1
north    | a             | message | message | 5              | 0
north    | b             | row     | result  |                | 1
north    | a             | message | merge   | 6              | 0
north    | c             | file    | file    |                | 0
north    | f             | file    | file    |                | 20
south    | e             | row     | merge   |                | 0
"""


def disposed(facility, source, **counts):
    return [
        {"facility": facility, "source_sha256": source, "disposition": disposition}
        for disposition, n in counts.items()
        for _ in range(n)
    ]


def lay_night(fresh):
    fresh.lay("raw.source_file", FILES)
    fresh.lay("raw.reject", REJECTS)
    fresh.add("result.disposition", disposed("north", "a", measured=14, superseded=5, unusable=4))
    fresh.add("result.disposition", disposed("north", "b", measured=6, not_immunoglobulin=1))
    fresh.add("result.disposition", disposed("south", "d", measured=6))
    fresh.add(
        "raw.observation",
        [{"facility": "north", "source_sha256": "a", "message_number": n} for n in (1, 2, 4, 9)],
    )
    exposures = [{"facility": "north", "source_sha256": "a", "message_number": 7}] * 8
    fresh.add("raw.exposure", exposures)
    merges = [{"facility": "south", "source_sha256": "e", "position": n} for n in range(6)]
    fresh.add("raw.merge", merges)
    fresh.build(
        "tally.message",
        "tally.file",
        "tally.conservation",
        "quality.conservation",
    )


def test_everything_read_ends_in_one_place(fresh):
    lay_night(fresh)
    fresh.says(
        "tally.conservation",
        """
        facility | unit    | outcome            | n  | balance
        north    | file    | read               | 4  | 0
        north    | file    | used               | 2  | 0
        north    | file    | quarantined        | 2  | 0
        north    | message | read               | 11 | 0
        north    | message | used               | 7  | 0
        north    | message | quarantined        | 4  | 0
        north    | result  | read               | 68 | 0
        north    | result  | measured           | 20 | 0
        north    | result  | superseded         | 5  | 0
        north    | result  | not_immunoglobulin | 11 | 0
        north    | result  | unusable           | 4  | 0
        north    | result  | quarantined        | 28 | 0
        north    | exposure | read              | 8  | 0
        north    | exposure | used              | 8  | 0
        north    | exposure | quarantined       | 0  | 0
        north    | merge   | read               | 1  | 0
        north    | merge   | used               | 0  | 0
        north    | merge   | quarantined        | 1  | 0
        south    | file    | read               | 2  | 0
        south    | file    | used               | 2  | 0
        south    | file    | quarantined        | 0  | 0
        south    | message | read               | 2  | 0
        south    | message | used               | 2  | 0
        south    | message | quarantined        | 0  | 0
        south    | result  | read               | 6  | 0
        south    | result  | measured           | 6  | 0
        south    | result  | superseded         | 0  | 0
        south    | result  | not_immunoglobulin | 0  | 0
        south    | result  | unusable           | 0  | 0
        south    | result  | quarantined        | 0  | 0
        south    | merge   | read               | 7  | 0
        south    | merge   | used               | 6  | 0
        south    | merge   | quarantined        | 1  | 0
        """,
    )
    assert unbalanced(fresh.read("FROM tally.conservation")) == []


def test_a_result_that_vanished_is_found(fresh):
    lay_night(fresh)
    fresh.con.execute("DELETE FROM result.disposition WHERE disposition = 'superseded'")
    fresh.build("tally.message", "tally.file", "tally.conservation")
    assert unbalanced(fresh.read("FROM tally.conservation")) == [
        {"facility": "north", "unit": "result", "n_read": 68, "n_accounted_for": 63, "balance": 5}
    ]


def test_a_row_of_a_message_that_was_never_read_is_found(fresh):
    lay_night(fresh)
    fresh.lay("raw.patient", "facility | source_sha256 | message_number\nnorth | a | 10")
    fresh.build("tally.message", "tally.file", "tally.conservation")
    (fault,) = unbalanced(fresh.read("FROM tally.conservation"))
    assert (fault["unit"], fault["balance"]) == ("message", -1)


def test_what_was_read_is_the_sum_of_what_is_shown(fresh):
    """116 read beside 80 and 20 would tell of the few that a sum of its own leaves."""
    fresh.lay(
        "tally.conservation",
        """
        facility | unit   | outcome     | n   | balance
        one      | result | read        | 116 | 0
        one      | result | measured    | 81  | 0
        one      | result | superseded  | 19  | 0
        one      | result | unusable    | 12  | 0
        one      | result | quarantined | 0   | 0
        two      | result | read        | 30  | 0
        two      | result | measured    | 17  | 0
        two      | result | unusable    | 13  | 0
        few      | result | read        | 24  | 0
        few      | result | measured    | 12  | 0
        few      | result | unusable    | 12  | 0
        """,
    )
    fresh.build("quality.conservation")
    fresh.says(
        "quality.conservation",
        """
        facility | unit   | outcome     | n   | is_suppressed
        one      | result | read        | 100 | false
        one      | result | measured    | 80  | false
        one      | result | superseded  | 20  | false
        one      | result | unusable    |     | true
        one      | result | quarantined |     | true
        two      | result | read        | 30  | false
        two      | result | measured    | 15  | false
        two      | result | unusable    | 15  | false
        """,
    )
