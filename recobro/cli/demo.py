"""`demo`: the data that a new installation can be tried out with."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from core.kit.errors import Conflict
from recobro import database
from recobro.cli.common import console
from recobro.demo import address, people, tokens
from recobro.demo.banner import sign_ins
from recobro.demo.start import load_if_new, loaded, wipe
from recobro.embedded import find, start
from recobro.runtime import addresses, opened
from recobro.settings import Settings, settings
from tenants import identity

app = typer.Typer(help="The demo: sign in as its people, load it, throw it away.", no_args_is_help=True)
T = TypeVar("T")


@app.command()
def token(
    role: Annotated[
        str, typer.Argument(help="Whose: agency-admin, collector, creditor-viewer, machine, …: `demo people`.")
    ],
) -> None:
    """Print a fresh access token of one of the demo's people, and nothing else. Works beside `make run`."""
    typer.echo(_beside(lambda: tokens.token(role)))


@app.command("people")
def list_people() -> None:
    """The demo's people and machines, with their keys and e-mail addresses."""
    if not _beside(people):
        raise tokens.no_demo()
    console.print(sign_ins())


@app.command()
def load() -> None:
    """Load the demo into an empty installation (`make run` does it by itself)."""
    chosen = settings()
    if chosen.embedded and find(_folder(chosen)) is not None:
        raise Conflict("Recobro is running.", code="RUNNING", remedy="It loads the demo when it starts; stop it first.")
    with addresses(chosen) as found:
        load_if_new(chosen, found.app)
    if loaded() is None:
        raise Conflict(
            "There are agencies here already.",
            code="NOT_EMPTY",
            remedy="The demo goes into an empty installation only.",
        )
    console.print("The demo is loaded. `demo people` lists its sign-ins.")


@app.command()
def reset(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete everything in the embedded database, and the files. Only in development, and while nothing runs."""
    chosen = settings()
    if chosen.environment != "development" or not chosen.embedded:
        raise Conflict(
            "Only the embedded database of a development installation is deleted by this command.", code="NOT_EMBEDDED",
            remedy="Drop and create your database yourself.",
        )  # fmt: skip
    if not yes:
        typer.confirm(f"Delete all agencies, debts, users and files in {chosen.data_dir}?", abort=True)
    server = start(_folder(chosen))
    try:
        wipe(chosen, server)
    finally:
        server.stop()
    console.print("Deleted. The next `make run` begins anew.")


def _folder(chosen: Settings) -> Path:
    return chosen.data_dir / "postgres"


def _beside(work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` on the database as it stands: beside a running server, and without a migration."""
    chosen = settings()
    if chosen.embedded and not _folder(chosen).exists():
        raise tokens.no_demo()
    identity.use_issuer(address.recall(chosen))

    async def run(app_url: str) -> T:
        async with opened(chosen, app_url):
            return await work()

    with addresses(chosen, migrate=False) as found:
        if found.owner is not None:
            database.require_newest(found.owner)
        return asyncio.run(run(found.app))
