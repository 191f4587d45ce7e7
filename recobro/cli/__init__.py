"""The command line: `python -m recobro`."""

import sys
from typing import NoReturn

import typer
from rich.console import Console

from core.kit.errors import DomainError
from recobro.cli import agency, database, demo, plugins, schema, serve, user
from recobro.database import DatabaseError
from recobro.embedded import EmbeddedServerError
from recobro.settings import SettingsError

app = typer.Typer(
    name="recobro",
    help="Recobro: a debt-collection backend for agencies, their creditors and integrators.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    add_completion=False,
)
app.command("serve")(serve.serve)
app.command("worker")(serve.worker)
app.add_typer(database.app, name="db")
app.add_typer(agency.app, name="agency")
app.add_typer(user.app, name="user")
app.add_typer(plugins.app, name="plugins")
app.add_typer(demo.app, name="demo")
app.add_typer(schema.app, name="schema")


def main() -> NoReturn:
    """Run a command. What is expected to fail ends in one clear line, and status 1."""
    try:
        app()
    except (DatabaseError, SettingsError, EmbeddedServerError, DomainError) as problem:
        remedy = getattr(problem, "remedy", None)
        Console(stderr=True, soft_wrap=True).print(f"[red]error:[/] {problem}{f' {remedy}' if remedy else ''}", highlight=False)
        sys.exit(1)
    sys.exit(0)
