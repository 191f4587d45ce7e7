"""`db`: the schema of the database."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated

import typer

from recobro import database
from recobro.cli.common import console
from recobro.database import DatabaseError
from recobro.runtime import addresses
from recobro.settings import settings

app = typer.Typer(help="The database: bring it up to date, check it, write a revision.", no_args_is_help=True)


@contextmanager
def _owner(*, migrate: bool) -> Generator[str]:
    with addresses(settings(), migrate=migrate) as found:
        if found.owner is None:
            raise DatabaseError("RECOBRO_DATABASE_URL (the owner's address) is not set; this command needs it.")
        yield found.owner


@app.command()
def upgrade() -> None:
    """Bring the database to the newest version; plugins after the core."""
    with _owner(migrate=True) as owner, console.status("upgrading the database"):
        database.check(owner)
    console.print("The database is up to date.")


@app.command()
def check() -> None:
    """Compare the database with the models: tables, keys, checks, row-level security, privileges."""
    with _owner(migrate=False) as owner:
        database.check(owner)
    console.print("Database and models agree.")


@app.command()
def revision(message: Annotated[str, typer.Option("-m", "--message", help="Why the schema changes.")]) -> None:
    """Write the revision that brings the database to the models. Read it before you commit it."""
    with _owner(migrate=True) as owner:
        console.print(f"Written: {database.write_revision(owner, message)}")


@app.command()
def downgrade(to: Annotated[str, typer.Argument(help="A revision, `-1`, or `base`.")]) -> None:
    """Take the database back to an earlier version. Loses what the later versions hold."""
    with _owner(migrate=False) as owner:
        database.downgrade(owner, to)
    console.print(f"The database is at {to}.")
