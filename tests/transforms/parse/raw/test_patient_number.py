"""What is no number of a patient: words and signs, alike for HL7 and delimited files."""

from __future__ import annotations

import pyarrow as pa
import pytest

from transforms.parse.raw.patient_number import (
    HIDDEN_SIGN,
    PLACEHOLDER,
    fault_of,
    holds_hidden_sign,
    is_patient_type,
    is_placeholder,
    type_class,
)

# what programs, databases, spreadsheets and people write where no number is known
PLACEHOLDERS = [
    r"NULL",
    r"null",
    r"(null)",
    r"<NULL>",
    r"[NULL]",
    r"{NULL}",
    r'"NULL"',
    r"'null'",
    r"null.0",
    r"None",
    r"none",
    r"NaN",
    r"nan",
    r"<NA>",
    r"NaT",
    r"nil",
    r"NIL",
    r"\N",
    r"\\N",
    r"N/A",
    r"n/a",
    r"#N/A",
    r"NA",
    r"N.A.",
    r"#REF!",
    r"#VALUE!",
    r"#NAME?",
    r"#DIV/0!",
    r"#NUM!",
    r"#NULL!",
    r"#WERT!",
    r"#BEZUG!",
    r"#VALEUR!",
    r"#NV",
    r".",
    r"..",
    r"-",
    r"--",
    r"---",
    r"?",
    r"??",
    r"~",
    r"*",
    r"*****",
    r"________",
    r"####",
    r"/",
    r"0",
    r"00",
    r"000",
    r"00000000",
    r"0.0",
    r"11111",
    r"9999999",
    r"999999999",
    r"999999999999",
    r"-1",
    r"-99",
    r"X",
    r"XXXX",
    r"xxxxx",
    r"ZZZZZ",
    r"UNKNOWN",
    r"unknown",
    r"Unknown",
    r"UNK",
    r"UNKN",
    r"missing",
    r"empty",
    r"(blank)",
    r"TBA",
    r"TBC",
    r"TBD",
    r"N.N.",
    r"NN",
    r"NK",
    r"undefined",
    r"unbekannt",
    r"UNBEKANNT",
    r"unbek.",
    r"keine",
    r"k.A.",
    r"inconnu",
    r"INCONNUE",
    r"sans",
    r"aucun",
    r"néant",
    r"neant",
    r"vide",
    r"desconocido",
    r"DESCONOCIDA",
    r"desconhecido",
    r"sconosciuto",
    r"ignoto",
    r"onbekend",
    r"geen",
    r"n.v.t.",
    r"ukendt",
    r"okänd",
    r"saknas",
    r"tuntematon",
    r"nieznany",
    r"brak",
    r"neznámý",
    r"ismeretlen",
    r"nincs",
    r"necunoscut",
    r"nepoznato",
    r"bilinmiyor",
    r"yok",
    r"άγνωστο",
    r"неизвестно",
    r"НЕИЗВЕСТНО",
    r"нет",
    r"невідомо",
    r"不明",
    r"未知",
    r"なし",
    r"없음",
    r"QC",
    r"qc",
    r"QC1",
    r"QC-2",
    r"IQC",
    r"EQA",
    r"NEQAS",
    r"CONTROL",
    r"control",
    r"CTRL",
    r"KONTROLLE",
    r"Kontrolle",
    r"CONTROLE",
    r"Lyphochek",
    r"TEST",
    r"test",
    r"TEST1",
    r"TESTPATIENT",
    r"Testpatient",
    r"ZZTEST",
    r"XXTESTPATIENT",
    r"DUMMY",
    r"dummy",
    r"DEMO",
    r"MUSTERMANN",
    r"ANONYMOUS",
    r"PRUEBA",
]
PHRASES = [
    "none given", "not known", "not available", "no number", "UNKNOWN PATIENT", "Unknown Male 1",
    "nicht bekannt", "keine Angabe", "ohne Nummer", "sans numéro", "non renseigné", "sin datos",
    "no consta", "não informado", "non noto", "brak danych", "не указан", "غير معروف", "לא ידוע",
    "CONTROL N/T SL/M", "QC LEVEL 2", "Control (high)", "TEST PATIENT", "Test, Patient", "Test_Patient_01",
    "[object Object]", "[ NULL ]", "John Doe",
]  # fmt: skip
# true numbers, also those that begin or end like a word of the list
NUMBERS = [
    "1",
    "7",
    "12",
    "1001",
    "007",
    "00123",
    "1234",
    "12345678",
    "9434765919",
    "100000",
    "111112",
    "22222222a",
    "1111",
    "9999",
    "A1",
    "ann",
    "bob",
    "p1",
    "P0001",
    "X1",
    "X123",
    "XY",
    "QC123456",
    "QC00412345",
    "CONTROLLA77",
    "TEST-2024-00017",
    "NA123",
    "N1",
    "NN12345",
    "TESTA",
    "NILSSON1",
    "NONE12",
    "UNK12345678",
    "NULL1234",
    "0x1F",
    "DEMOCRITUS",
    "KEINER1",
    "GEENSTRA22",
    "AB-0000",
    "900-000-0000",
    "2472-9",
    "Ä12",
    "Å1",
    "患者12",
    "号1234",
    "МК1001",
]
HIDDEN = [
    "12\x0034", "12\x1c34", "12\x0134", "12\t34", "12\n34", "12\x7f34", "12\x8534", "\u200b1234",
    "1234\u200d", "12\u200e34", "\u202e4321", "12\u206034", "12\ufeff34", "12\u00ad34", "12\u034f34",
    "12\ufe0f", "1\u31642", "12\ufffd4", "12\U000e00414", "12\u20284",
]  # fmt: skip


