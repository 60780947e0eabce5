"""Hypothesis draws the same examples in every run, and keeps nothing in the tree.

`--hypothesis-profile new` draws new ones (`make test-property`); what it finds it prints, to be kept
as a case.
"""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(Path(tempfile.gettempdir(), "igwatch-hypothesis"))
settings.register_profile("same", derandomize=True, database=None)
settings.register_profile("new", derandomize=False, database=None, print_blob=True)
settings.load_profile("same")
