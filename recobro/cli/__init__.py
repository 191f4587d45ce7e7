"""The command line: `python -m recobro`. A command's module is loaded when it is used, since most bring much along."""

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS = {
    "serve": "Serve the API (and, without a Redis of its own, work the jobs).",
    "worker": "Work the jobs of an installation that has a Redis (RECOBRO_REDIS_URL).",
    "db": "The database: bring it up to date, check it, write a revision.",
    "agency": "Agencies: the tenants of this installation.",
    "ledger": "The journals of the agencies: prove them, seal them, read their balances.",
    "user": "Users: who may sign in, and as what.",
    "plugins": "Plugins: what is installed, what it offers, and why something does not load.",
    "demo": "The demo: sign in as its people, load it, throw it away.",
    "schema": "The GraphQL schema.",
}
_MODULES = {"worker": "serve", "db": "database"}


class _Loaded(Mapping[str, Any]):
    """The commands themselves, each loaded when it is asked for."""

    def __getitem__(self, name: str) -> Any:
        if name not in COMMANDS:
            raise KeyError(name)
        module = import_module(f"recobro.cli.{_MODULES.get(name, name)}")
        if name in ("serve", "worker"):
            single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            single.command(name)(getattr(module, name))
            return typer.main.get_command(single)
        command = typer.main.get_group(module.app)
        command.name = name
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _LazyGroup(TyperGroup):
    """Shows its commands without loading them."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Loaded()  # pyright: ignore[reportAttributeAccessIssue]

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name]) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, shown, rest = super().resolve_command(ctx, args)
        return name, self.commands[name] if name and shown else None, rest


app = typer.Typer(
    name="recobro",
    cls=_LazyGroup,
    help="Recobro: a debt-collection backend for agencies, their creditors and integrators.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    add_completion=False,
)


@app.callback()
def _recobro() -> None:
    """Recobro: a debt-collection backend for agencies, their creditors and integrators."""


def main() -> NoReturn:
    """Run a command. What is expected to fail ends in one clear line, and status 1."""
    try:
        app()
    except Exception as problem:
        if not isinstance(problem, _expected()):
            raise
        from rich.console import Console

        told = Console(stderr=True, soft_wrap=True)
        remedy = getattr(problem, "remedy", None)
        told.print("[red]error:[/] ", end="")
        told.print(f"{problem}{f' {remedy}' if remedy else ''}", markup=False, highlight=False)
        sys.exit(1)
    sys.exit(0)


def _expected() -> tuple[type[Exception], ...]:
    from core.kit.errors import DomainError
    from core.plugin_host.host import PluginLoadError
    from recobro.embedded import EmbeddedServerError
    from recobro.errors import DatabaseError
    from recobro.settings import SettingsError

    return (DatabaseError, SettingsError, EmbeddedServerError, DomainError, PluginLoadError)
