"""Every link of every page leads to a file or a heading that is there."""

import pytest

from tests.docs.page import ROOT, Page, pages

PAGES = pages()


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_links_lead_somewhere(page: Page):
    assert [link for link in page.links() if not leads_somewhere(page, link)] == []


def leads_somewhere(page: Page, link: str) -> bool:
    """An address elsewhere is believed: tests need no network."""
    if "://" in link or link.startswith("mailto:"):
        return True
    file, _, heading = link.partition("#")
    target = (page.path.parent / file).resolve() if file else page.path
    return target.exists() and (not heading or heading in Page(target).anchors())


def test_a_dead_link_is_seen(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("# Two words\n[a](a.md) [b](b.md) [c](#two-words) [d](a.md#three)\n")
    page = Page(path)
    assert [leads_somewhere(page, link) for link in page.links()] == [True, False, True, False]


def test_all_pages_are_looked_at():
    assert {"README.md", "docs/runbook.md", "samples/README.md"} <= {page.name for page in PAGES}
    assert all(page.path.is_relative_to(ROOT) for page in PAGES)
