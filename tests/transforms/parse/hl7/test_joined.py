"""Many small files read as one give the rows that each gives when it is read alone."""

from pathlib import Path

import pytest

from tests.transforms.parse.hl7.hl7_file import MSH, OBX, ORU, read, source
from transforms.parse.facility.facility import Facility
from transforms.parse.hl7.joined import SmallFile, groups, may_be_joined, read_joined
from transforms.parse.hl7.message_filter import filter_for_codes
from transforms.parse.raw.schema import SCHEMAS

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.hl7"))
FILTER = filter_for_codes(["2472-9", "IGM"], ["(?:immunoglob|ig[gam])"])
TWO_VALUES = ORU.replace("0.95", "60~120")
NOBODY = ORU.replace("1001^^^NORTH^MR", "").replace("M1|", "M7|")
ADT = "MSH|^~\\&|||||20240101||ADT^A40|M9\rPID|1||1001\rMRG|1002\rDG1|1||D80.4\r"
LETTER = ORU.replace("ORU^R01", "MDM^T02")
OTHERS = "MSH|^~\\&|A|B|||2024||ORU^R01|4|P\rPID|1||7^^^N\rOBR|1||F|K\rOBX|1|NM|K^K^L||4.1\r"
NO_END = ORU.rstrip("\r")
WINDOWS = ORU.replace("\r", "\r\n")
LATIN = ORU.replace("LARK", "L\xc4RK").encode("latin-1")
TEST_SYSTEM = ORU.replace("|P|", "|T|")
ODD = [TWO_VALUES, NOBODY, ADT, LETTER, OTHERS, NO_END, WINDOWS, LATIN, TEST_SYSTEM, ORU + ORU]
ODD += [TWO_VALUES + NOBODY + TWO_VALUES + OTHERS + NO_END, MSH, MSH + "\r" + OBX, ORU + NOBODY]


def deliver(folder: Path, contents: list[bytes | str]) -> list[Path]:
    paths = []
    for number, content in enumerate(contents):
        path = folder / f"{number:05}.hl7"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        paths.append(path)
    return paths


def joined(paths: list[Path], message_filter=None) -> dict[str, list]:
    facility = Facility(name="north", zone="Europe/Berlin")
    rows: dict[str, list] = {table: [] for table in SCHEMAS}
    for group in groups(SmallFile(source(path), path.read_bytes()) for path in paths):
        for table, batch in read_joined(group, facility, message_filter):
            assert batch.schema == SCHEMAS[table]
            batch.validate(full=True)
            rows[table] += batch.to_pylist()
    return rows


def alone(paths: list[Path], message_filter=None) -> dict[str, list]:
    rows: dict[str, list] = {table: [] for table in SCHEMAS}
    for path in paths:
        for table, found in read(path, message_filter=message_filter).items():
            rows[table] += found
    return rows


@pytest.mark.parametrize("message_filter", [None, FILTER])
def test_every_row_is_that_of_the_file_read_alone(tmp_path, message_filter):
    paths = deliver(tmp_path, ODD * 3)
    assert all(may_be_joined(path.read_bytes()) for path in paths)
    assert joined(paths, message_filter) == alone(paths, message_filter)


@pytest.mark.parametrize("message_filter", [None, FILTER])
def test_so_are_those_of_every_golden_file_that_may_be_joined(tmp_path, message_filter):
    contents = [path.read_bytes() for path in GOLDEN]
    paths = deliver(tmp_path, [content for content in contents if may_be_joined(content)])
    assert len(paths) > 40
    assert joined(paths, message_filter) == alone(paths, message_filter)
    assert joined(paths[::-1], message_filter) == alone(paths[::-1], message_filter)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"FHS|^~\\&\r" + ORU.encode(),
        ORU.encode() + b"BTS|1\r",
        ORU.encode() + b" MSH|^~\\&|glued" + ORU.encode(),
        ORU.encode() + ORU.replace("|", "#").encode(),
        b"msh|^~\\&|A",
        b"\x0b" + ORU.encode(),
        ORU.encode().rstrip() + b" " * (64 << 10),
    ],
)
def test_what_its_neighbours_might_change_is_read_alone(content):
    assert not may_be_joined(content)


def test_a_group_has_no_more_lines_than_a_batch_has_rows(tmp_path):
    long = MSH + "\r" + (OBX + "\r") * 800
    paths = deliver(tmp_path, [long] * 100)
    found = list(groups(SmallFile(source(path), path.read_bytes()) for path in paths))
    assert [len(group) for group in found] == [40, 40, 20]
