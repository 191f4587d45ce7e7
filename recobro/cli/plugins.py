"""`plugins`: what is installed, and what state it is in."""

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
