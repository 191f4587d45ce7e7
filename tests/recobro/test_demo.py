"""The demo: drawn the same each time, real in every identifier, and loaded with figures that hold."""

import asyncio
import csv
import io
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import phonenumbers
import psycopg
import pytest
from argon2 import PasswordHasher
from pydantic import SecretStr
from rich.console import Console
from stdnum.co import nit

from core.debts.rules import bucket_for, buckets
from core.kit import clock, crypto, db, files
from core.kit.db import Database
from core.kit.errors import Conflict, DomainError, InvalidInput
from core.kit.scope import Actor, Audience, Scope, agency_scope
from core.mandates.models import FileKind
from core.parties.models import IdentifierType
from core.parties.rules import read_email, read_identifier
from core.permissions import Permission
from core.placements.layout import read_layout
from core.plugin_host import host
from recobro import database as program_database
from recobro import demo, jobs_registry
from recobro.demo import plan, start
from recobro.demo.debtors import tax_id
from recobro.demo.generator import DemoData, generate
from recobro.demo.history import FileStep, steps
from recobro.demo.layouts import STYLES, columns, layout
from recobro.demo.load import Found, Size, found, load
from recobro.demo.persons import EVERYBODY, PASSWORD
from recobro.demo.setup import set_up
from recobro.embedded import create_database
from recobro.embedded import start as start_server
from recobro.settings import Settings
from tenants import identity, passwords
from tenants.authenticate import authenticate
from tenants.create_agency import CreateAgency, create_agency
from tenants.models import MembershipKind
from tenants.permissions import MACHINE_SCOPES, ROLE_PERMISSIONS
from tenants.sign_in import SignIn, sign_in
from tests.conftest import SECRET_KEY

TODAY = date(2026, 7, 20)
SMALL = 160
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="module")
def data() -> DemoData:
    """The demo as `make run` loads it, on a given day."""
    return generate(TODAY)


# What is drawn


def test_the_same_seed_draws_the_same(data: DemoData) -> None:
    assert generate(TODAY) == data
    assert generate(TODAY, seed=2) != data
    assert 3_900 <= len(data.debts) <= 4_100


def test_every_document_is_valid(data: DemoData) -> None:
    for debt in data.debts:
        debtor = debt.debtor
        read = read_identifier(IdentifierType(debtor.document_type), debtor.document)
        assert read.verified and read.number == debtor.document
        assert (debtor.document_type == "NIT") is (debt.product == plan.INVOICE)
        assert debtor.document_type == "CC" or nit.is_valid(debtor.document)
    for base in [*(one.tax_base for one in plan.AGENCIES), *(one.tax_base for one in plan.CREDITORS)]:
        assert nit.is_valid(tax_id(base))


def test_every_phone_and_address_is_valid(data: DemoData) -> None:
    mobile, landline = phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE
    numbers = {(debt.debtor.mobile, mobile) for debt in data.debts} | {(one.mobile, mobile) for one in data.phones}
    numbers |= {(debt.debtor.landline, landline) for debt in data.debts if debt.debtor.landline}
    for number, kind in numbers:
        read = phonenumbers.parse(number, "CO")
        assert phonenumbers.is_valid_number(read) and phonenumbers.number_type(read) == kind, number
    emails = [debt.debtor.email for debt in data.debts if debt.debtor.email]
    assert len(emails) > 2_000
    assert all(read_email(email) == email and email.endswith(".example") for email in emails)
    assert any(set(debt.debtor.name) & set("áéíóúñÁÉÓ") for debt in data.debts)


def test_people_owe_more_than_once_and_keep_their_documents(data: DemoData) -> None:
    debtors = Counter(debt.debtor.document for debt in data.debts)
    names = {(debt.debtor.document, debt.debtor.name) for debt in data.debts}
    assert sum(1 for count in debtors.values() if count > 1) > 100
    assert len(names) == len(debtors)
    by_person: dict[str, set[str]] = {}
    for debt in data.debts:
        by_person.setdefault(debt.debtor.document, set()).add(debt.mandate.partition("-")[2])
    assert any(len(creditors) > 1 for creditors in by_person.values())


def test_every_ageing_bucket_and_stage_is_filled(data: DemoData) -> None:
    for one in plan.MANDATES:
        open_debts = [
            debt for debt in data.of(one.key) if sum(paid.minor for paid in debt.payments) < debt.placed_minor
        ]
        days = [max(0, (TODAY - debt.due_on).days) for debt in open_debts]
        assert {bucket_for(late, one.ageing_bounds) for late in days} == set(buckets(one.ageing_bounds)), one.key
        for begin in one.stage_days.values():
            assert any(late >= begin for late in days) and any(late < begin for late in days)


def test_nobody_pays_before_the_placement_or_after_today(data: DemoData) -> None:
    payments = [(debt, paid) for debt in data.debts for paid in debt.payments]
    assert len(payments) > 2_500
    for debt, paid in payments:
        assert debt.opened_on < debt.due_on and debt.placed_on < paid.paid_on <= TODAY
        assert paid.minor > 0
        assert paid.reversed_on is None or (not paid.direct and paid.reversed_on > paid.paid_on)
    recalled = {(recall.mandate, recall.reference) for recall in data.recalls}
    assert recalled and not any(debt.payments for debt in data.debts if (debt.mandate, debt.reference) in recalled)


