"""Every error of ours is one line with its mend, at the command line and in a task of Airflow."""

import pickle
from importlib import import_module
from pathlib import Path

import pytest
import typer

from igwatch import command
from igwatch.base.error import IgwatchError

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("transforms", "expectations", "warehouse", "reports", "samples", "igwatch")


def kinds(base: type[IgwatchError]) -> list[type[IgwatchError]]:
    return [base, *(kind for child in base.__subclasses__() for kind in kinds(child))]


def all_errors() -> list[type[IgwatchError]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if path.stem not in ("__init__", "__main__"):
                import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return sorted(set(kinds(IgwatchError)), key=lambda kind: kind.__name__)


ERRORS = all_errors()


def raised(kind: type[IgwatchError]) -> IgwatchError:
    """One of this kind, whatever else its constructor asks for."""
    fault = kind.__new__(kind)
    IgwatchError.__init__(fault, "the shelf is empty", "fill it")
    return fault


def test_the_errors_that_a_person_can_mend_are_all_found():
    names = {kind.__name__ for kind in ERRORS}
    assert {"CatalogueError", "CheckError", "DictionaryError", "LetterError"} <= names
    assert len(names) >= 23


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_its_name_says_that_it_is_an_error(kind):
    assert kind.__name__.endswith("Error")


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_the_command_line_prints_it_and_its_mend_in_one_line(kind, monkeypatch, capsys):
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    def fails() -> None:
        raise raised(kind)

    monkeypatch.setattr(command, "app", app)
    monkeypatch.setattr("sys.argv", ["igwatch"])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "igwatch: the shelf is empty; fill it\n"


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_a_step_of_the_dag_fails_with_the_same_line_and_is_not_tried_again(
    kind, tmp_path, monkeypatch
):
    from dags.task_steps import StepFailure, home_step

    monkeypatch.setenv("IGWATCH_HOME", str(tmp_path / "home"))
    with pytest.raises(StepFailure) as failed, home_step("build", holds=True):
        raise raised(kind)
    assert str(failed.value) == "the shelf is empty; fill it"
    assert not (tmp_path / "home" / ".night").exists()


def test_what_a_library_raises_is_named_by_its_kind_and_told_in_a_private_file(
    tmp_path, monkeypatch
):
    from dags.task_steps import StepError, StepFailure, home_step

    monkeypatch.setenv("IGWATCH_HOME", str(tmp_path / "home"))
    with pytest.raises(StepError) as failed, home_step("build"):
        raise KeyError("a row of somebody")
    assert not isinstance(failed.value, StepFailure)
    (note,) = (tmp_path / "home" / "work").glob("fault-*.txt")
    assert str(failed.value) == f"KeyError; it is told in work/{note.name}"
    assert "a row of somebody" in note.read_text(encoding="utf-8")
    assert note.stat().st_mode & 0o777 == 0o600


def test_a_home_that_another_night_has_is_asked_for_again(tmp_path, monkeypatch):
    from dags import task_steps
    from igwatch.site.home import home_at
    from igwatch.site.home_lock import hold_home

    monkeypatch.setenv("IGWATCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(task_steps, "PATIENCE_SECONDS", 0)
    with (
        hold_home(home_at(tmp_path / "home").prepare()),
        pytest.raises(task_steps.StepError, match="holds this home") as busy,
        task_steps.home_step("build", holds=True),
    ):
        pass
    assert not isinstance(busy.value, task_steps.StepFailure)


def test_the_text_and_its_mend_are_parted_once():
    assert str(IgwatchError("it is gone", "bring it back")) == "it is gone; bring it back"
    assert str(IgwatchError("north.yaml:", "must be a mapping")) == "north.yaml: must be a mapping"


def test_an_error_comes_whole_out_of_another_process():
    again = pickle.loads(pickle.dumps(IgwatchError("it is gone", "bring it back")))
    assert (again.text, again.mend) == ("it is gone", "bring it back")
