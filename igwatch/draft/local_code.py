"""The local codes of a sample that look like immunoglobulins: what each may mean is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from igwatch.draft.facility_draft import Setting
from igwatch.draft.isotype_name import accepted_codes, isotypes, loinc_codes
from transforms.parse.facility.facility_file import UNANSWERED

_N_SHOWN = 10


@dataclass(frozen=True)
class SampleCode:
    """A code, the name and unit that most often stand beside it, and how many results have it."""

    code: str
    name: str
    unit: str
    n: int
    n_without_unit: int

    @classmethod
    def counted(cls, results: Iterable[tuple[str, str, str]]) -> list[SampleCode]:
        """The codes, in order, of results given as (code, name, unit); '' is an absent one."""
        names: dict[str, Counter[str]] = {}
        units: dict[str, Counter[str]] = {}
        for code, name, unit in results:
            if code := code.strip():
                names.setdefault(code, Counter())[name.strip()] += 1
                units.setdefault(code, Counter())[unit.strip()] += 1
        return [
            cls(code, _commonest(names[code]), _commonest(units[code]), of.total(), units[code][""])
            for code, of in sorted(names.items())
        ]


def code_settings(
    codes: Sequence[SampleCode], unit_of_values: str | None = None
) -> Iterator[Setting]:
    """`code_map` and `unit_default` for the codes that may be an immunoglobulin.

    A unit is asked for where most results of a code have none; `unit_of_values` is one that the
    file states once for all. LOINC codes need no mapping.
    """
    meant = isotypes({code.name or code.code for code in codes})
    local = [c for c in codes if c.code not in loinc_codes() and (c.name or c.code) in meant]
    for code in local:
        analyte = meant[code.name or code.code]
        sent = ", ".join(filter(None, [code.name, code.unit, f"{code.n} results"]))
        note = f"{sent}; if it is {analyte}, the total in serum, write so, else take the line out"
        yield Setting(("code_map", code.code), UNANSWERED, note, (analyte,))
    wanted = [*local, *(c for c in codes if c.code in accepted_codes())]
    for code in wanted:
        if 2 * code.n_without_unit > code.n:  # a few without one are those results' own fault
            stated = f"the header says {unit_of_values}; " if unit_of_values else ""
            note = f"{code.n_without_unit} of {code.n} results have no unit; {stated}which is it"
            choices = (unit_of_values,) if unit_of_values else ()
            yield Setting(("unit_default", code.code, "unit"), UNANSWERED, note, choices)
            note = "who decided it: name and role of a real person"
            yield Setting(("unit_default", code.code, "approved_by"), UNANSWERED, note)


def nothing_known(codes: Sequence[SampleCode]) -> tuple[str, ...]:
    """Said loudly where no code of a sample is known or looks like an immunoglobulin."""
    meant = isotypes({code.name or code.code for code in codes})
    if not codes or any(c.code in accepted_codes() or (c.name or c.code) in meant for c in codes):
        return ()
    return (
        "NO CODE OF THIS FILE IS KNOWN OR LOOKS LIKE AN IMMUNOGLOBULIN: nothing would be measured. "
        f"The commonest: {commonest_codes(codes)}.",
    )


def commonest_codes(codes: Sequence[SampleCode], fewest: int = 1) -> str:
    """The codes that most rows have, with their names and counts; none of fewer rows."""
    listed = sorted((c for c in codes if c.n >= fewest), key=lambda code: (-code.n, code.code))
    return ", ".join(
        f"{c.code} {c.name} ({c.n:,})" if c.name and c.name != c.code else f"{c.code} ({c.n:,})"
        for c in listed[:_N_SHOWN]
    )


def _commonest(texts: Counter[str]) -> str:
    filled = [text for text, _ in texts.most_common() if text]
    return filled[0] if filled else ""
