"""omop.duckdb: the model's tables by its own names, types and required fields; whose numbers they are."""

from __future__ import annotations

import csv
import stat
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.warehouse.drawn import DICTIONARY, drawn_build, record
from warehouse.catalogue import CatalogueError, write_catalogues
from warehouse.generation import drop_oldest
from warehouse.omop.catalogue import VIEWS, write_omop
from warehouse.omop.column import cdm_tables
from warehouse.omop.person_number import PERSON_NUMBER, forget_numbers
from warehouse.publish import publish
from warehouse.verify import verify_published

DDL = Path(__file__).resolve().parents[2] / "data" / "omop_cdm_5_4_ddl.csv"
TABLES = (
    "core.patient",
    "core.measurement",
    "core.exposure",
    "mart.cohort",
    "mart.facility",
    "flag.transition",
    "flag.patient_flag",
)
PATIENT = """
patient_key | patient_id | birth_date | sex
k1          | SEED4711   | 1989-01-05 | F
k2          | SEED4712   | 2016-01-20 | M
k3          | SEED4713   |            |
"""
MEASUREMENT = """
measurement_id | patient_key | analyte | series          | collected_at        | value_source_value | unit_source_value | value_comparator | value_g_per_l | value_kiu_per_l | lower_limit_min | upper_limit_max | class           | code
a1             | k1          | igm     | total           | 2024-01-10 08:00:00 | 21                 | mg/dL             |                  | 0.21          |                 | 0.4             | 2.3             | low             | 2472-9
a2             | k1          | igg     | total           | 2024-01-10 08:00:00 | 10.2               | g/L               |                  | 10.2          |                 | 6.0             | 16.1            | normal          | 2465-3
a3             | k1          | igm     | total           | 2024-05-02 09:30:00 | <0.0149            | g/L               | <                | 0.0149        |                 | 0.4             | 2.3             | very_low        | IGM
a4             | k2          | ige     | total           | 2024-03-01 10:00:00 | 12                 | kIU/L             |                  |               | 12              | 0               | 100             | normal          | 19113-0
a5             | k2          | igm     | electrophoresis | 2024-03-01 10:00:00 | 0.45               | g/L               |                  | 0.45          |                 | 0.4             | 2.3             | borderline_low  | X1
a6             | k3          | igm     | total           | 2024-03-01 10:00:00 | 0.1                | g/L               |                  | 0.1           |                 |                 |                 | not_classed     | 2472-9
"""
EXPOSURE = """
patient_key | kind       | code    | code_system | name      | exposure_id        | effect    | exposure_group | lowers_igg | lowers_iga | lowers_igm | raises_igm | start_date | end_date   | end_known_by | mentioned_on
k1          | medication | L01FA01 | ATC         | Rituximab | rituximab_l01fa01  | definite  | anti_cd20      | true       | false      | true       | false      | 2023-10-10 | 2023-10-24 | stated       | 2023-10-10
k1          | medication | B01AC06 | ATC         | Aspirin   |                    |           |                |            |            |            |            |            |            |              | 2023-11-01
k2          | diagnosis  | C83.3   | ICD-10      | lymphoma  | lymphoma           | definite  | b_cell_malignancy | true    | true       | true       | false      | 2023-01-01 |            |              | 2023-01-01
k2          | diagnosis  | C83.3   | ICD-10      | lymphoma? | lymphoma           | suspected | b_cell_malignancy | true    | true       | true       | false      | 2023-02-01 |            |              | 2023-02-01
k2          | procedure  | 30243G0 | ICD-10-PCS  | graft     | graft              | definite  | transplant     | true       | true       | true       | false      | 2023-03-01 |            |              | 2023-03-01
"""
COHORT = """
patient_key | rule_id                  | status           | first_evidence_at   | last_evidence_at    | as_of
k1          | selective_igm_deficiency | persistent       | 2024-01-10 08:00:00 | 2024-05-02 09:30:00 | 2024-06-01
k2          | selective_igm_deficiency | candidate        | 2024-03-01 10:00:00 | 2024-03-01 10:00:00 | 2024-06-01
"""
FACILITY = """
facility | as_of
north    | 2024-06-01
"""


