"""A draw from the live night, from the frame to the forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from igwatch.base.error import PipelineError
from igwatch.inquiry.rebuild import tables_at
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from igwatch.validation.draw import draw_sample
from igwatch.validation.draw_file import write_draw
from igwatch.validation.frame import load_frame
from warehouse.generation import live_generation


def draw_night(
    home: Home,
    settings: Settings,
    n: int,
    seed: int,
    note: Callable[[str, Sequence[str]], None],
) -> dict[str, Any]:
    """Draw and write forms and key; `draw`, `strata` and `files` for who asked.

    note: is told the draw's name and the patients' identifiers before anything is written.
    Raises PipelineError.
    """
    live = live_generation(home.root)
    if live is None:
        raise PipelineError("nothing is published yet", "run: igwatch run")
    name = f"draw-{live.as_of}-{n}-{seed}"
    with tables_at(home, settings, None) as con:
        sample = draw_sample(load_frame(con, live.as_of), n, seed)
        note(name, [person.patient_id for person in sample.people])
        stated = {
            "draw": name,
            "as_of": live.as_of,
            "run_id": live.run_id,
            "rule_version": live.clock["rule_version"],
            "n": n,
            "seed": seed,
        }
        files = write_draw(home, con, sample, stated)
    strata = [
        {"stratum": each.stratum, "population": each.population, "drawn": each.drawn}
        for each in sample.strata
    ]
    return {"draw": name, "strata": strata, "files": [str(path) for path in files]}
