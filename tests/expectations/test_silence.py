"""Nothing of what is checked comes out: not in results, logs, output or pages."""

import logging
import socket

import pandas as pd

from expectations.check import check_frames, check_result_table
from expectations.data_docs import write_data_docs
from tests.expectations.good import AS_OF, good_frame
from tests.shown import SHOWN

SEEDED = ("ZZNAME", "ZZID", "7777.1234", "ZZUNIT", "ZZVALUE", "1931-07-07")


def seeded_frames() -> dict[str, pd.DataFrame]:
    """Frames that break what they can, with names, identifiers, dates and values to look for."""
    measurement = pd.concat([good_frame("core.measurement")] * 3, ignore_index=True)
    measurement["patient_id"] = "ZZID 5.5E+15"
    measurement["patient_key"] = "ZZID"
    measurement["measurement_id"] = "ZZID"
    measurement["sex"] = "ZZNAME"
    measurement["unit_ucum"] = None
    measurement["value_g_per_l"] = -7777.1234
    measurement["value_kiu_per_l"] = "ZZVALUE"
    measurement["class"] = "ZZVALUE"
    measurement["days_before_clock"] = "1931-07-07"
    measurement["age_days"] = "1931-07-07"
    measurement = measurement.drop(columns="lower_limit_max")
    flag = good_frame("flag.patient_flag")
    flag[["patient_key", "rule_id", "status"]] = "ZZID"
    flag["status_reason"] = None
    flag["last_evidence_at"] = pd.Timestamp("1931-07-07")
    return {"core.measurement": measurement, "flag.patient_flag": flag}


def test_no_seeded_word_or_number_comes_out(caplog, capfd, tmp_path):
    with caplog.at_level(logging.DEBUG):
        results = check_frames(seeded_frames(), "north", AS_OF)
        page = write_data_docs(results, tmp_path / "checks", SHOWN).read_text()
    assert sum(not r.success for r in results) > 10
    texts = [
        repr(results),
        str(check_result_table(results, SHOWN).to_pylist()),
        page,
        caplog.text,
        *capfd.readouterr(),
    ]
    assert [(word, text) for word in SEEDED for text in texts if word in text] == []


def test_checks_run_in_silence(caplog, capfd):
    with caplog.at_level(logging.INFO):
        check_frames({"quality.freshness": good_frame("quality.freshness")}, None, AS_OF)
    assert (caplog.text, *capfd.readouterr()) == ("", "", "")


def test_nothing_is_sent_anywhere(monkeypatch, tmp_path):
    called = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: called.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *names, **_: called.append(names))
    results = check_frames({"quality.freshness": good_frame("quality.freshness")}, None, AS_OF)
    write_data_docs(results, tmp_path, SHOWN)
    assert called == []
