"""docs/new_feed.md is followed to the letter: each command runs, and says what the page shows."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "new_feed.md"
BLOCK = re.compile(r"```(sh|text)\n(.*?)```", re.DOTALL)
END = "---- end of a block ----"

pytestmark = pytest.mark.heavy


def blocks() -> list[tuple[str, list[str]]]:
    """Each block of commands, and the lines that the page shows below it."""
    found: list[tuple[str, list[str]]] = []
    for kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "sh":
            found.append((text, []))
        else:
            found[-1][1].extend(text.splitlines())
    return found


def bare(text: str) -> str:
    return " ".join(text.split())


def test_each_command_of_the_page_says_what_the_page_shows(tmp_path):
    script = "\n".join([f"{commands}\necho '{END}'" for commands, _ in blocks()])
    done = subprocess.run(
        ["bash", "-e"],
        input=script,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path), "COLUMNS": "220"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    said = done.stdout.split(END)
    assert len(said) == len(blocks()) + 1
    for (commands, shown), output in zip(blocks(), said, strict=False):
        for line in shown:
            assert bare(line) in bare(output), f"{commands}\n{output}"
