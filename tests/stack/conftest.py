"""test_stack.py needs the place that `make test-stack` makes for it (tests/stack/apart)."""

import os

collect_ignore = [] if "IGWATCH_STAGE" in os.environ else ["test_stack.py"]
