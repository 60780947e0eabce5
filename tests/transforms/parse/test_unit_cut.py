"""A file without one person: every message, row and resource of hers goes, all other bytes stay."""

import gzip
import json

import pytest

from tests.transforms.parse.delivery import facility, source
from transforms.parse.raw.named_unit import Named
from transforms.parse.unit_cut import find_cut, mentions, write_cut


class Eve:
    """Number 1007 of NORTH."""

    def is_named(self, name: str, named: Named) -> bool:
        return named[:2] == ("1007", "NORTH")

    def is_mentioned(self, text: str) -> bool:
        return "1007" in text


def message(number: str, *more: str, kind: str = "ORU^R01", end: str = "\r") -> str:
    msh = f"MSH|^~\\&|LAB|NORTH|IGW|CLINIC|20240315081500||{kind}|M{number}|P|2.5.1"
    pid = f"PID|1||{number}^^^NORTH^MR||LARK^ANNA||19890105|F"
    return end.join((msh, pid, *more)) + end


IGM = "OBX|1|NM|2472-9^IgM^LN||0.95|g/L|0.4-2.3|N|||F"
POTASSIUM = "OBX|1|NM|2823-3^K^LN||4.1|mmol/L|||||F"


def without_eve(tmp_path, content: str | bytes, name: str, **settings) -> tuple[bytes, tuple]:
    """What is left, and how many parts went, were shared, and stayed."""
    path = tmp_path / "delivered"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    delivered, feed = source(path, name), facility(**settings)
    cut = find_cut(delivered, feed, Eve())
    write_cut(delivered, cut, tmp_path / "left", feed)
    return (tmp_path / "left").read_bytes(), (cut.n_theirs, cut.n_shared, cut.n_others)


OTHERS = message("1", IGM), message("10071", IGM), message("2", POTASSIUM, kind="ADT^A02")
HERS = [
    pytest.param(message("1007", IGM), id="result"),
    pytest.param(message("1007", POTASSIUM), id="no reader asks for it"),
    pytest.param(message("1007", kind="ADT^A02"), id="a move, of which raw keeps no row"),
    pytest.param(message("1007", IGM).replace("NORTH^MR", "NORTH&1.2.3&ISO^MR"), id="with OID"),
    pytest.param(message("55", "MRG|1007^^^NORTH^MR", kind="ADT^A40"), id="merged away"),
    pytest.param(message("", "NTE|1||of patient 1007"), id="refused, and her number in it"),
    pytest.param(message("1007", IGM).replace("|", "#").replace("^", "!"), id="signs of its own"),
]


@pytest.mark.parametrize("hers", HERS)
@pytest.mark.parametrize("place", range(4))
def test_messages(tmp_path, hers, place):
    whole = [*OTHERS[:place], hers, *OTHERS[place:]]
    assert without_eve(tmp_path, "".join(whole), "a.hl7") == (
        "".join(OTHERS).encode(),
        (1, *_n(hers)),
    )


def _n(hers: str) -> tuple[int, int]:
    return int("MRG" in hers), 3


def test_her_part_of_a_message_about_several(tmp_path):
    """A result message that goes on with another patient's PID."""
    two = (
        message("1", IGM) + message("1007", IGM).split("\r", 1)[1] + "PID|1||2^^^NORTH^MR\rOBR|1\r"
    )
    left = message("1", IGM) + "PID|1||2^^^NORTH^MR\rOBR|1\r"
    assert without_eve(tmp_path, two, "a.hl7") == (left.encode(), (1, 0, 2))


@pytest.mark.parametrize("encode", [gzip.compress, lambda b: b.decode().encode("utf-16")])
def test_packed_and_wide_files(tmp_path, encode):
    whole, rest = (OTHERS[0] + message("1007", IGM) + OTHERS[2]), OTHERS[0] + OTHERS[2]
    left, _ = without_eve(tmp_path, encode(whole.encode()), "a.hl7")
    unpacked = gzip.decompress(left) if left[:2] == b"\x1f\x8b" else left
    assert unpacked == (rest.encode() if unpacked is not left else encode(rest.encode()))