def by_column(check, texts: list[str]) -> list[bool]:
    return check(pa.array(texts)).to_pylist()


@pytest.mark.parametrize("text", PLACEHOLDERS + PHRASES)
def test_a_placeholder_is_nobody(text):
    assert fault_of(text) == PLACEHOLDER


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_that_only_resembles_one_is_read(text):
    assert fault_of(text) is None


@pytest.mark.parametrize("text", HIDDEN)
def test_a_number_with_a_sign_that_nobody_sees_is_refused(text):
    assert fault_of(text) == HIDDEN_SIGN


def test_a_column_is_read_as_one_text_after_the_other():
    texts = PLACEHOLDERS + PHRASES + NUMBERS + HIDDEN
    hidden = [fault_of(text) == HIDDEN_SIGN for text in texts]
    assert by_column(holds_hidden_sign, texts) == hidden
    told = [a or b for a, b in zip(by_column(is_placeholder, texts), hidden, strict=True)]
    assert told == [fault_of(text) is not None for text in texts]


def test_what_a_facility_names_as_true_is_one():
    assert fault_of("22222", {"22222"}) is None
    assert fault_of("33333", {"22222"}) == PLACEHOLDER
    assert is_placeholder(pa.array(["22222", "33333", None]), {"22222"}).to_pylist() == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("types", "named"),
    [
        (["MR", "mr ", "PI", "PT", "PE", "MRN"], "patient"),
        (["NH", "NHSNMBR"], "NH"),
        (["NI"], "NI"),
        (["HC"], "HC"),
        (["NNDEU"], "NNDEU"),
        (["AN", "FIN"], "AN"),
        (["OURS"], "OURS"),
        ([""], ""),
    ],
)
def test_numbers_are_compared_within_their_class_of_types(types, named):
    assert {type_class(of) for of in types} == {named}


def test_accounts_visits_and_licences_are_no_patients():
    assert not any(map(is_patient_type, ["AN", "VN", "SS", "DL", "PPN", "fin", "CSN"]))
    assert all(map(is_patient_type, ["", "MR", "NH", "NNDEU", "HC", "JHN", "OURS"]))
