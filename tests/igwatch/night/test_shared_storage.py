"""What a home asks of its file system (docs/decisions/0057): it may be a share of many machines."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.home import RESULTS_HEADER, deliver, new_home

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).resolve().parents[3]
LISTEN = """
import json, os, sys
from datetime import date
from pathlib import Path

renames = []
def heard(event, given):
    if event == "os.rename":
        renames.append([os.fsdecode(given[0]), os.fsdecode(given[1])])
sys.addaudithook(heard)

from igwatch.night import pipeline
from igwatch.site.home import home_at
from igwatch.site.settings import Settings
from transforms.parse.raw.compaction import compact_months, compacted_months, extract
home, settings = home_at(Path(sys.argv[1])), Settings(settle_seconds=0, keep_generations=1)
home.prepare()
pipeline.run_night(home, settings, date(2024, 1, 20))
compact_months(home.root, "2999-01")
(home.facility / "north.yaml").write_text("clinic: North\\n")
pipeline.run_night(home, settings, date(2024, 1, 21))
extract(home.root, "north", compacted_months(home.root, "north"))
print(json.dumps(renames))
"""


def test_no_rename_of_a_night_leads_from_one_folder_into_another(tmp_path):
    home = new_home(tmp_path)
    row = "P1,N,1980-01-05,F,,,serum,2024-01-10,2024-01-10,2472-9,LN,IgM,0.2,g/L,,,F,,"
    deliver(home, "north", "a.csv", f"{RESULTS_HEADER}\n{row}\n")
    done = subprocess.run(
        [sys.executable, "-c", LISTEN, str(home.root)],
        capture_output=True, text=True, cwd=ROOT, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    renames = [tuple(map(Path, pair)) for pair in json.loads(done.stdout.splitlines()[-1])]
    places = {after.relative_to(home.root).parts[0] for _, after in renames}
    assert {"archive", "raw", "generations", "live", "ledger", "status"} <= places
    assert [(a, b) for a, b in renames if a.parent != b.parent] == []