def few(folder: Path) -> Path:
    path = folder / "few.csv"
    header, *lines = DICTIONARY.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if ".".join(line.split(",")[:2]) in TABLES]
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")
    return path


def published(
    home: Path, run_id: str, patient: str = PATIENT, measurement: str = MEASUREMENT
) -> None:
    """A night with these patients, as far as omop.duckdb reads it."""
    dictionary = few(home)
    build = drawn_build(
        home / "work" / run_id,
        run_id,
        dictionary=dictionary,
        core__patient=patient,
        core__measurement=measurement,
        core__exposure=EXPOSURE,
        mart__cohort=COHORT,
        mart__facility=FACILITY,
        flag__evidence="",
    )
    generation = publish(build, home, run_id, dictionary)
    record(home, generation, f"digest of {run_id}", None, [("north", run_id)])
    write_catalogues(home, dictionary)
    write_omop(home)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("omop") / "home"
    published(home, "r1")
    return home


def ask(home: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(home / "omop.duckdb"), read_only=True) as con:
        return con.execute(query).fetchall()


def ddl() -> list[dict[str, str]]:
    with DDL.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def person_of(home: Path) -> dict[str, int]:
    return dict(ask(home, "SELECT patient_key, person_id FROM source.person_number"))


# The DDL for DuckDB and the field list are two files of OHDSI's: one is the test of the other.
AS_IN_DDL = {
    "datetime": "timestamp",
    "float": "numeric",
    "varchar(max)": "text",
}


def test_the_model_is_as_its_own_ddl_says():
    ours = {
        (table, c.name): (AS_IN_DDL.get(c.type, c.type), c.is_required)
        for table, columns in cdm_tables().items()
        for c in columns
    }
    theirs = {
        (row["table"], row["column"]): (row["type"], row["is_not_null"] == "true") for row in ddl()
    }
    assert ours == theirs


def test_every_table_has_the_models_columns_in_its_order(home):
    found = ask(
        home,
        "SELECT table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE schema_name = 'main' AND NOT internal ORDER BY table_name, column_index",
    )
    types = {"float": "DOUBLE", "numeric": "DOUBLE", "text": "VARCHAR"}
    wanted = [
        (row["table"], row["column"], types.get(row["type"], row["type"].split("(")[0].upper()))
        for row in sorted(ddl(), key=lambda row: row["table"])  # stable: columns as in the DDL
    ]
    assert found == wanted


def test_no_required_field_is_empty(home):
    for table, columns in cdm_tables().items():
        required = [column.name for column in columns if column.is_required]
        asked = ", ".join(f"count(*) FILTER ({name} IS NULL) AS {name}" for name in required)
        [counts] = ask(home, f"SELECT {asked} FROM {table}")
        assert counts == (0,) * len(required), table


def test_every_table_has_a_row_and_its_key_is_unique(home):
    for table, (key, *_) in cdm_tables().items():
        if table not in ("cohort", "concept_ancestor", "concept_relationship"):
            [(n, n_keys)] = ask(home, f"SELECT count(*), count(DISTINCT {key.name}) FROM {table}")
            assert n == n_keys > 0, table


def test_a_view_gives_no_column_that_the_model_has_not(home):
    with duckdb.connect(str(home / "omop.duckdb"), read_only=True) as con:
        for path in VIEWS.glob("*.sql"):
            given = set(con.sql(path.read_text(encoding="utf-8")).columns)
            assert given <= {column.name for column in cdm_tables()[path.stem]}, path.stem


