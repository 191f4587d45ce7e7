"""`plugins`: what is installed, and what state it is in."""

from pathlib import Path
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


@app.command("health")
def show_health(
    agency: Annotated[str | None, typer.Option(help="The short name of one agency; all of them without.")] = None,
    openmetrics: Annotated[
        bool, typer.Option("--openmetrics", help="As a monitoring system reads it, instead of a table.")
    ] = False,
) -> None:
    """What the calls of the last 24 hours came to, for each agency and offer."""
    from recobro.cli.common import table, with_database
    from recobro.cli.plugins_health import all_health, rows
    from recobro.cli.plugins_metrics import exposition

    found = with_database(lambda: all_health(agency))
    if openmetrics:
        typer.echo(exposition(found), nl=False)
        return
    columns = ("agency", "offer", "calls", "p50 ms", "p99 ms", "cost", "budgets")
    table("Calls in the last 24 hours", columns, rows(found))


@app.command("rotate-secrets")
def rotate() -> None:
    """Seal the settings of plugins with the first of RECOBRO_SECRET_KEYS, so that plugins need no older one."""
    from recobro.cli.common import console, with_database
    from recobro.cli.plugins_health import rotated

    unreadable = False
    for slug, done in with_database(rotated):
        console.print(f"{slug}: {done.resealed} sealed anew, {done.kept} as they should be")
        for offer in done.unreadable:
            unreadable = True
            console.print(f"  no key opens the settings of '{offer}'", markup=False)
    if unreadable:
        raise typer.Exit(1)


@app.command()
def uninstall(
    name: Annotated[str, typer.Argument(help="The plugin; best while it is still installed.")],
    export: Annotated[
        Path | None, typer.Option(help="Write what is kept of it here first: a JSON object a line, without secrets.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget a plugin: its settings, documents, subscriptions, addresses, jobs and tables, at every agency.

    The evidence of its calls stays. Run it while nothing serves; then uninstall the package, and start again.
    """
    from core.plugin_host import host
    from recobro.cli import plugins_uninstall as work
    from recobro.cli.common import console, with_database
    from recobro.database import DatabaseError
    from recobro.plugin_migrations import drop_plugin, sources
    from recobro.runtime import addresses
    from recobro.settings import settings

    folder = sources().get(name)
    host.load(allowed=settings().plugins, strict=False)
    installed = any(status.name == name for status in host.plugins())
    if not installed and folder is None and not with_database(lambda: work.known(name)):
        raise DatabaseError(f"Nothing of a plugin '{name}' is here.")
    if not yes:
        typer.confirm(f"Delete everything that '{name}' keeps, at every agency?", abort=True)
    with addresses(settings(), migrate=False) as found:
        if found.owner is None:
            raise DatabaseError("RECOBRO_DATABASE_URL (the owner's address) is not set; this command needs it.")
        if export is not None:
            lines = with_database(lambda: work.export(name, export))
            console.print(f"{lines} lines written to {export}.", markup=False, highlight=False)
        rows, jobs = with_database(lambda: work.forget(name))
        tables = drop_plugin(found.owner, name, folder)
    console.print(f"'{name}' is forgotten: {rows} rows, {jobs} jobs, {len(tables)} tables.", markup=False)


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