def test_the_files_read_as_their_layouts_say(data: DemoData) -> None:
    seen: set[tuple[str, FileKind]] = set()
    for step in steps(data):
        if not isinstance(step, FileStep):
            continue
        creditor = next(one.creditor for one in plan.MANDATES if one.key == step.mandate)
        style = STYLES[creditor]
        read_layout(step.file.kind, layout(style, step.file.kind))
        rows = list(csv.reader(io.StringIO(step.file.content.decode(style.encoding), newline=""), delimiter=";"))
        totals = 1 if style.trailer and step.file.kind in (FileKind.NEW, FileKind.FINANCIAL) else 0
        assert tuple(rows[0]) == columns(style, step.file.kind)
        assert len(rows) == 1 + step.file.rows + totals
        seen.add((creditor, step.file.kind))
    both = {FileKind.NEW, FileKind.FINANCIAL}
    assert seen >= {(one.key, kind) for one in plan.CREDITORS for kind in both}
    assert {kind for _, kind in seen} == set(FileKind)
    with pytest.raises(UnicodeDecodeError):
        next(
            step for step in steps(data) if isinstance(step, FileStep) and step.mandate == "andinas-almacenes"
        ).file.content.decode("utf-8")


def test_the_steps_are_in_order_and_cover_a_year(data: DemoData) -> None:
    at = [step.at for step in steps(data)]
    assert at == sorted(at)
    assert timedelta(days=350) < at[-1] - at[0] < timedelta(days=370)


# What is loaded


@dataclass(frozen=True)
class House:
    owner_url: str
    app_url: str
    files: Path


@pytest.fixture(scope="module")
def loaded(cluster: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A database with a small demo, shared by the tests that only read."""
    name, folder = "recobro_test_demo", tmp_path_factory.mktemp("demo")
    crypto.use_keys((SECRET_KEY,))
    with psycopg.connect(f"{cluster}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
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
    opened = await Database.connect(house.app_url, program_database.model_modules())
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
    opened = await Database.connect(loaded.app_url, program_database.model_modules())
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


# At the start of the program


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


def test_a_half_loaded_demo_is_not_taken_for_a_whole_one(owner_url: str, app_url: str, tmp_path: Path) -> None:
    async def begin() -> None:
        host.load()
        opened = await Database.connect(app_url, program_database.model_modules())
        db.use(opened)
        passwords.use_parameters(CHEAP)
        await set_up("http://127.0.0.1:8000")
        assert await found() is Found.HALF
        assert await demo.people() == []
        db.use(None)
        await host.close()
        await opened.close()

    asyncio.run(begin())
    with pytest.raises(Conflict, match="not loaded to its end"):
        start.load_if_new(_settings(tmp_path, database_url=SecretStr(owner_url)), app_url)
    assert start.loaded() is None


def test_an_installation_with_agencies_is_left_alone(owner_url: str, app_url: str, tmp_path: Path) -> None:
    async def begin() -> Found:
        opened = await Database.connect(app_url, program_database.model_modules())
        db.use(opened)
        command = CreateAgency(
            name="Otra", slug="otra", tax_id="860034313-7", admin_email="a@otra.example", admin_name="Ana"
        )
        await create_agency(identity.installation_scope(), command)
        state = await found()
        db.use(None)
        await opened.close()
        return state

    assert asyncio.run(begin()) is Found.OTHERS
    chosen = _settings(tmp_path, database_url=SecretStr(owner_url))
    start.load_if_new(chosen, app_url)
    assert start.loaded() is None
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(demo.announcement(chosen))
    assert PASSWORD not in console.export_text()


def test_it_is_never_loaded_in_production(app_url: str, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="everybody knows"):
        start.load_if_new(_settings(tmp_path, environment="production"), app_url)


def test_only_one_process_loads_it(owner_url: str, app_url: str, tmp_path: Path) -> None:
    chosen = _settings(tmp_path, database_url=SecretStr(owner_url))
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (start._LOCK,))  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(Conflict, match="Another process"):
            start.load_if_new(chosen, app_url)


def test_the_embedded_database_begins_anew_after_a_half_loaded_demo(tmp_path: Path) -> None:
    """As after Ctrl-C in the middle of the first `make run`."""
    crypto.use_keys((SECRET_KEY,))
    files.use_folder(tmp_path / "files")
    server = start_server(tmp_path / "postgres", durable=False)
    try:
        create_database(server.url("postgres"), "recobro")
        program_database.upgrade(server.url("recobro"))
        app_url = program_database.app_url(server.url("recobro"), crypto.derived("database"))

        async def begin() -> None:
            host.load()
            opened = await Database.connect(app_url, program_database.model_modules())
            db.use(opened)
            passwords.use_parameters(CHEAP)
            await set_up("http://127.0.0.1:8000")
            db.use(None)
            await host.close()
            await opened.close()

        asyncio.run(begin())
        start.load_if_new(_settings(tmp_path), app_url, Size(debts=40))
        assert start.loaded() is not None
    finally:
        server.stop()
