"""A small furnished house: two agencies, a bank that works with both, another creditor, mandates, parties, debts.

Rows are written by plain SQL in the scope that may write them, so that a test of one area needs no use case of another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.debts.models import ComponentKind
from core.kit import db
from core.kit.db import Database
from core.kit.ids import encode, new_id
from core.kit.money import Rounding
from core.kit.scope import Actor, Audience, Scope, agency_scope, creditor_scope, system_scope
from core.permissions import Permission

USER_ID = UUID("01890000-0000-7000-8000-00000000000a")
COLLECTOR = Actor("user", encode("user", USER_ID), "Ana")
CLIENT_USER = Actor("user", encode("user", UUID("01890000-0000-7000-8000-00000000000b")), "Benito")
EVERYTHING = frozenset(Permission)
ORDER = ("COLLECTION_FEE", "INTEREST_DEFAULT", "INTEREST_ORDINARY", "PRINCIPAL")
STAGE_DAYS = {"EARLY": 1, "INTERMEDIATE": 31, "PRE_LEGAL": 91}
BOUNDS = (30, 60, 90)
OPENED = date(2026, 1, 1)
Parts = Sequence[tuple[ComponentKind | str, int, date | None]]


@dataclass(frozen=True, slots=True)
class Client:
    """A creditor at one agency, with a mandate and a portfolio."""

    creditor_id: UUID
    mandate_id: UUID
    portfolio_id: UUID


@dataclass(frozen=True, slots=True)
class DebtRow:
    id: UUID
    party_id: UUID
    components: tuple[UUID, ...]
    reference: str


@dataclass(frozen=True, slots=True)
class House:
    """`north` and `south` are agencies' scopes with every permission; `bank` works with both, `shop` with the north."""

    north: Scope
    south: Scope
    bank: Client
    shop: Client
    bank_south: Client

    @property
    def bank_scope(self) -> Scope:
        return creditor_scope(self.bank.creditor_id, CLIENT_USER, EVERYTHING)

    @property
    def shop_scope(self) -> Scope:
        return creditor_scope(self.shop.creditor_id, CLIENT_USER, EVERYTHING)


async def house(database: Database) -> House:
    """Furnish a fresh database (the fixture `database`, which is open as the one of the process)."""
    assert db.current() is database
    north, south = await make_agency("north"), await make_agency("south")
    bank = await make_client(north, "bank")
    return House(
        north=north,
        south=south,
        bank=bank,
        shop=await make_client(north, "shop"),
        bank_south=await make_client(south, "bank", creditor_id=bank.creditor_id),
    )


async def make_agency(slug: str, *, permissions: Iterable[str] = EVERYTHING) -> Scope:
    """An agency; returns a scope of a collector of it."""
    agency_id = new_id()
    async with db.transaction(system_scope(Audience.IDENTITY, "house")) as tx:
        await tx.execute(
            "INSERT INTO agency (id, name, slug, tax_id, country, timezone, currency) "
            "VALUES ($1, $2, $3, $4, 'CO', 'America/Bogota', 'COP')",
            agency_id, slug.title(), f"{slug}-{agency_id.hex[-8:]}", agency_id.hex[-12:],
        )  # fmt: skip
    return agency_scope(agency_id, COLLECTOR, permissions)


async def make_client(scope: Scope, code: str, *, creditor_id: UUID | None = None) -> Client:
    """A creditor with one mandate and one portfolio."""
    creditor_id = await make_creditor(scope, code, creditor_id=creditor_id)
    mandate_id = await make_mandate(scope, creditor_id)
    return Client(creditor_id, mandate_id, await make_portfolio(scope, creditor_id, mandate_id))


async def make_creditor(scope: Scope, code: str, *, creditor_id: UUID | None = None) -> UUID:
    """A creditor as client of the agency; give `creditor_id` for an organisation that another agency has too."""
    creditor_id = creditor_id or new_id()
    async with db.transaction(scope) as tx:
        await tx.execute(
            "INSERT INTO creditor (agency_id, id, creditor_id, name, code, tax_id, country) "
            "VALUES ($1, $2, $2, $3, $4, $5, 'CO')",
            scope.agency, creditor_id, code.title(), code, creditor_id.hex[-12:],
        )  # fmt: skip
    return creditor_id


