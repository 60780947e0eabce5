"""Numbers, names, birth dates and results that are looked for afterwards, in nights that go through
and in nights whose every step fails once: nothing of them is said, and none lies where another user
could read it. Needs root, for a disk that fills up.
"""

from __future__ import annotations

import gzip
import json
import os
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from igwatch.base.paths import ROOT
from igwatch.site.home import Home, home_at
from tests.file_text import file_texts
from tests.home import EXPOSURES_HEADER, RESULTS_HEADER, deliver
from tests.small_disk import leave, small_disk

pytestmark = pytest.mark.heavy

NUMBER, NAME, GIVEN = "QX7391846", "QUILLFEATHER", "ZEBEDEE"
RESULT, ORDER, NOTE = "0.2173914", "ORDQX55", "telephoned the mother"
NATIONAL = "943 476 5005"  # of a feed that says of which scheme it is
DOCTOR, ATTENDING, WARD = "THISTLEWOOD", "BRAMBLEBY", "KESTREL UNIT"  # of a feed that shows them
# as they are sent and as they are stored, in any case
SEEDS = (
    *(NUMBER, NAME, GIVEN, ORDER, NOTE, DOCTOR, ATTENDING, WARD, NATIONAL),
    *("2173914", "19561123", "1956-11-23", "23.11.1956"),
)
NIGHT = "2024-03-20"
LARGE, ALARMS = 1 << 32, "alarms"
STEPS = ("land", "prove", "build", "course", "check", "publish", "report")
# by itself only a task of Airflow: the command that builds follows the courses too
COURSE = """
import sys
from pathlib import Path
import igwatch.command as command
from igwatch.night import pipeline
from igwatch.site.home import Home
from igwatch.site.settings import Settings

def course():
    home = Home(Path(sys.argv[-1])).prepare()
    pipeline.course(next(home.work.glob("*/build.duckdb")).parent, Settings())

command.app = course
command.main()
"""


def csv_row(day: str, code: str, name: str, value: str) -> str:
    who = f"{NUMBER},NORTH,1956-11-23,F,{ORDER},,serum"
    return f"{who},{day},{day},{code},LN,{name},{value},g/L,,,F,,{NOTE},{NATIONAL}"


def hl7(value: str, born: str = "19561123") -> str:
    return "\r".join((
        "MSH|^~\\&|LAB|SOUTH|IGW|CLINIC|202403150815||ORU^R01|C1|P|2.5.1",
        f"PID|1||{NUMBER}^^^NORTH^MR||{NAME}^{GIVEN}||{born}|F",
        f"PV1|1|O|{WARD}||||D7^{ATTENDING}",
        f"OBR|1||{ORDER}|IGS^Immunoglobulins^L|||20240314|||||||||D9^{DOCTOR}^ANN",
        f"OBX|1|NM|2472-9^IgM^LN||{value}|g/L|0.4-2.3|L|||F",
        f"NTE|1||{NOTE}",
        "",
    ))  # fmt: skip


def fhir() -> str:
    person = {"resourceType": "Patient", "id": NUMBER, "birthDate": "1956-11-23",
              "name": [{"family": NAME, "given": [GIVEN]}]}  # fmt: skip
    unread = {"resourceType": "Observation", "subject": {"reference": f"Patient/{NUMBER}"},
              "valueString": f"{NAME} {RESULT}"}  # fmt: skip
    return "".join(json.dumps(each) + "\n" for each in (person, unread)) + f'{{"cut": "{NAME}\n'