def test_what_belongs_to_somebody_else_of_that_number_stays(tmp_path):
    other = message("1007", IGM).replace("NORTH^MR", "SOUTH^MR")
    assert without_eve(tmp_path, other, "a.hl7") == (other.encode(), (0, 0, 1))


HEADER = "patient_id;assigning_authority;collected_at;code;value;units;comment\r\n"
ROWS = (
    "1;NORTH;2024-01-01;2472-9;0,5;g/L;\r\n",
    '1008;;2024-01-01;2472-9;0,5;g/L;"two\r\nlines"\r\n',
    "1007;SOUTH;2024-01-01;2472-9;0,7;g/L;asked for 1007\r\n",
)
HER_ROWS = [
    pytest.param("1007;NORTH;2024-01-01;2472-9;0,1;g/L;\r\n", id="result"),
    pytest.param("1007;NORTH;2024-01-01;POTASSIUM;4,1;mmol/L;\r\n", id="another test"),
    pytest.param(
        '="1007";NORTH;2024-01-01;2472-9;0,1;g/L;"a\r\nb; c"\r\n', id="wrapped, two lines"
    ),
    pytest.param("1007;NORTH;2024-01-01;2472-9;0,1\r\n", id="too few fields"),
    pytest.param("1007;NORTH;soon;2472-9;?;g/L;\r\n", id="refused"),
]


@pytest.mark.parametrize("hers", HER_ROWS)
@pytest.mark.parametrize("place", range(4))
def test_rows(tmp_path, hers, place):
    whole = HEADER + "".join([*ROWS[:place], hers, *ROWS[place:]])
    left = (HEADER + "".join(ROWS)).encode()
    assert without_eve(tmp_path, whole, "results.csv", decimal_mark=",") == (left, (1, 0, 3))


def test_rows_in_utf_16(tmp_path):
    whole = HEADER + ROWS[0] + "1007;NORTH;2024-01-01;2472-9;0,1;g/L;ü\r\n" + ROWS[2]
    left, counts = without_eve(tmp_path, whole.encode("utf-16"), "results.csv")
    assert (left, counts) == ((HEADER + ROWS[0] + ROWS[2]).encode("utf-16"), (1, 0, 2))


def test_a_merge_goes_by_either_side(tmp_path):
    header = "assigning_authority,retired_id,surviving_id\n"
    whole = header + "NORTH,1,2\nNORTH,1007,3\nNORTH,4,1007\n"
    left = (header + "NORTH,1,2\n").encode()
    assert without_eve(tmp_path, whole, "merges.csv") == (left, (2, 2, 1))


def patient(number: str, resource_id: str) -> dict:
    identifier = [{"system": "NORTH", "value": number, "type": {"coding": [{"code": "MR"}]}}]
    return {"resourceType": "Patient", "id": resource_id, "identifier": identifier}


def about(kind: str, resource_id: str) -> dict:
    return {"resourceType": kind, "subject": {"reference": f"Patient/{resource_id}"}}


RESOURCES = [
    patient("1", "a"),
    patient("1007", "e"),
    about("Observation", "a"),
    about("Observation", "e"),
    about("Encounter", "e"),
    {"resourceType": "Immunization", "patient": {"reference": "Patient/e"}},
    {"resourceType": "Organization", "name": "NORTH"},
]
STAY = [0, 2, 6]


def test_lines_of_ndjson(tmp_path):
    lines = [json.dumps(each) + "\n" for each in RESOURCES]
    left = "".join(lines[n] for n in STAY).encode()
    assert without_eve(tmp_path, "".join(lines), "a.ndjson") == (left, (4, 0, 3))


@pytest.mark.parametrize(
    "order", [[0, 1, 2, 3, 4, 5, 6], [1, 3, 0, 4, 5, 2, 6], [0, 2, 6, 1, 3, 4, 5]]
)
def test_entries_of_a_bundle(tmp_path, order):
    """The rest is a Bundle of just the others, each byte for byte."""
    entries = [json.dumps({"resource": RESOURCES[n]}, indent=1) for n in order]
    bundle = '{"resourceType": "Bundle", "type": "collection", "entry": [\n %s\n]}'
    left, counts = without_eve(tmp_path, bundle % ",\n ".join(entries), "a.json")
    kept = [n for n in order if n in STAY]
    assert [e["resource"] for e in json.loads(left)["entry"]] == [RESOURCES[n] for n in kept]
    assert all(json.dumps({"resource": RESOURCES[n]}, indent=1).encode() in left for n in kept)
    assert counts == (4, 0, 3)


