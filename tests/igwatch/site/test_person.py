"""Who is at the keyboard: the machine's word, whatever the environment says."""

import os
import pwd

import pytest

from igwatch.base.error import PipelineError
from igwatch.decision.reason import refuse_unsayable
from igwatch.site import person as person_module
from igwatch.site.home import home_at
from igwatch.site.person import person

ACCOUNT = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture(autouse=True)
def logged_in(tmp_path, monkeypatch):
    """The kernel's account of who logged in, as the test writes it."""
    kept = tmp_path / "loginuid"
    kept.write_text(str(person_module.NOBODY_LOGGED_IN))
    monkeypatch.setattr(person_module, "LOGIN", kept)
    monkeypatch.delenv("SUDO_USER", raising=False)
    return kept


def test_it_is_the_account_of_the_process_and_not_what_the_environment_says(monkeypatch):
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody.else")
    assert person() == ACCOUNT


def test_who_came_by_sudo_stands_before_it(monkeypatch):
    monkeypatch.setenv("SUDO_USER", "j.doe")
    assert person() == f"j.doe as {ACCOUNT}"


def test_who_logged_in_is_the_kernels_to_say(monkeypatch, logged_in):
    monkeypatch.setenv("SUDO_USER", "somebody.else")
    logged_in.write_text(str(pwd.getpwnam("daemon").pw_uid))
    assert person() == f"daemon as {ACCOUNT}"
    logged_in.write_text(str(os.getuid()))
    assert person() == ACCOUNT


def test_a_user_without_a_name_may_decide(tmp_path, monkeypatch):
    """As a container's is; the five digits in a row are the machine's and nobody's number."""
    monkeypatch.setattr(os, "getuid", lambda: 64777)
    assert person() == "user 64777"
    refuse_unsayable(home_at(tmp_path), "a new unit", person())
    with pytest.raises(PipelineError, match="--by holds five digits"):
        refuse_unsayable(home_at(tmp_path), "a new unit", "user 64778")