async def make_mandate(
    scope: Scope,
    creditor_id: UUID,
    *,
    name: str = "main",
    currency: str = "COP",
    timezone: str = "America/Bogota",
    order: Sequence[str] = ORDER,
    bounds: Sequence[int] = BOUNDS,
    rounding: Rounding = Rounding.HALF_UP,
    rounding_unit: int = 1,
) -> UUID:
    mandate_id = new_id()
    async with db.transaction(scope) as tx:
        await tx.execute(
            "INSERT INTO mandate (agency_id, id, creditor_id, name, currency, timezone, starts_on, allocation_order, "
            "ageing_bounds, stage_days, rounding, rounding_unit_minor) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            scope.agency, mandate_id, creditor_id, name, currency, timezone, OPENED, list(order), list(bounds),
            STAGE_DAYS, rounding.value, rounding_unit,
        )  # fmt: skip
    return mandate_id


async def make_portfolio(scope: Scope, creditor_id: UUID, mandate_id: UUID, *, name: str = "first") -> UUID:
    portfolio_id = new_id()
    async with db.transaction(scope) as tx:
        await tx.execute(
            "INSERT INTO portfolio (agency_id, id, creditor_id, mandate_id, name) VALUES ($1, $2, $3, $4, $5)",
            scope.agency, portfolio_id, creditor_id, mandate_id, name,
        )  # fmt: skip
    return portfolio_id


async def make_party(scope: Scope, name: str, *, document: str | None = None) -> UUID:
    """A natural person with a cédula, a phone, an e-mail address and a postal address."""
    # Not one that ends in 000: such a person is unknown to the sandbox bureau.
    party_id, unique = new_id(), document or f"{new_id().int % 10**9}7"
    agency_id = scope.agency
    async with db.transaction(scope) as tx:
        await tx.execute(
            "INSERT INTO party (agency_id, id, kind, name) VALUES ($1, $2, 'NATURAL', $3)", agency_id, party_id, name
        )
        await tx.execute(
            "INSERT INTO party_identifier (agency_id, id, party_id, type, issuer, number) "
            "VALUES ($1, $2, $3, 'CC', 'CO', $4)",
            agency_id, new_id(), party_id, unique,
        )  # fmt: skip
        for channel, value in (("PHONE", f"+57{unique}"), ("EMAIL", f"{unique}@example.co")):
            await tx.execute(
                "INSERT INTO contact_point (agency_id, id, party_id, channel, value, source) "
                "VALUES ($1, $2, $3, $4, $5, 'house')",
                agency_id, new_id(), party_id, channel, value,
            )  # fmt: skip
        await tx.execute(
            "INSERT INTO postal_address (agency_id, id, party_id, lines, city, source) "
            "VALUES ($1, $2, $3, 'Calle 1 # 2-3', 'Bogotá', 'house')",
            agency_id, new_id(), party_id,
        )  # fmt: skip
    return party_id


