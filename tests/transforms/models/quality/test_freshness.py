"""When each feed last spoke, as of the clock of the run."""

FILES = """
facility | source_sha256
north    | a
south    | b
east     | c
"""


def test_days_silent_by_the_latest_message_of_any_kind(fresh):
    fresh.lay("raw.source_file", FILES)
    fresh.lay("run.clock", "as_of\n2024-03-10")
    fresh.lay("run.withheld", "facility | source_sha256\nsouth | x\nwest | y")
    fresh.lay(
        "raw.observation",
        """
        facility | message_at
        north    | 2024-03-01 10:00
        north    | 2024-03-10 23:59
        south    | 2024-02-01 10:00
        """,
    )
    fresh.lay("raw.exposure", "facility | message_at\nsouth | 2024-02-05 10:00")
    fresh.build("mart.last_message", "quality.freshness")
    fresh.says(
        "quality.freshness",
        """
        facility | last_message_on | days_silent | is_withheld | as_of
        north    | 2024-03-10      | 0           | false       | 2024-03-10
        south    | 2024-02-05      | 34          | true        | 2024-03-10
        east     |                 |             | false       | 2024-03-10
        west     |                 |             | true        | 2024-03-10
        """,
    )


def test_a_message_dated_after_the_clock_does_not_hide_a_silence(fresh):
    fresh.lay("raw.source_file", "facility | source_sha256\nnorth | a")
    fresh.lay("run.clock", "as_of\n2024-03-10")
    fresh.lay(
        "raw.observation",
        """
        facility | message_at
        north    | 2024-03-01 10:00
        north    | 2042-03-01 10:00
        """,
    )
    fresh.build("mart.last_message", "quality.freshness")
    fresh.says(
        "quality.freshness",
        """
        facility | last_message_on | days_silent
        north    | 2024-03-01      | 9
        """,
    )


def test_the_last_collection_is_a_day_that_eight_patients_reach(fresh):
    """The last day of all is that of one person. Twice the same person is no second one."""
    fresh.lay("raw.source_file", "facility | source_sha256\nnorth | a\nsouth | b")
    fresh.lay("run.clock", "as_of\n2024-03-20")
    days = [*(f"2024-03-{n:02}" for n in range(1, 14)), "2042-03-01"]
    north = [
        {"facility": "north", "patient_key": f"k{n}", "collected_at": f"{day} 09:00"}
        for n, day in enumerate(days)
    ]
    again = [row | {"collected_at": "2024-03-01 10:00"} for row in north]
    fresh.add("core.measurement", north + again + [r | {"facility": "south"} for r in north[:12]])
    fresh.build("mart.last_message", "quality.freshness")
    fresh.says(
        "quality.freshness",
        """
        facility | last_collected_on
        north    | 2024-03-06
        south    |
        """,
    )
