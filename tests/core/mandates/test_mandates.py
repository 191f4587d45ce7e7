"""The terms of a mandate: every one of them checked, defaults by law, and nobody else's creditor."""

from datetime import date
from typing import Any

import pytest

from core.kit import db
from core.kit.db import Database
from core.kit.errors import Conflict, DomainError, Forbidden, NotFound
from core.kit.ids import new_id
from core.kit.scope import Actor, Scope, agency_scope, creditor_scope
from core.mandates import reads
from core.mandates.create_mandate import CreateMandate, create_mandate
from core.mandates.create_portfolio import CreatePortfolio, create_portfolio
from core.mandates.models import FileKind
from core.permissions import Permission
from core.placements.save_file_layout import SaveFileLayout, save_file_layout
from tests.core.lists import page_of

USER = Actor("user", "user_test")
LAYOUT = {
    "columns": {"reference": "r", "debtor_name": "n", "components": [{"kind": "PRINCIPAL", "column": "a"}]},
}


@pytest.fixture
async def agency(database: Database) -> Scope:
    scope = agency_scope(new_id(), USER, frozenset(Permission))
    async with db.transaction(scope) as tx:
        await tx.execute(
            "INSERT INTO creditor (agency_id, id, creditor_id, name, code, tax_id, country) VALUES "
            "($1,$1,$1,'B','b','1','CO')",
            scope.agency,
        )  # fmt: skip
    return scope


def _command(scope: Scope, **changes: Any) -> CreateMandate:
    terms: dict[str, Any] = {"creditor_id": scope.agency, "name": "m", "currency": "COP", "timezone": "America/Bogota"}
    return CreateMandate(**{**terms, **changes})


async def test_defaults_put_interest_before_principal(agency: Scope) -> None:
    made = await create_mandate(agency, _command(agency, name="  Cartera 2026 "))
    (mandate,) = (await page_of(agency, reads.mandates_listing(agency))).rows
    assert mandate.id == made.mandate_id
    order = mandate.allocation_order
    assert order[0] == "LEGAL_COST" and order[-1] == "PRINCIPAL"
    assert order.index("INTEREST_ORDINARY") < order.index("PRINCIPAL")
    assert mandate.ageing_bounds == [30, 60, 90, 120, 150, 180]
    assert mandate.stage_days == {"EARLY": 1, "INTERMEDIATE": 31, "PRE_LEGAL": 91}
    assert mandate.name == "Cartera 2026"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"currency": "XXY"}, "currency"), ({"currency": "cop"}, "currency"), ({"timezone": "Bogota"}, "timezone"),
        ({"name": " "}, "name"), ({"name": "x" * 121}, "name"),
        ({"allocation_order": ["PRINCIPAL", "PRINCIPAL"]}, "allocation_order"),
        ({"allocation_order": ["WRONG"]}, "allocation_order"), ({"ageing_bounds": []}, "ageing_bounds"),
        ({"ageing_bounds": [30, 30]}, "ageing_bounds"), ({"ageing_bounds": [0, 30]}, "ageing_bounds"),
        ({"stage_days": {"EARLY": 31, "INTERMEDIATE": 31}}, "stage_days"),
        ({"stage_days": {"JUDICIAL": 200}}, "stage_days"),
        ({"starts_on": date(2026, 2, 1), "ends_on": date(2026, 1, 1)}, "ends_on"),
    ],
)  # fmt: skip
async def test_each_wrong_term_is_named(agency: Scope, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as caught:
        await create_mandate(agency, _command(agency, **changes))
    assert caught.value.field == field


async def test_a_partial_order_is_completed_as_payments_read_it(agency: Scope) -> None:
    await create_mandate(agency, _command(agency, allocation_order=["TAX", "PRINCIPAL"]))
    order = (await page_of(agency, reads.mandates_listing(agency))).rows[0].allocation_order
    assert order[:3] == ["TAX", "PRINCIPAL", "INTEREST_ORDINARY"] and len(order) == 10


async def test_nobody_elses_creditor_mandate_or_portfolio(agency: Scope) -> None:
    stranger = agency_scope(new_id(), USER, frozenset(Permission))
    with pytest.raises(NotFound):
        await create_mandate(stranger, _command(agency))
    made = await create_mandate(agency, _command(agency))
    with pytest.raises(NotFound):
        await create_portfolio(stranger, CreatePortfolio(mandate_id=made.mandate_id, name="p"))
    with pytest.raises(NotFound):
        await save_file_layout(stranger, SaveFileLayout(mandate_id=made.mandate_id, kind=FileKind.NEW, layout=LAYOUT))
    assert (await page_of(stranger, reads.mandates_listing(stranger))).rows == ()
    with pytest.raises(Forbidden):
        await create_mandate(agency_scope(agency.agency, USER), _command(agency, name="n"))
    own = creditor_scope(agency.agency, USER, [Permission.CREDITOR_READ])
    assert [row.id for row in (await page_of(own, reads.mandates_listing(own))).rows] == [made.mandate_id]


async def test_names_are_taken_once_and_layouts_get_versions(agency: Scope) -> None:
    made = await create_mandate(agency, _command(agency))
    with pytest.raises(Conflict):
        await create_mandate(agency, _command(agency))
    await create_portfolio(agency, CreatePortfolio(mandate_id=made.mandate_id, name="p"))
    with pytest.raises(Conflict):
        await create_portfolio(agency, CreatePortfolio(mandate_id=made.mandate_id, name="p "))
    command = SaveFileLayout(mandate_id=made.mandate_id, kind=FileKind.NEW, layout=LAYOUT)
    assert [(await save_file_layout(agency, command)).version for _ in range(3)] == [1, 2, 3]
    async with db.transaction(agency, read_only=True) as tx:
        assert [row["name"] for row in await tx.fetch("SELECT name FROM portfolio")] == ["p"]
        assert [row["version"] for row in await tx.fetch("SELECT version FROM file_layout ORDER BY 1")] == [1, 2, 3]