async def make_debt(
    scope: Scope,
    client: Client,
    components: Parts,
    *,
    reference: str | None = None,
    debtor: str = "Carlos Pérez",
    party_id: UUID | None = None,
    product: str = "loan",
    currency: str = "COP",
    stage: str = "PREVENTION",
    opened_on: date = OPENED,
    placed_on: date | None = None,
    instalments: Sequence[int | None] | None = None,
) -> DebtRow:
    """A debt with components `(kind, minor, due_on)`, each of an instalment if given, and their PLACEMENT movements."""
    agency_id, debt_id = scope.agency, new_id()
    party_id = party_id or await make_party(scope, debtor)
    reference = reference or debt_id.hex[-10:]
    total, placed_on = sum(minor for _, minor, _ in components), placed_on or opened_on
    due_on = min((due for _, minor, due in components if due and minor), default=None)
    ids = tuple(new_id() for _ in components)
    async with db.transaction(scope) as tx:
        await tx.execute(
            "INSERT INTO debt (agency_id, id, creditor_id, mandate_id, portfolio_id, party_id, reference, product, "
            "currency, stage, debtor_name, debtor_document, opened_on, placed_on, due_on, placed_minor, balance_minor) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)",
            agency_id, debt_id, client.creditor_id, client.mandate_id, client.portfolio_id, party_id, reference,
            product, currency, stage, debtor, "CC 1", opened_on, placed_on, due_on, total,
        )  # fmt: skip
        numbers = instalments or [None] * len(components)
        for position, (component_id, (kind, minor, due), instalment) in enumerate(
            zip(ids, components, numbers, strict=True), start=1
        ):
            await tx.execute(
                "INSERT INTO debt_component (agency_id, id, creditor_id, debt_id, position, kind, due_on, "
                "placed_minor, balance_minor, instalment) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)",
                agency_id, component_id, client.creditor_id, debt_id, position, str(kind), due, minor, instalment,
            )  # fmt: skip
            if minor:
                await tx.execute(
                    "INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, "
                    "delta_minor, source_id, actor) "
                    "VALUES ($1, $2, $3, $4, $5, 'PLACEMENT', $6, $7, $4, 'system:house')",
                    agency_id, new_id(), client.creditor_id, debt_id, component_id, placed_on, minor,
                )  # fmt: skip
    return DebtRow(debt_id, party_id, ids, reference)


async def recall(scope: Scope, debt: DebtRow, day: date) -> None:
    """Withdraw a debt as a recall does: RECALL movements to 0, closed."""
    async with db.transaction(scope) as tx:
        await tx.execute(
            "INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, "
            "delta_minor, source_id, actor) SELECT agency_id, recobro_uuid7(), creditor_id, debt_id, id, 'RECALL', $3, "
            "-balance_minor, $2, 'system:house' FROM debt_component "
            "WHERE agency_id = $1 AND debt_id = $2 AND balance_minor > 0",
            scope.agency, debt.id, day,
        )  # fmt: skip
        await tx.execute(
            "UPDATE debt_component SET balance_minor = 0 WHERE agency_id = $1 AND debt_id = $2", scope.agency, debt.id
        )
        await tx.execute(
            "UPDATE debt SET recalled_minor = balance_minor, balance_minor = 0, due_on = NULL, status = 'CLOSED', "
            "closed_reason = 'RECALLED', closed_on = $3 WHERE agency_id = $1 AND id = $2",
            scope.agency, debt.id, day,
        )  # fmt: skip


async def books(scope: Scope, debt_id: UUID) -> tuple[int, int, dict[UUID, int], dict[UUID, int]]:
    """The balance and recovery of a debt, its components' balances, and what the movements say they are."""
    async with db.transaction(scope) as tx:
        debt = await tx.fetchrow("SELECT balance_minor, recovered_minor FROM debt WHERE id = $1", debt_id)
        assert debt is not None
        components = await tx.fetch("SELECT id, balance_minor FROM debt_component WHERE debt_id = $1", debt_id)
        moved = await tx.fetch(
            "SELECT component_id, sum(delta_minor)::bigint AS minor FROM debt_movement WHERE debt_id = $1 GROUP BY 1",
            debt_id,
        )
    sums = {row["id"]: 0 for row in components} | {row["component_id"]: row["minor"] for row in moved}
    return debt["balance_minor"], debt["recovered_minor"], {row["id"]: row["balance_minor"] for row in components}, sums


async def assert_books(scope: Scope, debt_id: UUID) -> None:
    balance, _, components, moved = await books(scope, debt_id)
    assert components == moved
    assert balance == sum(components.values())


async def events(scope: Scope, name: str) -> list[dict[str, object]]:
    async with db.transaction(scope) as tx:
        return [dict(row) for row in await tx.fetch("SELECT * FROM event WHERE name = $1 ORDER BY position", name)]