@pytest.mark.heavy
def test_a_text_is_cut_where_the_model_says(tmp_path):
    home = tmp_path / "home"
    published(home, "r1", measurement=MEASUREMENT.replace("| 2472-9\na2 ", f"| {'X' * 60}\na2 "))
    found = ask(home, "SELECT max(length(measurement_source_value)) FROM measurement")
    assert found == [(50,)]


def test_a_measurement_is_normalised_beside_what_was_sent(home):
    person = person_of(home)["k1"]
    found = ask(
        home,
        "SELECT measurement_concept_id, measurement_datetime::VARCHAR, operator_concept_id, "
        "value_as_number, value_as_concept_id, unit_concept_id, range_low, range_high, "
        "measurement_source_value, unit_source_value, value_source_value FROM measurement "
        f"WHERE person_id = {person} ORDER BY measurement_datetime, measurement_concept_id",
    )
    # the ids as OHDSI's MIMIC-IV mapping (IgG, IgM), the value by hand: 21 mg/dL is 0.21 g/L
    assert found == [
        (3005719, "2024-01-10 08:00:00", None, 10.2, 4069590, 8636, 6.0, 16.1, "2465-3", "g/L", "10.2"),
        (3028026, "2024-01-10 08:00:00", None, 0.21, 4267416, 8636, 0.4, 2.3, "2472-9", "mg/dL", "21"),
        (3028026, "2024-05-02 09:30:00", 4171756, 0.0149, 4267416, 8636, 0.4, 2.3, "IGM", "g/L", "<0.0149"),
    ]  # fmt: skip


def test_what_no_concept_is_known_for_has_none(home):
    person = person_of(home)["k2"]
    found = ask(
        home,
        "SELECT measurement_concept_id, value_as_concept_id, unit_concept_id FROM measurement "
        f"WHERE person_id = {person} ORDER BY ALL",
    )
    # IgM by electrophoresis is not the IgM of the concept, and borderline is neither low nor normal
    assert found == [(0, None, 8636), (3005322, 4069590, 8985)]


def test_a_persons_samples_of_a_day_are_one_visit(home):
    person = person_of(home)["k1"]
    visits = ask(home, f"SELECT visit_start_date FROM visit_occurrence WHERE person_id = {person}")
    assert len(visits) == 2
    assert (
        ask(home, "FROM measurement ANTI JOIN visit_occurrence USING (visit_occurrence_id)") == []
    )


def test_who_has_no_birth_date_is_not_in_the_model(home):
    assert set(person_of(home)) == {"k1", "k2", "k3"}
    assert ask(
        home, "SELECT year_of_birth, month_of_birth, day_of_birth FROM person ORDER BY 1"
    ) == [
        (1989, 1, 5),
        (2016, 1, 20),
    ]
    for table in ("measurement", "visit_occurrence", "observation_period", "drug_exposure"):
        assert ask(home, f"FROM {table} ANTI JOIN person USING (person_id)") == [], table


def test_a_cause_has_the_concept_of_its_group_and_a_suspected_one_none(home):
    assert ask(
        home,
        "SELECT drug_concept_id, drug_exposure_start_date::VARCHAR, drug_exposure_end_date::VARCHAR, "
        "drug_source_concept_id > 2000000000 FROM drug_exposure ORDER BY ALL",
    ) == [
        (0, "2023-11-01", "2023-11-01", False),
        (1314273, "2023-10-10", "2023-10-24", True),  # rituximab, as in OHDSI's Phenotype Library
    ]
    assert ask(
        home,
        "SELECT condition_start_date::VARCHAR, condition_end_date, "
        "condition_source_concept_id > 2000000000 FROM condition_occurrence ORDER BY ALL",
    ) == [("2023-01-01", None, True), ("2023-02-01", None, False)]


