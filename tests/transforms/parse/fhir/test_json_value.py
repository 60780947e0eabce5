"""A JSON value as it was written; no key stands twice, however it is spaced."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.parse.fhir.json_value import JsonFault, whole_value

TWICE = [
    '{"a":1,"a":2}',
    '{"a" :1,"a":2}',
    '{"a":1,"a"\n:2}',
    '{"a"\t:1,"a" : 2}',
    '{"b":{"a":1,"a":1}}',
    '{"b":[{"c":"\\":"},{"a":1,"a":1}]}',
    '{"a" :"x","a":"\\":"}',
    '{"a":"\\":","a" :1}',
    '{"a":1,"\\u0061":2}',
]
ONCE = {
    '{"a":1.50,"b":{"a":"2"}}': {"a": "1.50", "b": {"a": "2"}},
    '{"a" : 1}': {"a": "1"},
    '{"a":"\\":"}': {"a": '":'},
    '{"a":"x : y","b":[{"a":null},{"a":true}]}': {"a": "x : y", "b": [{"a": None}, {"a": True}]},
    '{"a":1E-2,"A":-0.0}': {"a": "1E-2", "A": "-0.0"},
}


def fault_of(text: str) -> str | None:
    try:
        whole_value(text)
    except JsonFault as fault:
        return fault.reason
    return None


@pytest.mark.parametrize("text", TWICE)
def test_a_key_that_stands_twice_is_found(text):
    assert fault_of(text) == "json_key_twice"


@pytest.mark.parametrize(("text", "value"), ONCE.items())
def test_what_stands_once_is_read_as_written(text, value):
    assert whole_value(text) == value


KEYS = st.sampled_from(["a", "b", '"', ":", '":', " :", "é"])
SCALARS = st.one_of(st.text('":a {\\', max_size=4), st.integers(), st.none(), st.booleans())
BLANKS = st.text(" \t\r\n", max_size=1)


@st.composite
def written(draw, depth: int = 3) -> tuple[str, bool]:
    """A JSON text in any spacing, and whether a key stands twice in one of its objects."""
    form = draw(st.sampled_from(["scalar", "list", "object"])) if depth else "scalar"
    if form == "scalar":
        return json.dumps(draw(SCALARS)), False
    inner = [draw(written(depth - 1)) for _ in range(draw(st.integers(0, 3)))]
    is_twice = any(twice for _, twice in inner)
    if form == "list":
        return f"[{','.join(text for text, _ in inner)}]", is_twice
    keys = [draw(KEYS) for _ in inner]
    members = (
        f"{json.dumps(key)}{draw(BLANKS)}:{draw(BLANKS)}{text}"
        for key, (text, _) in zip(keys, inner, strict=True)
    )
    return f"{{{','.join(members)}}}", is_twice or len(set(keys)) < len(keys)


@given(written())
def test_whether_a_key_stands_twice_is_known_in_any_spacing(sent):
    text, is_twice = sent
    assert fault_of(text) == ("json_key_twice" if is_twice else None)