def bundle_line(*resources: dict, **around) -> str:
    entries = [{"search": {"mode": "match"}, "resource": each} for each in resources]
    whole = {"resourceType": "Bundle", "type": "collection", "entry": entries, "id": "ü", **around}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")) + "\n"


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    "order", [[0, 1, 2, 3, 4, 5, 6], [1, 3, 0, 4, 5, 2, 6], [0, 2, 6, 1, 3, 4, 5]]
)
def test_of_a_line_that_is_a_bundle_of_several_her_entries_go(tmp_path, order, pack):
    """Every other byte of the line, and the lines around it, stay."""
    others = bundle_line(RESOURCES[0], RESOURCES[2])
    line = bundle_line(*(RESOURCES[n] for n in order))
    whole = pack((others + line + others).encode())
    left, counts = without_eve(tmp_path, whole, "a.ndjson")
    text = (gzip.decompress(left) if pack is gzip.compress else left).decode()
    before, left_of_it, behind = text.splitlines(keepends=True)
    assert before == behind == others
    kept = [e for e, n in zip(json.loads(line)["entry"], order, strict=True) if n in STAY]
    assert json.loads(left_of_it) == json.loads(line) | {"entry": kept}
    for entry in kept:
        assert json.dumps(entry, ensure_ascii=False, separators=(",", ":")) in left_of_it
    assert counts == (4, 0, 5)


def test_a_line_that_is_a_bundle_of_hers_alone_goes_whole(tmp_path):
    line = bundle_line(*RESOURCES[3:5], RESOURCES[1], RESOURCES[6])
    others = bundle_line(RESOURCES[0])
    assert without_eve(tmp_path, others + line, "a.ndjson") == (others.encode(), (1, 0, 1))


def test_a_line_that_names_her_beside_its_entries_goes_whole(tmp_path):
    others = bundle_line(RESOURCES[0])
    line = bundle_line(*RESOURCES, identifier={"value": "of 1007"})
    assert without_eve(tmp_path, others + line, "a.ndjson") == (others.encode(), (1, 1, 1))


def test_of_a_bundle_in_a_bundle_of_a_line_the_inner_one_goes_whole(tmp_path):
    inner = json.loads(bundle_line(RESOURCES[1], RESOURCES[0]))
    line = bundle_line(RESOURCES[0], inner, RESOURCES[2])
    left, counts = without_eve(tmp_path, line + bundle_line(RESOURCES[0]), "a.ndjson")
    kept = json.loads(left.splitlines()[0])["entry"]
    assert [entry["resource"] for entry in kept] == [RESOURCES[0], RESOURCES[2]]
    assert counts == (1, 1, 3)


@pytest.mark.parametrize(
    "unclear",
    [
        pytest.param(
            {"resource": {"resourceType": "Observation", "subject": {"display": "Eve"}}},
            id="named in words alone",
        ),
        pytest.param(
            {"resource": {"resourceType": "Specimen"}}, id="somebody's, of whom it is silent"
        ),
        pytest.param({"request": {"method": "DELETE", "url": "Patient/e"}}, id="no resource"),
    ],
)
def test_where_an_entry_may_be_hers_the_line_goes_whole(tmp_path, unclear):
    """The reference of an Observation of hers may not resolve: it must not stay as nobody's."""
    bundle = json.loads(bundle_line(*RESOURCES))
    bundle["entry"].insert(2, unclear)
    others = bundle_line(RESOURCES[0])
    assert without_eve(tmp_path, json.dumps(bundle) + "\n" + others, "a.ndjson") == (
        others.encode(),
        (1, 1, 1),
    )


def test_mentions_are_found_in_any_packing(tmp_path):
    path = tmp_path / "a"
    for content in (
        b"x" * (1 << 20) + b" 1007",
        gzip.compress(b"is 1007 "),
        "1007".encode("utf-16"),
    ):
        path.write_bytes(content)
        assert mentions(path, ["1007"])
        assert not mentions(path, ["1008"])
