"""A person signs the rules: pages to sign from, and what came back, looked at before it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from igwatch.base.atomic_file import write_whole
from igwatch.base.error import PipelineError
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from igwatch.site.signature_line import write_readme
from igwatch.site.signoff import (
    NOT_AGREED,
    SIGNED,
    RowState,
    SetState,
    SignOff,
    check_signoff,
    signature_state,
)
from igwatch.site.signoff_file import digest_of
from igwatch.site.ssh_signature import sign_file
from reports.page import slug
from reports.sign_page import sign_page
from warehouse.decision_record import SIGN_OFF, record
from warehouse.generation import live_run_id


def write_sign_pages(home: Home, settings: Settings) -> list[Path]:
    """Write one page per rule set to <home>/reports/sign/, with what is signed of it so far.

    Pages of rule sets that there are no more are removed. Raises IgwatchError.
    """
    folder = home.reports / "sign"
    pages = {
        folder / f"rules-{slug(each.rule_set.version)}.html": sign_page(_page_of(each))
        for each in signature_state(home, settings).sets
    }
    for stale in set(folder.glob("rules-*.html")) - pages.keys():
        stale.unlink()
    return [write_whole(path, text) for path, text in pages.items()]


def keep_signoff(
    home: Home, settings: Settings, path: Path, by: str, key: Path | None = None
) -> SignOff:
    """Take a sign-off into the home, once it is seen that its signature holds.

    key: sign it first, by this key of OpenSSH; else `<path>.sig` lies beside it. `by` is who hands
    it in, noted in the ledger. Raises IgwatchError, where nothing is kept.
    """
    if key is not None:
        sign_file(path, key)
    found = check_signoff(home, settings, path)
    content = path.read_bytes()
    digest = digest_of(content)
    kept = home.signoff / f"signoff-{digest[:16]}.csv"
    if kept.exists():
        raise PipelineError(f"{path.name} is in the home already", "nothing to do")
    signature = path.with_name(f"{path.name}.sig")
    write_whole(kept.with_name(f"{kept.name}.sig"), signature.read_bytes())
    write_whole(kept, content)
    why = f"signed by {found.answers[0].signer}"
    record(home.root, SIGN_OFF, live_run_id(home.root) or "", by, why, None, [("signoff", digest)])
    write_readme(home, settings)
    return found


def _page_of(state: SetState) -> dict[str, Any]:
    return {
        "name": state.rule_set.name,
        "version": state.rule_set.version,
        "rows": [_row(each) for each in state.rows],
        "counts": state.counts,
    }


def _row(state: RowState) -> Mapping[str, Any]:
    return {
        "kind": state.row.kind,
        "item": state.row.item,
        "sha256": state.row.sha256,
        "content": state.row.content,
        "state": state.state,
        "is_open": state.state not in (SIGNED, NOT_AGREED),
        "answers": [asdict(answer) for answer in state.answers],
    }
