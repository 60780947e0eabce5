"""link.csv: what a line must say, and what a night goes by where the file cannot be read."""

import stat

import pytest

from igwatch.site.link_file import (
    LinkFileError,
    cut_links,
    keep_links,
    kept_links,
    links_in_force,
    read_links,
)
from igwatch.site.person_hash import NUMBER, PUBLISHED, HashedPersons, person_hash
from tests.home import new_home

HEADER = (
    "facility,assigning_authority,patient_id,linked_facility,linked_assigning_authority,"
    "linked_patient_id,valid_from,valid_to,decided_by,why"
)
WHOLE = "north,NORTH,007,south,SOUTH,8,2024-01-01,,d.doe,names and address compared"


@pytest.fixture
def home(tmp_path):
    return new_home(tmp_path)


def lines(home, *rows):
    home.link.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return read_links(home.link).to_pylist()


def test_a_line_is_a_link_and_numbers_are_text(home):
    (row,) = lines(home, WHOLE)
    assert (row["line_number"], row["patient_id"], row["linked_patient_id"]) == (2, "007", "8")
    assert (str(row["valid_from"]), row["valid_to"], row["reason_code"]) == (
        "2024-01-01",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("line", "reason", "field"),
    [
        (",NORTH,,,SOUTH,8,,,d.doe,", "link_row_not_whole", "patient_id"),
        (",NORTH,7,,,8,,,d.doe,", "link_row_not_whole", "linked_assigning_authority"),
        (",NORTH,7,,SOUTH,8,,,,", "link_undecided", "decided_by"),
        (",NORTH,7,,SOUTH,8,31.1.2024,,d.doe,", "link_date_not_read", "valid_from"),
        (",NORTH,7,,SOUTH,8,,2024-02-30,d.doe,", "link_date_not_read", "valid_to"),
        (
            ",NORTH,7,,SOUTH,8,2024-02-02,2024-02-01,d.doe,",
            *("link_ends_before_it_begins", "valid_to"),
        ),
        (",NORTH,7,,NORTH,7,,,d.doe,", "link_same_identifier", "linked_patient_id"),
        (",NORTH,7,,SOUTH,8,,,d.doe,names, address", "link_row_too_long", None),
        (",SOUTH,8,,NORTH,007,2024-01-01,,d.doe,", "link_twice", None),  # turned round
    ],
)
def test_a_line_that_cannot_be_used_is_refused_and_the_rest_is_read(home, line, reason, field):
    read = lines(home, WHOLE, line, ",NORTH,9,,SOUTH,10,,,d.doe,")
    assert [(row["reason_code"], row["field"]) for row in read] == [
        (None, None),
        (reason, field),
        (None, None),
    ]


BROKEN = {
    "who,whom\n": "link.csv, line 1: header must be assigning_authority,patient_id,",
    f"{HEADER},nmae\n": "link.csv, line 1: header must be",
    b"\xff\xfe\x00": "link.csv: not UTF-8; save the file as UTF-8",
}


@pytest.mark.parametrize(("content", "said"), BROKEN.items(), ids=["unknown", "one more", "bytes"])
def test_a_file_that_cannot_be_read_is_one_line_and_the_last_good_one_holds(home, content, said):
    lines(home, WHOLE)
    keep_links(home)
    home.link.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(LinkFileError) as told:
        read_links(home.link)
    assert str(told.value).startswith(said)
    keep_links(home)
    held = links_in_force(home)
    assert (held.rows.num_rows, str(held.fault)) == (1, str(told.value))


def test_a_file_that_is_gone_ends_its_links_and_leaves_no_copy(home):
    lines(home, WHOLE)
    keep_links(home)
    assert stat.S_IMODE(kept_links(home).stat().st_mode) == 0o600
    home.link.unlink()
    keep_links(home)
    assert (links_in_force(home).rows.num_rows, kept_links(home).exists()) == (0, False)


def test_a_person_who_is_forgotten_is_taken_out_of_it_and_other_lines_stay(home):
    """By authority and number; of a file without a header that is known by the number."""
    key = b"k" * 32
    hashes = (person_hash(key, PUBLISHED, "NORTH", "007"), person_hash(key, NUMBER, "007"))
    persons = HashedPersons(key, hashes)
    other = ',NORTH,9,,SOUTH,007,,,d.doe,"compared, twice"'
    lines(home, WHOLE, other)
    keep_links(home)
    assert cut_links(home, persons) == 1
    for path in (home.link, kept_links(home)):
        assert path.read_text(encoding="utf-8") == f"{HEADER}\n{other}\n"
    home.link.write_text("who,whom\n007,8\n1,2\n", encoding="utf-8")
    assert cut_links(home, persons) == 1
    assert home.link.read_text(encoding="utf-8") == "who,whom\n1,2\n"
