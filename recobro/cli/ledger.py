"""`ledger`: the journals of the agencies."""

from datetime import date
from typing import Annotated
from uuid import UUID

import typer

from core.kit.errors import not_found
from core.kit.money import Money
from core.kit.scope import Actor, Audience, Scope, agency_scope, system_scope
from core.ledger import reads
from core.ledger.seal import seal
from core.ledger.verify import Proof, verify
from core.permissions import Permission
from recobro.cli.common import console, table, with_database
from tenants import identity

app = typer.Typer(
    help="The journals of the agencies: prove them, seal them, read their balances.", no_args_is_help=True
)
ACTOR = Actor("system", "command line")
Slug = Annotated[str | None, typer.Option("--agency", help="The short name of one agency; all of them without.")]


@app.command("verify")
def verify_all(agency: Slug = None) -> None:
    """Prove the journals: nothing was changed, and all that is kept of them is what they say. Status 1 if not."""
    holds = True
    for name, proof in with_database(lambda: _proofs(agency)):
        holds = holds and proof.holds
        show(name, proof)
    if not holds:
        raise typer.Exit(1)


@app.command("seal")
def seal_now() -> None:
    """Seal what is new, which is otherwise done once a minute."""
    blocks = with_database(lambda: seal(system_scope(Audience.RELAY, "command line")))
    console.print(f"{blocks} block{'' if blocks == 1 else 's'} made.")


@app.command("balances")
def balances(
    agency: Annotated[str, typer.Option(help="The agency's short name.")],
    on: Annotated[str, typer.Option(help="The legal day: 2026-03-31.")],
) -> None:
    """What every account of an agency holds at the end of a day."""
    try:
        day = date.fromisoformat(on)
    except ValueError as problem:
        raise typer.BadParameter("give a day such as 2026-03-31", param_hint="--on") from problem
    table(
        f"{agency} on {day}",
        ("account", "creditor", "balance"),
        [
            (one.account.value, one.creditor_id, Money(one.balance_minor, one.currency).formatted())
            for one in with_database(lambda: _balances(agency, day))
        ],
    )


def show(name: str, proof: Proof) -> None:
    """The proof as a table, with what is wrong under it."""
    title = f"{name}: {proof.entries:,} entries in {proof.height:,} blocks, {proof.unsealed:,} not sealed yet"
    table(
        title,
        ("", "what holds", "looked at", "wrong"),
        [("✓" if one.holds else "✗", one.proves, f"{one.looked_at:,}", f"{one.wrong:,}") for one in proof.checks],
    )
    console.print(f"head: {proof.head}")
    for check in proof.checks:
        for sample in check.samples:
            console.print(f"  ✗ {check.name}: {sample}", markup=False, highlight=False)


async def _proofs(slug: str | None) -> list[tuple[str, Proof]]:
    return [(name, await verify(_scope(agency_id))) for agency_id, name in await _agencies(slug)]


async def _balances(slug: str, day: date) -> list[reads.AccountBalance]:
    ((agency_id, _),) = await _agencies(slug)
    return await reads.balances(_scope(agency_id), day)


def _scope(agency_id: UUID) -> Scope:
    return agency_scope(agency_id, ACTOR, (Permission.LEDGER_VERIFY, Permission.LEDGER_READ))


async def _agencies(slug: str | None) -> list[tuple[UUID, str]]:
    """Raises: NotFound (agency)."""
    async with identity.transaction("command line", read_only=True) as tx:
        rows = await tx.fetch(
            "SELECT id, slug FROM agency WHERE $1::text IS NULL OR slug = $1 ORDER BY slug LIMIT 1000", slug
        )
    if slug is not None and not rows:
        raise not_found("agency", "--agency")
    return [(row["id"], row["slug"]) for row in rows]
