"""Over generated dialects: every result written arrives once, where it stands, and nothing else."""

import csv
import gzip
import io
import tempfile
from datetime import datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.transforms.parse.delivery import balance, delivered

SETTINGS = settings(
    max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
ISOTYPES = ("IgG", "IgA", "IgM")
HEADERS = {"patient_id": "Pat Nr", "collected_at": "Entnahme", "code": "Analyse", "value": "Wert"}
ABOVE = ["Labor Nord", "Export; alle, Werte\t|", "", '"zwei\nZeilen"']
FOOTERS = ["Summe", "ende der liste"]

identifier = st.text(st.sampled_from("0A1b-"), min_size=1, max_size=5).map(lambda s: "P" + s)
day = st.datetimes(datetime(1990, 1, 1), datetime(2029, 12, 31)).map(
    lambda t: t.replace(second=0, microsecond=0)
)
value = st.one_of(
    st.decimals(0, 999, places=2).map(str), st.sampled_from(["<0.05", "> 12", "5 / 6", 'n"g'])
)
remark = st.text(st.sampled_from([*'ab .,;\t|"\n', "ß", "É"]), max_size=8)
sample = st.tuples(identifier, day, st.tuples(value, value, value), remark)
dialect = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(",;\t|"),
        "line_end": st.sampled_from(["\n", "\r\n", "\r"]),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        "codec": st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"]),
        "is_packed": st.booleans(),
        "is_wide": st.booleans(),
        "date_format": st.sampled_from(
            [None, "%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M %p", "%d-%m-%y %H:%M", "%Y%m%d%H%M"]
        ),
        "above": st.lists(st.sampled_from(ABOVE), max_size=3),
        "footer": st.none() | st.sampled_from(FOOTERS),
        "columns": st.permutations(range(6)),
        "has_trailing_sign": st.booleans(),
    }
)


def written(samples, form) -> tuple[str, dict[int, int]]:
    """The text of the feed, and the line on which each row begins."""
    out = io.StringIO(newline="")
    ends = {"delimiter": form["delimiter"], "lineterminator": "\n", "quoting": form["quoting"]}
    writer = csv.writer(out, **ends)
    for line in form["above"]:
        out.write(line + "\n")
    header = ["Pat Nr", "Entnahme", "Bemerkung"]
    header += ISOTYPES if form["is_wide"] else ("Analyse", "Wert")
    order = [i for i in form["columns"] if i < len(header)]
    tail = [""] if form["has_trailing_sign"] else []
    writer.writerow([header[i] for i in order])
    lines = {}
    for number, row in enumerate(rows_of(samples, form)):
        lines[number] = out.getvalue().count("\n") + 1
        writer.writerow([row[i] for i in order] + tail)
    if form["footer"]:
        out.write(form["footer"] + "\n")
    return out.getvalue().replace("\n", form["line_end"]), lines


def rows_of(samples, form):
    """A row per sample of a wide file, per result of a long one."""
    for patient, when, values, text in samples:
        written = when.strftime(form["date_format"] or "%Y-%m-%d %H:%M")
        if form["is_wide"]:
            yield [patient, written, text, *values]
        else:
            for isotype, number in zip(ISOTYPES, values, strict=True):
                yield [patient, written, text, isotype, number]


def mapping(form) -> dict:
    columns: dict = dict(HEADERS)
    if form["is_wide"]:
        columns = {name: HEADERS[name] for name in ("patient_id", "collected_at")}
        columns["results"] = [{"value": i, "code": i.lower(), "units": "g/L"} for i in ISOTYPES]
    stated = {"columns": columns, "date_format": form["date_format"]}
    return stated | ({"encoding": form["codec"]} if form["codec"] in ("cp1252", "latin-1") else {})


def arrived(content: bytes, **stated):
    with tempfile.TemporaryDirectory() as folder:
        return delivered(Path(folder), content, **stated)


@SETTINGS
@given(st.lists(sample, min_size=1, max_size=12), dialect)
def test_every_result_of_every_dialect_arrives_once_and_where_it_stands(samples, form):
    text, lines = written(samples, form)
    content = text.encode(form["codec"])
    found = arrived(gzip.compress(content) if form["is_packed"] else content, **mapping(form))
    n_results = 3 * len(samples)
    n_footers = 1 if form["footer"] else 0
    assert [r["reason_code"] for r in found["reject"]] == ["footer_row"] * n_footers
    assert len(found["observation"]) == n_results
    read, placed = balance(found)
    assert read == placed
    expected = sorted(
        (patient, when, isotype.lower(), number, lines[3 * i + j if not form["is_wide"] else i])
        for i, (patient, when, values, _) in enumerate(samples)
        for j, (isotype, number) in enumerate(zip(ISOTYPES, values, strict=True))
    )
    assert expected == sorted(
        (
            r["patient_id"],
            r["collected_at"],
            r["observation_identifier"].lower(),
            r["observation_value"],
            r["line_number"],
        )
        for r in found["observation"]
    )
    places = [r["position"] for r in found["observation"]]
    assert len({*places}) == n_results
