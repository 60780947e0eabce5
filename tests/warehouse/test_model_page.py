"""docs/models.md: the page of the SQL models is that of their headers and of the graph."""

import re

from igwatch.base.paths import MODELS
from warehouse.model_graph import ModelGraph
from warehouse.model_page import PAGE, model_page

GRAPH = ModelGraph.of(MODELS)


def test_the_page_is_that_of_the_headers():
    assert PAGE.read_text(encoding="utf-8") == model_page(GRAPH), "run: make models"


def test_every_model_has_one_line_after_those_of_its_chapter_that_it_reads():
    listed = re.findall(r"^\* \*\*([\w.]+)\*\*", model_page(GRAPH), re.MULTILINE)
    assert sorted(listed) == sorted(GRAPH.reads)
    for name, read in GRAPH.reads.items():
        own = {other for other in read if other.split(".")[0] == name.split(".")[0]}
        assert all(listed.index(other) < listed.index(name) for other in own & set(listed))
