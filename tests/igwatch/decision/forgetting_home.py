"""A home in which Eve, who will be forgotten, stands beside others in files of every kind."""

from __future__ import annotations

import gzip
import io
import json
import os
from pathlib import Path

from igwatch.site.home import Home
from igwatch.site.settings import Settings
from tests.file_text import texts
from tests.home import EXPOSURES_HEADER, RESULTS_HEADER, SETTINGS
from tests.home import deliver as lay

KEY = b"a key of the site, 32 bytes long"
HER_NUMBERS = ("7700431", "EVE-OLD-9")
HER_NATIONAL_NUMBER = "943 476 5005"
# all that is hers alone: numbers, name, birth date as sent and as stored, orders, specimens
HER_TRACES = (
    *(*HER_NUMBERS, HER_NATIONAL_NUMBER),
    *("FINCH", "Evelyn", "19910317", "1991-03-17", "ORD-EVE", "SPEC-EVE", "note of eve"),
)
OTHERS = ("ann", "bob")
BIRTH = {
    "ann": "1989-01-05",
    "bob": "1990-02-06",
    "7700431": "1991-03-17",
    "EVE-OLD-9": "1991-03-17",
}
CODES = {"IgG": ("2465-3", "9.1"), "IgA": ("2458-8", "1.4"), "IgM": ("2472-9", "0.21")}


def settings(folder: Path) -> Settings:
    key = folder / "key"
    key.write_bytes(KEY)
    return SETTINGS.model_copy(update={"pseudonym_key_file": key})


def is_hers(number: str) -> bool:
    return number in HER_NUMBERS


def row(number: str, day: str, test: str) -> str:
    code, value = CODES[test]
    order, specimen = ("ORD-EVE", "SPEC-EVE") if is_hers(number) else ("", "")
    comment = "note of eve" if is_hers(number) else ""
    national = HER_NATIONAL_NUMBER if is_hers(number) else ""
    return (
        f"{number},NORTH,{BIRTH[number]},F,{order},{specimen},serum,{day},,{code},LN,{test},"
        f"{value},g/L,,,F,,{comment},{national}\n"
    )


def results(day: str, numbers: tuple[str, ...], with_her: bool = True) -> str:
    rows = [row(n, day, t) for t in CODES for n in numbers if with_her or not is_hers(n)]
    return f"{RESULTS_HEADER},national_number\n" + "".join(rows)


def message(number: str, kind: str, *more: str) -> str:
    born = BIRTH[number].replace("-", "")
    name = "FINCH^Evelyn" if is_hers(number) else f"LARK^{number}"
    msh = f"MSH|^~\\&|LAB|SOUTH|IGW|CLINIC|202403150815||{kind}|C{number}|P|2.5.1"
    pid = f"PID|1||{number}^^^NORTH^MR||{name}||{born}|F"
    return "\r".join((msh, pid, *more)) + "\r"


def oru(number: str, day: str, code: str = "2472-9^IgM^LN", value: str = "0.2") -> str:
    order = "ORD-EVE" if is_hers(number) else f"ORD-{number}"
    obr = f"OBR|1||{order}|IGS^Immunoglobulins^L|||{day.replace('-', '')}"
    return message(number, "ORU^R01", obr, f"OBX|1|NM|{code}||{value}|g/L|0.4-2.3|L|||F")


def feed(with_her: bool = True) -> str:
    """One HL7 file: results, one message that is passed over, a move; hers between the others'."""
    hers = [oru("7700431", "2024-02-01"), oru("7700431", "2024-02-01", "2823-3^K^LN", "4.1"),
            message("7700431", "ADT^A02")]  # fmt: skip
    return oru("ann", "2024-02-02") + "".join(hers if with_her else []) + oru("bob", "2024-02-03")


def exposures(with_her: bool = True) -> str:
    rows = ["ann,NORTH,medication,L01XA01,ATC,cisplatin,2020-01-01,2020-02-01\n"]
    hers = "7700431,NORTH,diagnosis,C90.0,ICD-10,ORD-EVE myeloma,2019-01-01,2019-02-01\n"
    return EXPOSURES_HEADER + "\n" + "".join([*rows, hers if with_her else ""])


def reviews(with_her: bool = True) -> str:
    header = "patient_id,assigning_authority,rule_id,verdict,reviewer,reviewed_at,note\n"
    said = ",NORTH,selective_igm_deficiency,needs_more,dr,2024-03-01T10:00:00,"
    hers = f"7700431{said}note of eve\n" if with_her else ""
    return f"{header}ann{said}look again\n{hers}"


