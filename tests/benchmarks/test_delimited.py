"""`make bench-csv` reads what it says it reads: every row of every form, by every reader."""

import pytest

from benchmarks.delimited import FORMS, READERS, READERS_OF_FHIR, write
from benchmarks.delimited_fhir import FHIR

N_RESULTS = 400
PAIRS = [(form, name) for form in FORMS for name in (READERS_OF_FHIR if form == FHIR else READERS)]


@pytest.mark.parametrize(("form", "name"), PAIRS)
def test_every_reader_of_every_form_reads_all_results(tmp_path, form, name):
    path = write(tmp_path, form, N_RESULTS)
    reader = (READERS_OF_FHIR if form == FHIR else READERS)[name]
    assert reader(path, form) == N_RESULTS
