"""What would become of the sample's rows by a draft whose questions are not all answered yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from igwatch.draft.facility_draft import Draft, first_choices
from igwatch.inquiry.preview import preview_file
from igwatch.site.home import home_at
from igwatch.site.settings import Settings
from transforms.parse.facility.facility_file import FacilityError

_NOTHING = "no rule asks for it"
_N_REASONS = 5
LARGEST_BYTES = 32 << 20


def supposed(draft: Draft) -> Draft:
    """The draft with each open question as its first choice says, or left out; any zone."""
    settings = draft.answered(first_choices(draft.questions)).settings
    return replace(draft, settings=tuple(s for s in settings if not s.is_open))


def tried(file: Path, draft: Draft, text: str) -> Iterator[str]:
    """In words how many rows would be read and recognised by the facility file in `text`."""
    if file.stat().st_size > LARGEST_BYTES:
        return
    with TemporaryDirectory(prefix="igwatch-draft-") as folder:
        home = home_at(Path(folder)).prepare()
        path = home.facility / f"{draft.name}.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            seen = preview_file(file, draft.name, home, Settings())
        except FacilityError:
            return
    if draft.questions:
        yield "Each question answered by its first choice:"
    yield from _lines(seen)


def _lines(seen: dict[str, Any]) -> Iterator[str]:
    n_refused = sum(row["n"] for row in seen["refused"])
    reasons = ", ".join(
        f"{row['reason_code']} {row['n']:,}" for row in seen["refused"][:_N_REASONS]
    )
    refused = f"{n_refused:,} refused ({reasons})" if n_refused else "none refused"
    if seen["content"] == "exposures":
        found = [row for row in seen["exposures"] if row["meaning"] != _NOTHING]
        n = sum(row["n"] for row in found)
        groups = ", ".join(f"{row['exposure_group']} {row['n']:,}" for row in found[:10])
        yield f"{seen['n_other_rows']:,} rows would be read, {refused}."
        if n:
            yield f"{n:,} of {seen['n_other_rows']:,} are recognised: {groups}."
        else:
            yield (
                f"OF {seen['n_other_rows']:,} ROWS NONE IS RECOGNISED: in a system that is not "
                "read, or of drugs and diagnoses that no rule asks for. It screens nobody."
            )
        return
    outcomes = seen["outcomes"].items()
    ends = ", ".join(f"{n:,} {name.replace('_', ' ')}{_why(name, seen)}" for name, n in outcomes)
    yield f"{seen['n_results']:,} results would be read: {ends}; {refused}."


def _why(outcome: str, seen: dict[str, Any]) -> str:
    """The reasons of results that cannot be used, the commonest first."""
    listed = [row for row in seen["dispositions"] if row["disposition"] == outcome == "unusable"]
    reasons = ", ".join(f"{row['reason_code']} {row['n']:,}" for row in listed[:_N_REASONS])
    return f" ({reasons})" if reasons else ""
