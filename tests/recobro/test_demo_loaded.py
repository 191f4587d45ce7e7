"""The demo as it stands in a database: its figures hold, and its people see what is theirs."""

import asyncio
import io
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from argon2 import PasswordHasher
from pydantic import SecretStr
from rich.console import Console

from core.kit import clock, crypto, db, files
from core.kit.db import Database
from core.kit.errors import DomainError, InvalidInput
from core.kit.scope import Actor, Audience, Scope, agency_scope
from core.mandates.models import FileKind
from core.permissions import Permission
from core.plugin_host import host
from recobro import database as program_database
from recobro import demo, jobs_registry
from recobro.demo import plan, start
from recobro.demo.generator import generate
from recobro.demo.history import FileStep, steps
from recobro.demo.load import Found, Size, found, load
from recobro.demo.persons import EVERYBODY, PASSWORD
from recobro.settings import Settings
from tenants import identity, passwords
from tenants.authenticate import authenticate
from tenants.models import MembershipKind
from tenants.permissions import MACHINE_SCOPES, ROLE_PERMISSIONS
from tenants.sign_in import SignIn, sign_in
from tests.conftest import SECRET_KEY

SMALL = 160
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass(frozen=True)
class House:
    owner_url: str
    app_url: str
    files: Path


@pytest.fixture(scope="module")
def loaded(cluster: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A database with a small demo, shared by the tests that only read."""
    name, folder = f"recobro_test_demo_{secrets.token_hex(4)}", tmp_path_factory.mktemp("demo")
    crypto.use_keys((SECRET_KEY,))
    with psycopg.connect(f"{cluster}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    owner = f"{cluster}/{name}"
    house = House(owner, program_database.app_url(owner, crypto.derived("database")), folder)
    passwords.use_parameters(CHEAP)
    asyncio.run(_load(house))
    passwords.use_parameters(PasswordHasher())
    yield house
    with psycopg.connect(f"{cluster}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        connection.execute(f"DROP ROLE IF EXISTS {program_database.login_role(name)}")


async def _load(house: House) -> None:
    files.use_folder(house.files)
    jobs_registry.load()
    host.load()
    opened = await Database.connect(house.app_url)
    db.use(opened)
    told: list[tuple[int, int]] = []
    try:
        assert await found() is Found.NOTHING
        assert await demo.people() == []
        await load(Size(debts=SMALL), lambda done, total: told.append((done, total)))
    finally:
        await host.close()
        db.use(None)
        await opened.close()
    assert told[-1][0] == told[-1][1] == len(told)


@pytest.fixture
async def house(loaded: House) -> AsyncIterator[House]:
    crypto.use_keys((SECRET_KEY,))
    identity.use_issuer("http://127.0.0.1:8000")
    opened = await Database.connect(loaded.app_url)
    db.use(opened)
    yield loaded
    db.use(None)
    await opened.close()


async def _scopes() -> dict[str, Scope]:
    async with identity.transaction("test", read_only=True) as tx:
        rows = await tx.fetch("SELECT slug, id FROM agency")
    return {row["slug"]: agency_scope(row["id"], Actor("system", "test"), tuple(Permission)) for row in rows}


async def test_the_demo_is_found_and_loaded_only_once(house: House) -> None:
    assert await found() is Found.DEMO
    with pytest.raises(DomainError):
        await load(Size(debts=SMALL))
    assert await found() is Found.DEMO


async def test_movements_components_and_debts_add_up(house: House) -> None:
    scopes = await _scopes()
    assert set(scopes) == {one.slug for one in plan.AGENCIES}
    for scope in scopes.values():
        async with db.transaction(scope, read_only=True) as tx:
            wrong = await tx.fetch(
                "SELECT c.id FROM debt_component c LEFT JOIN debt_movement m ON m.agency_id = c.agency_id "
                "AND m.component_id = c.id WHERE c.agency_id = $1 GROUP BY c.id, c.balance_minor "
                "HAVING COALESCE(sum(m.delta_minor), 0) <> c.balance_minor",
                scope.agency,
            )
            assert not wrong
            wrong = await tx.fetch(
                "SELECT d.reference FROM debt d "
                "LEFT JOIN debt_component c ON c.agency_id = d.agency_id AND c.debt_id = d.id "
                "WHERE d.agency_id = $1 GROUP BY d.id, d.reference, d.balance_minor "
                "HAVING COALESCE(sum(c.balance_minor), 0) <> d.balance_minor",
                scope.agency,
            )
            assert not wrong
            assert await tx.fetchval("SELECT count(*) FROM debt") > SMALL // 3


async def test_what_is_recovered_is_what_was_paid(house: House) -> None:
    paid = Counter[str]()
    for scope in (await _scopes()).values():
        async with db.transaction(scope, read_only=True) as tx:
            wrong = await tx.fetch(
                "SELECT d.reference FROM debt d LEFT JOIN payment p ON p.agency_id = d.agency_id AND p.debt_id = d.id "
                "AND p.status = 'CLEARED' WHERE d.agency_id = $1 GROUP BY d.id, d.reference, d.recovered_minor "
                "HAVING COALESCE(sum(p.amount_minor - p.unapplied_minor), 0) <> d.recovered_minor",
                scope.agency,
            )
            assert not wrong
            rows = await tx.fetch("SELECT received_by, status, count(*) AS n FROM payment GROUP BY 1, 2")
            paid.update({f"{row['received_by']} {row['status']}": row["n"] for row in rows})
    assert paid["CREDITOR CLEARED"] > paid["AGENCY CLEARED"] > 0


async def test_the_history_is_whole(house: House) -> None:
    today = clock.today(plan.ZONE)
    expected = generate(today, debts=SMALL)
    stages, states, kinds, debts = Counter[str](), Counter[str](), Counter[str](), 0
    rejected, disputed = 0, 0
    scopes = await _scopes()
    keys = {scopes[one.slug].agency: one.key for one in plan.AGENCIES}
    for scope in scopes.values():
        async with db.transaction(scope, read_only=True) as tx:
            rows = await tx.fetch("SELECT stage, status, closed_reason, disputed FROM debt")
            batches = await tx.fetch("SELECT kind, state, rows_rejected + rows_duplicate AS bad FROM placement_batch")
            jobs = await tx.fetchval("SELECT count(*) FROM job WHERE state <> 'DONE'")
            first = await tx.fetchval("SELECT min(occurred_at) FROM event")
            placed = {row["placed_on"] for row in await tx.fetch("SELECT DISTINCT placed_on FROM debt")}
            late = await tx.fetchval(
                "SELECT count(*) FROM payment p WHERE p.received_by = 'AGENCY' "
                "AND (p.recorded_at AT TIME ZONE 'America/Bogota')::date <> p.paid_on"
            )
        assert placed == {one.placed_on for one in expected.debts if one.mandate.startswith(f"{keys[scope.agency]}-")}
        debts += len(rows)
        stages.update(row["stage"] for row in rows if row["status"] == "ACTIVE")
        states.update(row["closed_reason"] for row in rows if row["closed_reason"])
        disputed += sum(row["disputed"] for row in rows)
        kinds.update(row["kind"] for row in batches)
        rejected += sum(row["bad"] for row in batches)
        assert {row["state"] for row in batches} == {"ACTIVE"}
        assert jobs == 0 and late == 0
        assert clock.now() - first > timedelta(days=300)
    assert debts == len(expected.debts)
    assert set(kinds) == {kind.value for kind in FileKind}
    assert set(stages) == {"PREVENTION", "EARLY", "INTERMEDIATE", "PRE_LEGAL", "JUDICIAL"}
    assert states["RECALLED"] == len(expected.recalls) and states["PAID"] > 0
    assert rejected == sum(step.file.bad_rows for step in steps(expected) if isinstance(step, FileStep)) > 0
    assert disputed > 0


async def test_the_bank_sees_its_debts_at_both_agencies_and_nothing_else(house: House) -> None:
    scopes = await _scopes()
    at_agencies: dict[UUID, int] = {}
    for scope in scopes.values():
        async with db.transaction(scope, read_only=True) as tx:
            at_agencies[scope.agency] = await tx.fetchval(
                "SELECT count(*) FROM debt d JOIN creditor k ON k.agency_id = d.agency_id AND k.id = d.creditor_id "
                "WHERE k.name = 'Banco Cordillera'"
            )
    bank = await authenticate(await demo.token("creditor-viewer"))
    limited = await authenticate(await demo.token("creditor-viewer-andinas"))
    retailer = await authenticate(await demo.token("creditor-admin-almacenes"))
    assert bank.creditor_id == limited.creditor_id != retailer.creditor_id
    assert await _seen(bank) == {(agency, bank.creditor_id): count for agency, count in at_agencies.items()}
    first = scopes["cobranzas-andinas"].agency
    assert await _seen(limited) == {(first, bank.creditor_id): at_agencies[first]}
    assert set(await _seen(retailer)) == {(first, retailer.creditor_id)}


async def _seen(scope: Scope) -> dict[tuple[UUID, UUID | None], int]:
    async with db.transaction(scope, read_only=True) as tx:
        rows = await tx.fetch("SELECT agency_id, creditor_id, count(*) AS n FROM debt GROUP BY 1, 2")
    return {(row["agency_id"], row["creditor_id"]): row["n"] for row in rows}


_AUDIENCES = {
    MembershipKind.AGENCY: Audience.AGENCY,
    MembershipKind.CREDITOR: Audience.CREDITOR,
    MembershipKind.OPERATOR: Audience.IDENTITY,
}


async def test_everybody_has_a_token_with_the_rights_of_the_role(house: House) -> None:
    there = await demo.people()
    assert there == list(EVERYBODY)
    assert len({person.key for person in there}) == len({person.email for person in there}) == len(there)
    for person in there:
        scope = await authenticate(await demo.token(person.key))
        wanted = ROLE_PERMISSIONS[person.role] if person.role else MACHINE_SCOPES["agency"]
        assert scope.permissions == wanted, person.key
        assert (scope.actor.kind == "client") is (person.role is None)
        assert scope.audience is _AUDIENCES[person.kind]
    assert there[0].label == "Agency admin · Cobranzas Andinas"
    with pytest.raises(InvalidInput, match="no 'nobody'"):
        await demo.token("nobody")


async def test_people_sign_in_with_the_word_of_the_banner(house: House) -> None:
    passwords.use_parameters(CHEAP)
    user = await sign_in(SignIn(email="supervisor@andinas.example", password=PASSWORD, address="127.0.0.1"))
    passwords.use_parameters(PasswordHasher())
    assert (await authenticate(await demo.token("supervisor"))).actor.id.startswith("user_")
    assert user


async def test_plugins_are_enabled_and_were_used(house: House) -> None:
    scope = (await _scopes())["cobranzas-andinas"]
    async with db.transaction(scope, read_only=True) as tx:
        offers = {row["offer"] for row in await tx.fetch("SELECT offer FROM plugin_setting WHERE enabled")}
        handoffs = Counter(row["state"] for row in await tx.fetch("SELECT state FROM legal_handoff"))
        inquiries = {row["state"] for row in await tx.fetch("SELECT state FROM bureau_inquiry")}
    assert offers == {"bureau_sandbox", "legal_handoff", "recovery_report"}
    assert handoffs["ACK"] > 0 and handoffs["CHECKLIST"] > 0
    assert inquiries == {"ANSWERED"}


def _settings(folder: Path, **given: object) -> Settings:
    return Settings(data_dir=folder, secret_keys=(SecretStr(SECRET_KEY),), **given)  # pyright: ignore


def _outside(house: House) -> Settings:
    return _settings(house.files, database_url=SecretStr(house.owner_url))


def test_a_loaded_demo_is_announced(loaded: House) -> None:
    crypto.use_keys((SECRET_KEY,))
    start.load_if_new(_outside(loaded), loaded.app_url)
    here = start.loaded()
    assert here is not None
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(demo.announcement(_outside(loaded)))
    lines = console.export_text().splitlines()
    text = "\n".join(lines)
    assert max(len(line.rstrip()) for line in lines if "─" not in line) <= 80
    assert "http://127.0.0.1:8000/explorer" in text and PASSWORD in text
    assert "$(.venv/bin/python -m recobro demo token agency-admin)" in text
    assert all(person.key in text for person in EVERYBODY)
