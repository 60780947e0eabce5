"""The worklist of codes and units that nobody mapped."""


def test_what_could_not_be_mapped_is_counted_by_code_and_reason(fresh):
    drawn = """
    facility | code | code_system | test_name | unit_source_value | reason_code            | collected_at
    north    | IGMX | L           | IgM spec  | g/L               | unmapped_code          | 2024-01-09 08:00
    north    | IGMX | L           | IgM spec  | mg/dL             | unmapped_code          | 2024-01-03 08:00
    north    | IGMX | L           | IgM spec  | g/L               | unmapped_code          | 2024-01-05 08:00
    north    | IGMX | L           | IgM spec  | g/L               | unmapped_code          | 2024-01-06 08:00
    north    | IGMX | L           | IgM spec  | g/L               | unmapped_code          | 2024-02-01 23:59
    north    | IGM  | L           | IgM       | arb.U             | unmapped_unit          | 2024-01-05 08:00
    south    | IGG  | L           | IgA       | g/L               | code_and_name_disagree | 2024-01-05 08:00
    south    | IGG  | L           | IgG       | g/L               | value_missing          | 2024-01-05 08:00
    """
    fresh.lay("core.unusable", drawn)
    fresh.build("quality.unmapped_code")
    fresh.says(
        "quality.unmapped_code",
        """
        code | test_name | units | reason_code            | n_results | first_seen_on | last_seen_on
        IGMX | IgM spec  | g/L   | unmapped_code          | 5         | 2024-01-03    | 2024-02-01
        IGM  | IgM       | arb.U | unmapped_unit          |           |               |
        IGG  | IgA       | g/L   | code_and_name_disagree |           |               |
        """,
    )


def test_a_count_that_leaves_few_of_the_known_sum_is_hidden_too(fresh):
    """Nine unusable results of a feed are told; six of one code would tell that three are others."""
    row = {"facility": "north", "reason_code": "unmapped_code"}
    for code, n in {"IGMX": 6, "IGMY": 8}.items():
        fresh.add("core.unusable", [row | {"code": code}] * n)
    fresh.add("result.disposition", [{"facility": "north", "disposition": "unusable"}] * 17)
    fresh.build("quality.unmapped_code")
    fresh.says("quality.unmapped_code", "code | n_results\nIGMX |\nIGMY | 8")
