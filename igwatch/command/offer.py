"""What the modules of this folder offer, read from their text: a command imports nothing of others.

`igwatch --help` and `igwatch explain` would else wait for Airflow's, the report's and the checks'
libraries, a second and a half each time.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True)
class Offer:
    """A command by its name, the module that holds it, and what --help says of it."""

    name: str
    module: str
    help: str

    def command(self) -> Any:
        """The command itself: its module is imported."""
        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        import_module(self.module).add_to(app)
        return typer.main.get_group(app).commands[self.name]


def module_names(folder: Path) -> list[str]:
    """The modules that hold a command, told apart by their text: importing the others, the demo
    for one, would be in their way when they are run themselves."""
    files = sorted(folder.glob("*.py"))
    return [f.stem for f in files if "\ndef add_to(" in f.read_text(encoding="utf-8")]


def offers(folder: Path, package: str) -> list[Offer]:
    """What the modules of a folder offer, in the order of --help."""
    found: list[tuple[int, list[Offer]]] = []
    for name in module_names(folder):
        module = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
        offered = [Offer(n, f"{package}.{name}", text) for n, text in _offered(module)]
        found.append((ast.literal_eval(_assigned(module)["PLACE"]), offered))
    return [offer for _, offered in sorted(found, key=lambda each: each[0]) for offer in offered]


def _offered(module: ast.Module) -> Iterator[tuple[str, str]]:
    """(name, help) of each command that `add_to` hands over: functions as they are, and groups that
    are given a name."""
    functions = {f.name: f for f in module.body if isinstance(f, ast.FunctionDef)}
    assigned = _assigned(module)
    for node in ast.walk(functions["add_to"]):
        if isinstance(node, ast.Name) and node.id in functions:
            yield node.id.replace("_", "-"), ast.get_docstring(functions[node.id]) or ""
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add_typer":
            group, stated = node.args[0], {key.arg: key.value for key in node.keywords}
            assert isinstance(group, ast.Name)
            made = assigned[group.id]
            assert isinstance(made, ast.Call)
            text = next(key.value for key in made.keywords if key.arg == "help")
            yield ast.literal_eval(stated["name"]), inspect.cleandoc(ast.literal_eval(text))


def _assigned(module: ast.Module) -> dict[str, ast.expr]:
    return {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


class _Commands(MutableMapping[str, Any]):
    """The commands by name; one is imported when it is asked for."""

    def __init__(self, offered: list[Offer], added: dict[str, Any]) -> None:
        self.offers = {offer.name: offer for offer in offered}
        self._made = dict(added)

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self.offers[name].command()
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        self.offers.pop(name, None)
        self._made.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter({**self.offers, **self._made})

    def __len__(self) -> int:
        return len({**self.offers, **self._made})


class OfferingGroup(TyperGroup):
    """The commands of this folder. --help lists them without importing any."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        offered = offers(Path(__file__).parent, __name__.rpartition(".")[0])
        self.commands: _Commands = _Commands(offered, dict(self.commands))

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names, in the order of --help."""
        return list(self.commands)

    def get_command(self, ctx: Any, name: str) -> Any:
        """The command as --help shows it: its name and what it does."""
        if name not in self.commands.offers:
            return super().get_command(ctx, name)
        return TyperCommand(name, help=self.commands.offers[name].help)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command itself, with the arguments behind it."""
        if args[0] in self.commands:
            return args[0], self.commands[args[0]], args[1:]
        return super().resolve_command(ctx, args)
