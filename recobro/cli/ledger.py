"""`ledger`: the journals of the agencies."""

from datetime import date
from typing import Annotated
from uuid import UUID

import typer

from core.banking.prove import prove
from core.banking.reconcile import Reconciliation, reconcile
from core.kit import db
from core.kit.errors import not_found
from core.kit.money import Money
from core.kit.scope import Actor, Audience, Scope, agency_scope, system_scope
from core.ledger import reads
from core.ledger.seal import seal
from core.ledger.verify import Proof
from core.permissions import Permission
from recobro.cli.common import console, table, with_database
from tenants import identity

app = typer.Typer(
    help="The journals of the agencies: prove them, seal them, read their balances.", no_args_is_help=True
)
ACTOR = Actor("system", "command line")
Slug = Annotated[str | None, typer.Option("--agency", help="The short name of one agency; all of them without.")]


@app.command("verify")
def verify_all(
    agency: Slug = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Compare row by row also where sums agree, which they would once in 2^60.")
    ] = False,
) -> None:
    """Prove the journals: nothing was changed, and all that is kept of them is what they say. Status 1 if not."""
    holds = True
    for name, proof in with_database(lambda: _proofs(agency, exact=exact)):
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
    day = _day(on)
    table(
        f"{agency} on {day}",
        ("account", "creditor", "balance"),
        [
            (one.account.value, one.creditor_id, Money(one.balance_minor, one.currency).formatted())
            for one in with_database(lambda: _balances(agency, day))
        ],
    )


@app.command("reconcile")
def reconcile_trust(
    agency: Annotated[str, typer.Option(help="The agency's short name.")],
    account: Annotated[str, typer.Option(help="The agency's name of one of its trust accounts.")],
    on: Annotated[str, typer.Option(help="The legal day: 2026-03-31.")],
) -> None:
    """What the bank has, what the books have and whose it is, at the end of a day. Status 1 if it is not reconciled."""
    found = with_database(lambda: _reconciled(agency, account, _day(on)))
    show_reconciliation(agency, found)
    if not found.reconciled:
        raise typer.Exit(1)


def _day(on: str) -> date:
    try:
        return date.fromisoformat(on)
    except ValueError as problem:
        raise typer.BadParameter("give a day such as 2026-03-31", param_hint="--on") from problem


def show_reconciliation(name: str, found: Reconciliation) -> None:
    """The legs and what lies between them as a table, with gaps and what is unexplained under it."""

    def said(minor: int) -> str:
        return Money(minor, found.currency).formatted()

    rows: list[tuple[str, object, str]] = []
    for account in (*found.accounts, None):
        if account is not None:
            rows.append((f"bank: {account.name}", f"to {account.statement_on}", said(account.balance_minor)))
        rows += [
            (one.item_class.value, one.count, said(one.minor))
            for one in found.classes
            if one.account_id == (account.account_id if account else None)
        ]
        if account is not None:
            mark = "✓" if account.reconciled else f"✗ {said(account.difference_minor)} not explained"
            rows.append((f"books: {account.name}", mark, said(account.books_minor)))
    rows += [("books: all", f"of them in no account yet {said(found.unplaced)}", said(found.books))]
    rows += [(f"owed: {account.value}", "", said(minor)) for account, minor in found.owed.items()]
    rows += [("difference", "", said(found.difference))]
    table(f"{name} on {found.on}, {found.currency}", ("", "", "amount"), rows)
    names = {account.account_id: account.name for account in found.accounts}
    for gap in found.gaps:
        console.print(
            f"  ✗ {names[gap.account_id]}: the statement from {gap.from_on} opens with {said(gap.opening_minor)}, "
            f"and the one before it closed with {said(gap.expected_minor)}",
            markup=False, highlight=False,
        )  # fmt: skip
    for one in found.classes:
        for item in one.items:
            console.print(
                f"  {one.item_class.value} {item.on} {said(item.minor)}: {item.what}", markup=False, highlight=False
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


async def _proofs(slug: str | None, *, exact: bool) -> list[tuple[str, Proof]]:
    return [(name, await prove(_scope(agency_id), exact=exact)) for agency_id, name in await _agencies(slug)]


async def _balances(slug: str, day: date) -> list[reads.AccountBalance]:
    ((agency_id, _),) = await _agencies(slug)
    return await reads.balances(_scope(agency_id), day)


async def _reconciled(slug: str, name: str, day: date) -> Reconciliation:
    """Raises: NotFound (agency, trust account)."""
    ((agency_id, _),) = await _agencies(slug)
    scope = _scope(agency_id)
    async with db.transaction(scope, read_only=True) as tx:
        account_id = await tx.fetchval(
            "SELECT id FROM bank_account WHERE agency_id = $1 AND name = $2", agency_id, name
        )
    if account_id is None:
        raise not_found("trust account", "--account")
    return await reconcile(scope, account_id, day)


def _scope(agency_id: UUID) -> Scope:
    return agency_scope(agency_id, ACTOR, (Permission.LEDGER_VERIFY, Permission.LEDGER_READ, Permission.BANKING_READ))


async def _agencies(slug: str | None) -> list[tuple[UUID, str]]:
    """Raises: NotFound (agency)."""
    async with identity.transaction("command line", read_only=True) as tx:
        rows = await tx.fetch(
            "SELECT id, slug FROM agency WHERE $1::text IS NULL OR slug = $1 ORDER BY slug LIMIT 1000", slug
        )
    if slug is not None and not rows:
        raise not_found("agency", "--agency")
    return [(row["id"], row["slug"]) for row in rows]
