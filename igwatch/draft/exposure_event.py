"""The kind of event of each row of a sample of exposures, as stated or as first proposed."""

from __future__ import annotations

from collections.abc import Sequence

from igwatch.draft.columns import SampleColumns
from igwatch.draft.facility_draft import Setting
from igwatch.draft.sample_table import SampleTable
from transforms.parse.facility.exposure_keys import EVENT_OF_KIND, EVENTS


def proposed_events(
    table: SampleTable, columns: SampleColumns, settings: Sequence[Setting]
) -> list[str]:
    """The event of each row, by its column, else by its kind."""
    said = {s.key: str(s.choices[0] if s.is_open and s.choices else s.value) for s in settings}
    stated = {key[-1]: value for key, value in said.items() if key[0] == "exposure_event"}
    event_of = EVENT_OF_KIND | {str(kind): event for kind, event in stated.items()}
    of_file = next((value for key, value in said.items() if key[0] == "kind"), "")
    words = {str(k[1]): v for k, v in said.items() if k[0] == "exposure_kind_map"}
    kinds = _column(table, columns, "kind") or [of_file] * len(table.rows)
    sent = _column(table, columns, "event_kind") or [""] * len(table.rows)
    rows = zip(kinds, sent, strict=True)
    return [
        event if event in EVENTS else event_of.get(words.get(kind, kind.lower()), "")
        for kind, event in rows
    ]


def _column(table: SampleTable, columns: SampleColumns, name: str) -> list[str]:
    listed = columns.certain.get(name, [])
    return [cell.strip() for cell in table.column(listed[0])] if len(listed) == 1 else []