def lay_out(home: Home) -> None:
    """Good, refused, hostile and damaged deliveries, all of one person."""
    measured = [("2472-9", "IgM", RESULT), ("2465-3", "IgG", "9.1"), ("2458-8", "IgA", "1.4")]
    rows = [csv_row(day, *each) for day in ("2024-01-10", "2024-03-14") for each in measured]
    rows += [csv_row("23.11.1956", *measured[0]), csv_row("2024-03-14", "X1", NAME, RESULT)]
    rows += [csv_row("2024-03-14", "2472-9", "IgM", f"{NAME} {RESULT}")]
    home.facility.mkdir(parents=True, exist_ok=True)
    stated = "national_identifier: {scheme: nhs_number, type: NH}\n"
    (home.facility / "north.yaml").write_text(stated, encoding="utf-8")
    header = f"{RESULTS_HEADER},national_number"
    deliver(home, "north", f"results-{NUMBER}.csv", "\n".join([header, *rows, ""]))
    exposure = f"{NUMBER},NORTH,medication,{NAME},ATC,{NOTE},1956-11-23,"
    deliver(home, "north", "exposures.csv", f"{EXPOSURES_HEADER}\n{exposure}\n")
    messages = hl7(RESULT) + hl7(f"{NAME} {RESULT}") + hl7(RESULT, f"23.11.1956 {NAME}")
    (home.facility / "south.yaml").write_text("show_requester: true\n", encoding="utf-8")
    deliver(home, "south", f"{NAME}.hl7", messages + hl7(RESULT).replace("PID|1||", f"PID|{NAME}"))
    deliver(home, "south", "cut.csv.gz", gzip.compress(rows[0].encode() * 99)[:-9])
    deliver(home, "fhir", "lines.ndjson", fhir())


class Night:
    """igwatch as cron starts it: under a umask, no terminal, its own folder for temporary files."""

    def __init__(self, folder: Path, umask: int) -> None:
        self.folder, self.umask, self.said = folder, umask, {}
        self.home = home_at(folder / "home")
        self.beside = folder / "beside"
        os.umask(umask)
        try:
            lay_out(self.home)
            self.beside.mkdir()
        finally:
            os.umask(0o022)

    def do(self, name: str, *words: str, **given: str) -> int:
        """The exit code; what was said is kept under this name."""
        heard = self.beside / ALARMS
        program = ["-c", COURSE] if words == ("course",) else ["-m", "igwatch", *words]
        done = subprocess.run(
            [sys.executable, *program, "--home", str(self.home.root)],
            capture_output=True, text=True, cwd=self.beside, timeout=300, umask=self.umask,
            env={
                "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TMPDIR": str(self.beside),
                "HOME": str(self.beside), "IGWATCH_SETTLE_SECONDS": "0",
                "IGWATCH_ALARM_COMMAND": f"sh -c 'cat >> {heard}; ulimit -c >> {heard}'",
            } | given,
        )  # fmt: skip
        self.said[name] = done.stdout + done.stderr
        return done.returncode

    def open_files(self) -> list[Path]:
        """What a user who is neither the owner nor root could come to, by modes alone."""
        found = []
        for top in (self.home.root, self.beside):
            for folder, _, names in os.walk(top):
                way = [Path(folder), *Path(folder).parents]
                if all(mode(p) & 0o011 for p in way if p.is_relative_to(top)):
                    found += [path for n in names if mode(path := Path(folder, n)) & 0o044]
        return found

    def told(self) -> dict[str, str]:
        """All that is for others or for a log: what was said, what is open, what is published of
        quality, status, pages without patients, names of files outside inbox."""
        home, texts = self.home, dict(self.said)
        public = [*self.open_files(), *home.status.rglob("*"), *self.beside.rglob("*")]
        public += [*home.generations.glob("*/quality/*"), *home.reports.glob("checks/**/*")]
        public += [*home.generations.glob("*/warehouse_quality.duckdb"), home.quality_catalogue]
        public += [*home.reports.glob("*quality*"), *home.ledger.glob("access*")]
        for path in public:
            if path.is_file():
                texts[str(path)] = " ".join(file_texts(path))
        names = [str(p.relative_to(home.root)) for p in home.root.rglob("*")]
        texts["names"] = " ".join(n for n in names if not n.startswith("inbox/"))
        return texts

    def found(self) -> set[tuple[str, str]]:
        return {
            (where, seed)
            for where, text in self.told().items()
            for seed in SEEDS
            if seed.lower() in text.lower()
        }


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture(scope="module")
def failing(tmp_path_factory):
    """A night step by step, each first on a full disk, then on one with room; what of the seeds was
    to be found after each, and how each ended."""
    with small_disk(tmp_path_factory.mktemp("seeds") / "disk") as disk:
        disk.chmod(0o711)
        night, ends, found = Night(disk, 0o000), {}, {}
        for step in STEPS:
            words = (step, "--as-of", NIGHT) if step in ("build", "prove") else (step,)
            leave(disk, 0)
            ends[step, "full"] = night.do(f"{step}, full", *words)
            leave(disk, LARGE)
            found[step, "full"] = night.found()
            if place := damaged_before(night.home).get(step):
                ends[step, "damaged"] = _on_damaged(night, place, *words)
                found[step, "damaged"] = night.found()
            ends[step, "room"] = night.do(f"{step}, room", *words)
            found[step, "room"] = night.found()
        yield night, ends, found


