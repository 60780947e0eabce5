"""The picture of docs/prove.md: the demo's feeds in one night, of which one laboratory changed a code.

PICTURES=docs keeps it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from igwatch.site.home import home_at
from samples.demo_nights import deliver, write_samples
from tests.browser.test_picture import WIDTH, looked_at
from tests.igwatch.command_line import command

pytestmark = pytest.mark.heavy
SECTION = "section[aria-labelledby=canaries]"
MOST_BYTES = 150_000


def with_a_new_code(night):
    """The night with IgM sent by northgate under another code of its own."""
    files = tuple(
        (
            facility,
            name,
            content.replace(b"|IGM^", b"|IGMX^") if facility == "northgate" else content,
        )
        for facility, name, content in night.files
    )
    assert files != night.files
    return replace(night, files=files)


@pytest.fixture(scope="module")
def quality_page(tmp_path_factory) -> Path:
    home = home_at(tmp_path_factory.mktemp("proof") / "home")
    home.prepare()
    *before, last, _ = write_samples(home.root).nights  # the last of all has a slip of its own
    for night in (*before, with_a_new_code(last)):
        deliver(home.root, night)
    done = command(home, "run", "--as-of", last.as_of.isoformat())
    assert done.returncode in (0, 3), done.stderr
    (path,) = home.reports.glob("latest-quality.html")
    return path


def test_the_canaries_of_a_changed_code_are_told_on_the_picture(page, quality_page, tmp_path):
    page.open(quality_page)
    lost = page.js(
        f"[...document.querySelectorAll('{SECTION} tbody tr')].map(r => [...r.children]"
        ".map(c => c.textContent)).filter(r => r[2] === 'lost').map(r => [r[0], r[4], r[5]])"
    )
    assert {tuple(row) for row in lost} == {("northgate", "unmapped", "OBX-3")}
    path = Path(os.environ.get("PICTURES", tmp_path)) / "prove.png"
    page.picture_of(path, SECTION, WIDTH)
    looked_at(path)
    assert path.stat().st_size < MOST_BYTES