def test_a_person_is_observed_from_the_first_record_to_the_last(home):
    people = {key: number for key, number in person_of(home).items() if key != "k3"}
    found = dict(
        ask(
            home,
            "SELECT person_id, observation_period_start_date::VARCHAR || ' ' || "
            "observation_period_end_date::VARCHAR FROM observation_period",
        )
    )
    assert found == {
        people["k1"]: "2023-10-10 2024-05-02",
        people["k2"]: "2023-01-01 2024-03-01",
    }


def test_the_cohort_is_who_has_a_repeated_pattern(home):
    person = person_of(home)["k1"]
    assert ask(home, "SELECT cohort_definition_id, subject_id FROM cohort") == [(1, person)]


@pytest.mark.heavy
def test_a_number_is_kept_for_good_and_the_next_ones_follow(tmp_path):
    home = tmp_path / "home"
    published(home, "r1")
    before = person_of(home)
    assert sorted(before.values()) == [1, 2, 3]
    published(home, "r2", "\n".join([PATIENT.strip(), "k0 | dan | 1970-01-01 | M"]))
    after = person_of(home)
    assert {key: after[key] for key in before} == before
    assert after["k0"] == 4


@pytest.mark.heavy
def test_who_left_keeps_a_number_until_forgotten(tmp_path):
    home = tmp_path / "home"
    published(home, "r1")
    before = person_of(home)
    published(home, "r2", "\n".join(PATIENT.strip().splitlines()[:2]))  # without k2 and k3
    assert person_of(home) == before
    forget_numbers(home)
    assert person_of(home) == {"k1": before["k1"]}