def damaged_before(home: Home) -> dict[str, Path]:
    """A file that a step reads, to be damaged before it: the largest of its kind."""
    kinds = {
        "build": home.raw.glob("observation/north/*.parquet"),
        "check": home.work.glob("*/build.duckdb"),
        "report": home.generations.glob("*/mart/worklist.parquet"),
    }
    found = {step: list(paths) for step, paths in kinds.items()}
    return {s: max(of, key=lambda p: p.stat().st_size) for s, of in found.items() if of}


def _on_damaged(night: Night, place: Path, *words: str) -> int:
    whole = place.read_bytes()
    place.write_bytes(whole[:4] + bytes(b ^ 0xFF for b in whole[4:200]) + whole[200:])
    code = night.do(f"{words[0]}, damaged", *words)
    place.write_bytes(whole)
    return code


def test_every_step_failed_once_and_then_went_through(failing):
    _, ends, _ = failing
    assert {key: code for key, code in ends.items() if key[1] != "room" and code != 1} == {}
    assert {
        key: code for key, code in ends.items() if key[1] == "room" and code not in (0, 3)
    } == {}


def test_no_step_that_failed_or_went_through_tells_anything(failing):
    _, _, found = failing
    assert {key: where for key, where in found.items() if where} == {}


def test_the_seeds_are_in_the_home_and_would_be_found(failing):
    night, _, _ = failing
    archived = [path for path in night.home.archive.rglob("*") if path.is_file()]
    kept = " ".join(path.read_bytes().decode("utf-8", "replace") for path in archived)
    assert {seed for seed in SEEDS if seed not in kept} == set()
    clinic = next(p for p in night.home.reports.glob("latest-*.html") if NUMBER in p.read_text())
    clinic.chmod(0o644)
    night.home.reports.chmod(0o755)
    try:
        assert (str(clinic), NUMBER) in night.found()
    finally:
        clinic.chmod(0o600)
        night.home.reports.chmod(0o700)


@pytest.mark.parametrize("umask", [0o022, 0o077], ids=["022", "077"])
def test_a_whole_night_under_any_umask_tells_nothing(tmp_path, umask):
    tmp_path.chmod(0o711)
    night = Night(tmp_path, umask)
    assert night.do("run", "run", "--as-of", NIGHT) in (0, 3), night.said["run"]
    night.do("land again, --json", "land", "--json")
    night.do("unforeseen", "build", IGWATCH_MEMORY_LIMIT=f"{NUMBER} GB")
    assert "see it on a terminal" in night.said["unforeseen"]
    assert night.found() == set()
    assert sorted(path.name for path in night.beside.iterdir() if path.name != ALARMS) == []


def test_no_process_leaves_an_image_of_its_memory(tmp_path):
    """Neither igwatch nor what it starts, also where the machine allows any size: one that is
    aborted leaves no file, and by its limit of 1 byte the kernel starts no program either."""
    aborted = (
        "import resource, subprocess, sys; sys.argv = ['igwatch', 'doctor', '--home', sys.argv[1]]\n"
        "from igwatch.command import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0], flush=True)\n"
        "subprocess.run([sys.executable, '-c', 'import os; os.abort()'])\n"
        "import os; os.abort()"
    )
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    assert most, "a machine that allows no image at all cannot show this"
    done = subprocess.run(
        [sys.executable, "-c", aborted, str(tmp_path)], capture_output=True, text=True,
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (most, most)),
    )  # fmt: skip
    assert done.returncode == -signal.SIGABRT, done.stderr
    assert done.stdout.splitlines()[-1] == "1"
    assert list(tmp_path.glob("*core*")) == []
