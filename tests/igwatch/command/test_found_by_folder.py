"""A command is one file of igwatch/command: it is found there, and --help lists it in its place."""

from pathlib import Path

from igwatch import command


def test_every_module_with_add_to_is_a_command_and_has_a_place_of_its_own():
    names = [module.__name__.split(".")[-1] for module in command.commands()]
    places = [module.PLACE for module in command.commands()]
    folder = Path(command.__file__).parent
    assert sorted(names) == sorted(
        path.stem for path in folder.glob("*.py") if "\ndef add_to(" in path.read_text("utf-8")
    )
    assert names[0] == "run"
    assert "demo" not in names
    assert places == sorted(set(places))


def test_an_added_command_is_found(tmp_path, monkeypatch):
    (tmp_path / "greet.py").write_text("PLACE = 5\n\ndef add_to(app):\n    pass\n")
    monkeypatch.setattr(command, "__file__", str(tmp_path / "__init__.py"))
    monkeypatch.setattr(command, "__path__", [str(tmp_path)])
    assert [module.__name__ for module in command.commands()] == ["igwatch.command.greet"]
