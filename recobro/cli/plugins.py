"""`plugins`: what is installed, and what state it is in."""

from typing import Annotated

import typer

app = typer.Typer(
    help="Plugins: what is installed, what it offers, and why something does not load.", no_args_is_help=True
)


@app.command("list")
def list_plugins() -> None:
    """Every installed plugin with its version, state and offers."""
    from core.plugin_host import host
    from recobro.cli.common import table
    from recobro.logs import set_up_logs
    from recobro.settings import settings

    set_up_logs(settings())
    host.load(allowed=settings().plugins, strict=False)
    table(
        "Plugins",
        ("plugin", "version", "state", "offers", "reason"),
        [(p.name, p.version, p.state, ", ".join(offer.code for offer in p.offers), p.reason) for p in host.plugins()],
    )


@app.command()
def purge(
    name: Annotated[str, typer.Argument(help="The plugin, while it is still installed.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take a plugin's tables out of the database, with what they hold: before it is uninstalled for good."""
    from recobro.cli.common import console
    from recobro.database import DatabaseError
    from recobro.plugin_migrations import purge_plugin, sources
    from recobro.runtime import addresses
    from recobro.settings import settings

    folder = sources().get(name)
    if folder is None:
        raise DatabaseError(f"The plugin '{name}' is not installed, or has no tables.")
    if not yes:
        typer.confirm(f"Delete the tables of '{name}' and everything in them?", abort=True)
    with addresses(settings(), migrate=False) as found:
        if found.owner is None:
            raise DatabaseError("RECOBRO_DATABASE_URL (the owner's address) is not set; this command needs it.")
        purge_plugin(found.owner, name, folder)
    console.print(f"The tables of '{name}' are gone.")
