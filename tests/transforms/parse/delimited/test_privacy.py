"""A reject says where and what shape, and holds nothing of the patient."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.parse.delivery import delivered
from transforms.parse.delimited.refusal import outline
from transforms.parse.raw.reject import shape

SECRETS = ["Zaphod", "4242424242", "1952-03-11", "7.7731", "Beeblebrox"]
HEADER = "patient_id,birth_date,collected_at,code,value,comment"
BAD_ROWS = [
    "4242424242,1952-03-11,never Zaphod,IGM,7.7731,Beeblebrox",
    "4242424242,1952-03-11,2024-01-31,IGM,7.7731",
    '4242424242,1952-03-11,2024-01-31,IGM,"7.7731,Beeblebrox',
    "4242424242E,1952-03-11,2024-01-31,,7.7731,Zaphod Beeblebrox",
    "Zaphod Beeblebrox 4242424242",
    "4.242424242E+15,1952-03-11,2024-01-31,IGM,7.7731,x",
]


@pytest.mark.parametrize("row", BAD_ROWS)
def test_no_value_of_a_refused_row_is_repeated(tmp_path, row):
    rows = delivered(tmp_path, f"{HEADER}\n{row}\n")
    assert rows["observation"] == []
    shown = str(rows["reject"]) + str(rows["source_file"])
    assert [secret for secret in SECRETS if secret in shown] == []


def test_a_file_without_header_does_not_show_its_first_row(tmp_path):
    rows = delivered(tmp_path, "\n".join(BAD_ROWS[:2]))
    shown = str(rows["reject"])
    assert [secret for secret in SECRETS if secret in shown] == []


def test_a_file_with_a_wrong_header_shows_its_shape(tmp_path):
    rows = delivered(tmp_path, "patient_id,Zaphod,code,value\n1,2,3,4\n")
    assert rows["reject"][0]["found"] == "aaaaaaa_aa,Aaaaaa,aaaa,aaaaa"


@given(st.text(max_size=60))
def test_the_quick_shape_is_the_shape(text):
    assert outline(text) == shape(text)