def fhir(with_her: bool = True) -> str:
    def patient(number: str, server: str) -> dict:
        identifier = [{"system": "NORTH", "value": number, "type": {"coding": [{"code": "MR"}]}}]
        if is_hers(number):
            identifier += [{"system": "NATION", "value": HER_NATIONAL_NUMBER}]
        return {"resourceType": "Patient", "id": server, "identifier": identifier,
                "birthDate": BIRTH[number]}  # fmt: skip

    def igm(server: str) -> dict:
        code = {"coding": [{"system": "http://loinc.org", "code": "2472-9"}]}
        return {"resourceType": "Observation", "status": "final", "code": code,
                "subject": {"reference": f"Patient/{server}"}, "effectiveDateTime": "2024-02-20",
                "valueQuantity": {"value": 0.3, "unit": "g/L", "code": "g/L"}}  # fmt: skip

    hers = [patient("7700431", "srv-7700431"), igm("srv-7700431")] if with_her else []
    entries = [patient("ann", "srv-a"), *hers, igm("srv-a")]
    return json.dumps({"resourceType": "Bundle", "type": "collection",
                       "entry": [{"resource": each} for each in entries]})  # fmt: skip


def packed(text: str) -> bytes:
    content = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=content, mtime=0) as file:
        file.write(text.encode())
    return content.getvalue()


MERGES = "assigning_authority,retired_id,surviving_id,merged_at\n"
NATIONAL = "national_identifier: {scheme: nhs_number, authority: NATION}\n"
SOUTHS = 64201  # the group of south's clinic
FIRST, LAST = "2024-01-20", "2024-05-01"


def deliver(home: Home, facility: str, name: str, content: str | bytes) -> Path:
    """A file of the inbox with the same time in every home."""
    path = lay(home, facility, name, content)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def deliver_first(home: Home, with_her: bool = True) -> None:
    (home.facility / "south.yaml").write_text(f"clinic_group: '{SOUTHS}'\n", encoding="utf-8")
    for facility in ("north", "fhir"):
        (home.facility / f"{facility}.yaml").write_text(NATIONAL, encoding="utf-8")
    numbers = ("ann", "EVE-OLD-9", "bob")
    deliver(home, "north", "results-1.csv", results("2024-01-10", numbers, with_her))
    if with_her:
        deliver(home, "north", "results-7700431.csv", results("2024-01-12", ("7700431",)))


def links(with_her: bool = True) -> str:
    """One that meets nobody; and hers, with a number that is not hers alone."""
    header = (
        "assigning_authority,patient_id,linked_assigning_authority,linked_patient_id,decided_by\n"
    )
    hers = "NORTH,7700431,EAST,17,d.doe\n" if with_her else ""
    return f"{header}NORTH,ann,EAST,16,d.doe\n{hers}"


def deliver_rest(home: Home, with_her: bool = True) -> None:
    home.link.write_text(links(with_her), encoding="utf-8")
    deliver(home, "south", "feed.hl7", feed(with_her))
    later = feed(with_her).replace("202402", "202403")
    for whom in OTHERS:
        later = later.replace(f"ORD-{whom}", f"ORD-2-{whom}")
    deliver(home, "south", "more.hl7.gz", packed(later))
    deliver(home, "north", "exposures.csv", exposures(with_her))
    deliver(home, "north", "reviews.csv", reviews(with_her))
    deliver(home, "fhir", "bundle.json", fhir(with_her))
    merge = "NORTH,EVE-OLD-9,7700431,2024-02-01\n" if with_her else ""
    deliver(home, "north", "merges.csv", f"{MERGES}NORTH,bob-old,bob,2024-02-01\n{merge}")
    deliver(
        home, "north", "results-2.csv", results("2024-04-20", ("bob", "7700431", "ann"), with_her)
    )


def traces(
    home: Home, of: tuple[str, ...] = HER_TRACES, but: tuple[str, ...] = ()
) -> set[tuple[str, str]]:
    """(file, what of it) wherever below the home one of these stands, in any case; `but`: folders
    that are left out."""
    return {
        (name, trace)
        for name, text in texts(home.root)
        if not name.startswith(but)
        for trace in of
        if trace.lower() in text.lower()
    }
