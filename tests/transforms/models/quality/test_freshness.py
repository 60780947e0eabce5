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
        facility | message_at       | collected_at
        north    | 2024-03-01 10:00 | 2024-02-28 09:00
        north    | 2024-03-10 23:59 | 2024-03-10 22:00
        south    | 2024-02-01 10:00 | 2024-01-31 09:00
        """,
    )
    fresh.lay("raw.exposure", "facility | message_at\nsouth | 2024-02-05 10:00")
    fresh.build("quality.freshness")
    fresh.says(
        "quality.freshness",
        """
        facility | last_message_on | last_collected_on | days_silent | is_withheld | as_of
        north    | 2024-03-10      | 2024-03-10        | 0           | false       | 2024-03-10
        south    | 2024-02-05      | 2024-01-31        | 34          | true        | 2024-03-10
        east     |                 |                   |             | false       | 2024-03-10
        west     |                 |                   |             | true        | 2024-03-10
        """,
    )


def test_a_message_dated_after_the_clock_does_not_hide_a_silence(fresh):
    fresh.lay("raw.source_file", "facility | source_sha256\nnorth | a")
    fresh.lay("run.clock", "as_of\n2024-03-10")
    fresh.lay(
        "raw.observation",
        """
        facility | message_at       | collected_at
        north    | 2024-03-01 10:00 | 2024-02-28 09:00
        north    | 2042-03-01 10:00 | 2042-03-01 09:00
        """,
    )
    fresh.build("quality.freshness")
    fresh.says(
        "quality.freshness",
        """
        facility | last_message_on | last_collected_on | days_silent
        north    | 2024-03-01      | 2024-02-28        | 9
        """,
    )