@pytest.mark.heavy
def test_a_damaged_file_of_numbers_is_told_and_no_number_is_given_anew(tmp_path):
    home = tmp_path / "home"
    published(home, "r1")
    before, path = person_of(home), home / PERSON_NUMBER
    kept = path.read_bytes()
    for damaged in (kept[: len(kept) // 2], flipped(kept)):
        path.write_bytes(damaged)
        with pytest.raises(
            CatalogueError, match=r"person_number\.parquet cannot be read: it is damaged"
        ):
            write_omop(home)
        assert path.read_bytes() == damaged
        assert "ledger/person_number.parquet" in {f.subject for f in verify_published(home)}
    path.write_bytes(kept)
    write_omop(home)
    assert person_of(home) == before


def flipped(content: bytes) -> bytes:
    """With the lowest bit of a byte in the first quarter, where the pages lie, turned."""
    place = len(content) // 8
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def test_numbers_are_drawn_at_random(tmp_path):
    """In the order of the keys one could try numbers of a hospital until the place fits."""
    many = [f"k{n:03d} | p{n} | 1989-01-05 | F" for n in range(50)]
    head = "patient_key | patient_id | birth_date | sex"
    published(tmp_path / "one", "r1", "\n".join([head, *many]))
    published(tmp_path / "other", "r1", "\n".join([head, *many]))
    one, other = (person_of(tmp_path / name) for name in ("one", "other"))
    assert set(one.values()) == set(range(1, 51))
    assert one != other


def test_no_number_of_a_hospital_is_in_the_model(home):
    """What goes into an extract: neither the tables, nor the file, nor the numbers of persons."""
    for table in cdm_tables():
        rows = ask(home, f"FROM {table}")
        assert "SEED47" not in str(rows), table
    for path in (home / "omop.duckdb", home / PERSON_NUMBER):
        assert b"SEED47" not in path.read_bytes(), path.name
    with duckdb.connect() as con:  # it was there to be found
        patient = con.read_parquet(str(home / "live" / "core" / "patient.parquet"))
        assert "SEED4711" in str(patient.fetchall())


def test_only_the_owner_may_read_it(home):
    for path in (home / "omop.duckdb", home / PERSON_NUMBER):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert pq.read_schema(home / PERSON_NUMBER).names == ["patient_key", "person_id"]


@pytest.mark.heavy
def test_an_open_connection_sees_the_next_night_and_a_new_person(tmp_path):
    home = tmp_path / "home"
    published(home, "r1")
    n_people = "SELECT count(*) FROM person"
    with duckdb.connect(str(home / "omop.duckdb"), read_only=True) as con:
        assert con.execute(n_people).fetchall() == [(2,)]
        published(home, "r2", "\n".join([PATIENT.strip(), "k0 | dan | 1970-01-01 | M"]))
        assert con.execute(n_people).fetchall() == [(3,)]


@pytest.mark.heavy
def test_it_is_left_alone_when_it_says_the_same(tmp_path):
    home = tmp_path / "home"
    published(home, "r1")
    inode = (home / "omop.duckdb").stat().st_ino
    published(home, "r2")
    drop_oldest(home, 1)
    assert (home / "omop.duckdb").stat().st_ino == inode
    assert ask(home, "SELECT cdm_etl_reference FROM cdm_source") == [("igwatch run r2",)]


@pytest.mark.heavy
def test_a_reader_attaches_it_and_names_its_own_mount(tmp_path):
    home = tmp_path / "home"
    published(home, "r1")
    moved = home.rename(tmp_path / "moved")
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{moved}/omop.duckdb' AS cdm (READ_ONLY)")
        con.execute("SET VARIABLE igwatch_root = $1", [str(moved)])
        assert con.execute("SELECT count(*) FROM cdm.person").fetchall() == [(2,)]


@pytest.mark.heavy
def test_a_generation_with_one_more_column_breaks_no_view(tmp_path):
    home = tmp_path / "home"
    published(home, "r1")
    dictionary = home / "more.csv"
    first = "core,measurement,patient_key,"
    more = f"core,measurement,novelty,VARCHAR,,what is new,igwatch\n{first}"
    dictionary.write_text(few(home).read_text(encoding="utf-8").replace(first, more))
    build = drawn_build(home / "work" / "r2", "r2", dictionary=dictionary, flag__evidence="")
    publish(build, home, "r2", dictionary)
    assert ask(home, "SELECT count(*) FROM measurement") == [(0,)]


SITE_HEADER = "means,term,concept_id,name,domain_id,vocabulary_id,concept_code\n"


@pytest.mark.heavy
def test_the_sites_own_concepts_come_first(tmp_path):
    home = tmp_path / "home"
    published(home, "r1")
    (home / "concept.csv").write_text(
        SITE_HEADER
        + "code,ICD-10:C83.3,432571,diffuse lymphoma,Condition,SNOMED,\n"
        + "analyte,igm,7,our IgM,Measurement,ours,\n"
    )
    assert write_omop(home)
    assert ask(home, "SELECT DISTINCT condition_concept_id FROM condition_occurrence") == [
        (432571,)
    ]
    assert ask(home, "SELECT count(*) FROM measurement WHERE measurement_concept_id = 7") == [(2,)]
    assert ask(home, "SELECT concept_name FROM concept WHERE concept_id = 7") == [("our IgM",)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("means,term\n", "header"),
        (SITE_HEADER + "colour,red,1,a,b,c,d\n", "line 2: means"),
        (SITE_HEADER + "analyte,igm,3 0,a,b,c,d\n", "line 2: concept_id"),
        (SITE_HEADER + "analyte,igm,2147483648,a,b,c,d\n", "line 2: concept_id"),
        (SITE_HEADER + "analyte,igm,7\n", "line 2: not 7 cells"),
        (SITE_HEADER + "analyte,igm,7,\udce9,b,c,d\n", "no CSV in UTF-8"),
    ],
)
def test_a_fault_of_the_sites_file_is_said_in_one_line(home, tmp_path, content, said):
    path = home / "concept.csv"
    path.write_bytes(content.encode(errors="surrogateescape"))
    try:
        with pytest.raises(CatalogueError, match=said):
            write_omop(home)
    finally:
        path.unlink()
    assert ask(home, "SELECT count(*) FROM person") == [(2,)]
