"""`schema`: the GraphQL schema as a file."""

import typer

app = typer.Typer(help="The GraphQL schema.", no_args_is_help=True)


@app.command()
def export() -> None:
    """Print the schema (committed as schema/schema.graphql)."""
    from schema.schema import build_schema

    typer.echo(build_schema().as_str())


@app.callback()
def _group() -> None:
    """The GraphQL schema."""
