"""What each feed sent on a day, to the nearest five; a count that may be below eight is hidden."""


def lay_day(fresh, day, n_messages, **counts):
    """One day of north: its messages, then results by disposition; low_igm are measured too."""
    low = counts.pop("low_igm", 0)
    counts["measured"] = counts.get("measured", 0) + low
    numbers = range(sum(counts.values()))
    at = f"{day} 10:00"
    results = [
        {
            "facility": "north",
            "disposition": disposition,
            "message_at": at,
            "is_low_igm": disposition == "measured" and n < low,
        }
        for disposition, total in counts.items()
        for n in range(total)
    ]
    fresh.add("result.disposition", results)
    fresh.add(
        "raw.observation",
        [
            {
                "facility": "north",
                "source_sha256": day,
                "message_number": n % n_messages,
                "message_at": at,
            }
            for n in numbers
        ],
    )


def test_counts_by_day_of_the_message(fresh):
    lay_day(fresh, "2024-01-01", 10, measured=20, low_igm=6, unusable=7, superseded=9)
    lay_day(fresh, "2024-01-02", 3, measured=4)
    lay_day(fresh, "2024-01-03", 5, measured=98, unusable=2)
    lay_day(fresh, "2024-01-04", 5, measured=1, low_igm=9, not_immunoglobulin=10)
    fresh.build("quality.feed_daily")
    fresh.says(
        "quality.feed_daily",
        """
        facility | day        | n_messages | n_results | n_measured | n_unusable | n_low_igm
        north    | 2024-01-01 | 10         | 40        | 25         |            |
        north    | 2024-01-03 |            | 100       | 100        |            |
        north    | 2024-01-04 |            | 20        | 10         |            | 10
        """,
    )


def test_a_delimited_file_is_one_message_a_day(fresh):
    rows = [
        {"facility": "south", "source_sha256": sha, "message_at": "2024-01-01 10:00"}
        for sha in "abcde"
        for _ in range(2)
    ]
    fresh.add("raw.observation", rows)
    fresh.add(
        "result.disposition",
        [
            {"facility": "south", "message_at": row["message_at"], "disposition": "unusable"}
            for row in rows
        ],
    )
    fresh.build("quality.feed_daily")
    fresh.says(
        "quality.feed_daily",
        """
        facility | day        | n_messages | n_results | n_measured | n_unusable
        south    | 2024-01-01 |            | 10        |            | 10
        """,
    )
