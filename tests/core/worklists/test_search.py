"""The search box: what it finds and what not, whose debts it can find, and that it goes through an index."""

import random
import re
import unicodedata
from datetime import date
from uuid import UUID

import asyncpg
import psycopg
import pytest

from core.debts.models import ComponentKind
from core.kit import db
from core.kit.db import Database
from core.kit.errors import DomainError
from core.kit.filters import Compare, Not, Op, Or
from core.kit.ids import new_id
from core.kit.pages import PageRequest
from core.kit.scope import Audience, Scope, creditor_scope, system_scope
from core.worklists import search
from core.worklists.reads import WorklistQuery
from tests.core.house import CLIENT_USER, EVERYTHING, Client, House, house, make_debt, make_party
from tests.core.lists import worklist

pytestmark = pytest.mark.both_servers

PARTS = [(ComponentKind.PRINCIPAL, 100, date(2026, 1, 1))]


@pytest.fixture
async def home(database: Database) -> House:
    return await house(database)


async def place(scope: Scope, client: Client, reference: str, name: str, document: str, *, phone: str = "", number: str = "") -> UUID:  # fmt: skip
    """A debt with its debtor, a phone in E.164 and an identifier of the party that the debt does not name."""
    party = await make_party(scope, name, document=number or f"{random.getrandbits(60)}")
    debt = await make_debt(scope, client, PARTS, reference=reference, debtor=name, party_id=party)
    async with db.transaction(scope) as tx:
        await tx.execute("UPDATE debt SET debtor_document = $2 WHERE id = $1", debt.id, document)
        await tx.execute("UPDATE contact_point SET value = $2 WHERE party_id = $1 AND channel = 'PHONE'", party, phone or f"+999{random.getrandbits(60)}")  # fmt: skip
    return debt.id


async def found(scope: Scope, text: str, **changes: object) -> set[str]:
    query = WorklistQuery(search=text, statuses=(), **changes)  # type: ignore[arg-type]
    page = await worklist(scope, query, with_total=True)
    assert page.total == len(page.rows)
    return {row.reference for row in page.rows}


@pytest.fixture
async def placed(home: House) -> House:
    """At the north, of the bank: a and b; of the shop: c. At the south, of the bank: d, of the same person as a."""
    person = ("José María Pérez-Núñez", "CC 12.345.678")
    await place(home.north, home.bank, "OB-2024/0001", *person, phone="+573001234567", number="8001234561")
    await place(home.north, home.bank, "Fact 77 A", "O'Brien & Söhne Straße", "AB123456", phone="+5716012233")
    await place(home.north, home.shop, "100%_x", "Ana de la Cruz Ñandú", "900.123.456-7", phone="+34911222333")
    await place(home.south, home.bank_south, "OB-2024/0001-S", *person, phone="+573001234567", number="8001234561")
    return home


A, B, C = "OB-2024/0001", "Fact 77 A", "100%_x"


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("perez", {A}), ("PÉREZ", {A}), ("PE\u0301REZ", {A}), ("nunez jose", {A}), ("Núñez  josé\tmaria", {A}),
        ("erez", {A}), ("perez ana", set()), ("pé", {A}), ("re", set()), ("jo ma pe", {A}), ("de la cr", {C}),
        ("perez-nunez", {A}), ("pereznunez", {A}), ("obrien", {B}), ("o'brien", {B}), ("sohne strasse", {B}), ("STRASSE", {B}),
        ("ñandu", {C}), ("nandu", {C}),
        ("12345678", {A}), ("12.345.678", {A}), ("2-345-6", {A, B, C}), ("CC 12.345.678", {A}), ("cc12345678", {A}),
        ("9001234567", {C}), ("900 123 456-7", {C}), ("ab 123456", {B}), ("ab123", {B}), ("123457", set()),
        ("8001234561", {A}), ("800.123.456-1", {A}), ("01234561", {A}),
        ("3001234567", {A}), ("300 123 45 67", {A}), ("+57 (300) 123-4567", {A}), ("0057 300 1234567", {A}), ("234567", {A, C}),
        ("0911 222 333", {C}), ("perez 3001234567", {A}), ("perez 8001234561 3001234567 12345678", {A}),
        ("ana 3001234567", set()), ("perez 8001234561 911222333", set()), ("57", set()),
        ("OB-2024/0001", {A}), ("ob20240001", {A}), ("2024/00", {A}), ("fact 77 a", {B}), ("fact77a", {B}), ("77", {B}),
        ("100%_x", {C}), ("0%_", {C}), ("%%", set()), ("__", set()), ("_x", set()), ("%", None), ("p_rez", set()), ("p%z", set()),
        ("\\", None), ("\\\\", set()), ("--", set()), ("'; DROP TABLE debt; --", set()), ("{}", set()), ("$1", set()), ("zzz", set()),
    ],
)  # fmt: skip
async def test_what_is_found(placed: House, text: str, hits: set[str] | None) -> None:
    if hits is None:
        with pytest.raises(DomainError) as refused:
            await found(placed.north, text)
        assert refused.value.code == "SEARCH_LENGTH"
    else:
        assert await found(placed.north, text) == hits


@pytest.mark.parametrize(("text", "code"), [("x" * 101, "SEARCH_LENGTH"), ("x" * 100_000, "SEARCH_LENGTH"), ("a\0b", "FILTER_VALUE")])  # fmt: skip
async def test_what_is_no_search(placed: House, text: str, code: str) -> None:
    for query in (WorklistQuery(search=text), WorklistQuery(where=Compare("search", Op.FINDS, text[:150]))):
        with pytest.raises(DomainError) as refused:
            await worklist(placed.north, query)
        assert refused.value.code == code
    assert await found(placed.north, "ab " * 33) == {B}


async def test_nobody_finds_what_is_not_theirs(placed: House) -> None:
    south = "OB-2024/0001-S"
    for text in ("perez", "12345678", "3001234567", "2024"):
        assert await found(placed.south, text) == {south}
        assert await found(placed.north, text) == {A}
    bank, shop = placed.bank_scope, placed.shop_scope
    for text in ("perez", "12345678", "2024"):
        assert await found(bank, text) == {A, south}
        assert await found(shop, text) == set()
        one = creditor_scope(placed.bank.creditor_id, CLIENT_USER, EVERYTHING, agency_id=placed.south.agency)
        assert await found(one, text) == {south}
    assert await found(shop, "ana") == {C}


async def test_a_creditor_finds_no_phones_and_no_identifiers_of_the_party(placed: House) -> None:
    for text in ("3001234567", "8001234561", "perez 3001234567", "911222333", "30012345"):
        assert await found(placed.bank_scope, text) == set()
        assert await found(placed.shop_scope, text) == set()


async def test_the_functions_follow_the_settings_alone_and_serve_one_role_each(placed: House) -> None:
    """Somebody who speaks SQL as a scope's role gets no further than the scope."""
    agency, bank = placed.north.agency_id, placed.bank.creditor_id

    async def call(function: str, scope: Scope, **settings: object) -> int:
        async with db.transaction(scope) as tx:
            for name, value in settings.items():
                await tx.execute(f"SELECT set_config('app.{name}', $1, true)", str(value))
            return await tx.fetchval(f"SELECT count(*) FROM {function}('perez')")

    assert await call("search_debts", placed.north) == 1
    assert await call("search_debts", placed.north, agency_id="") == 0
    assert await call("search_debts", placed.north, agency_id=new_id()) == 0
    assert await call("search_own_debts", placed.bank_scope) == 2
    assert await call("search_own_debts", placed.bank_scope, creditor_id="") == 0
    assert await call("search_own_debts", placed.bank_scope, creditor_id="", agency_id=agency) == 0
    assert await call("search_own_debts", placed.shop_scope, agency_id=agency) == 0
    with pytest.raises(asyncpg.InvalidTextRepresentationError):
        await call("search_debts", placed.north, agency_id="everything")
    for function, scope in (
        ("search_debts", placed.bank_scope), ("search_own_debts", placed.north),
        ("search_debts", system_scope(Audience.IDENTITY, "x")), ("search_own_debts", system_scope(Audience.RELAY, "x")),
    ):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await call(function, scope, agency_id=agency, creditor_id=bank)


async def test_no_temporary_table_takes_the_place_of_what_is_searched(placed: House) -> None:
    async with db.transaction(placed.north) as tx:
        await tx.execute(
            "CREATE TEMP TABLE debt_search (agency_id uuid, id uuid, creditor_id uuid, party_id uuid, text text)"
        )
        await tx.execute(
            "INSERT INTO pg_temp.debt_search VALUES ($1, $2, $2, $2, ' perez')", placed.north.agency_id, new_id()
        )
        assert await tx.fetchval("SELECT count(*) FROM search_debts('perez')") == 1


async def test_no_scope_becomes_the_role_that_searches(placed: House, database: Database) -> None:
    async with database.unscoped() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SET ROLE recobro_search")
        assert await connection.fetchval("SELECT rolbypassrls OR rolsuper OR rolcanlogin FROM pg_roles WHERE rolname = 'recobro_search'") is False  # fmt: skip
    async with db.transaction(placed.bank_scope) as tx:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await tx.fetch("SELECT * FROM debt_search")


async def test_it_goes_with_every_other_condition(placed: House) -> None:
    assert await found(placed.north, "00", creditor_ids=(placed.bank.creditor_id,)) == set()
    assert await found(placed.north, "123456", creditor_ids=(placed.bank.creditor_id,)) == {A, B}
    assert await found(placed.north, "123456", where=Compare("search", Op.FINDS, "fact")) == {B}
    assert await found(placed.north, "123456", where=Not(Compare("search", Op.FINDS, "fact"))) == {A, C}
    either = Or((Compare("search", Op.FINDS, "perez"), Compare("search", Op.FINDS, "cruz")))
    assert await found(placed.north, "123456", where=either) == {A, C}


@pytest.mark.parametrize("few", [0, search.FEW])
async def test_pages_and_totals_of_what_is_found(home: House, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same whether PostgreSQL looks matches up or goes through the list."""
    monkeypatch.setattr(search, "FEW", few)
    for n in range(7):
        await place(home.north, home.bank, f"R{n}", "Luz Ortiz" if n % 2 else "Raúl Ortiz", "")
    for scope in (home.north, home.bank_scope):
        first = await worklist(scope, WorklistQuery(search="luz"), PageRequest(first=2), with_total=True)
        rest = await worklist(scope, WorklistQuery(search="luz"), PageRequest(first=2, after=first.end_cursor))
        assert (first.total, first.has_next, rest.has_next) == (3, True, False)
        assert sorted(row.reference for row in (*first.rows, *rest.rows)) == ["R1", "R3", "R5"]


async def test_it_follows_what_changes(placed: House) -> None:
    async with db.transaction(placed.north) as tx:
        await tx.execute("UPDATE debt SET debtor_name = 'Íñigo Montoya' WHERE reference = $1", A)
        await tx.execute("UPDATE contact_point SET value = '+573209998877' WHERE value = '+573001234567'")
        await tx.execute("DELETE FROM party_identifier WHERE number = '8001234561'")
    assert (await found(placed.north, "inigo"), await found(placed.north, "perez")) == ({A}, set())
    assert (await found(placed.north, "3209998877"), await found(placed.north, "3001234567")) == ({A}, set())
    assert await found(placed.north, "8001234561") == set()
    assert await found(placed.south, "perez") == {"OB-2024/0001-S"}
    gone = await make_debt(placed.north, placed.bank, [], reference="gone", debtor="Íñigo")
    assert await found(placed.north, "inigo") == {A, "gone"}
    async with db.transaction(placed.north) as tx:
        await tx.execute("DELETE FROM debt WHERE id = $1", gone.id)
        assert await tx.fetchval("SELECT count(*) FROM debt_search WHERE id = $1", gone.id) == 0
        assert await tx.fetchval("SELECT count(*) FROM debt_search") == 3


def _folded(text: str) -> str:
    """As search_fold(), written again."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not "\u0300" <= c <= "\u036f").lower()
    for letter, plainer in (("ß", "ss"), ("æ", "ae"), ("œ", "oe"), ("ø", "o"), ("ł", "l"), ("đ", "d")):
        plain = plain.replace(letter, plainer)
    return re.sub(r"[.,\-/'()+#:;\"`–’·]", "", re.sub(r"\s", " ", plain))


def _matches(text: str, reference: str, name: str, document: str, reached: list[str]) -> bool:
    wanted = _folded(text)
    if (number := wanted.replace(" ", "")).isdigit():
        wanted = re.sub(r"^0*(?=\d{7})", "", number)
    parts = [_folded(part) for part in (reference, name, document)]
    own = [*parts, parts[0].replace(" ", ""), parts[2].replace(" ", "")]

    def has(word: str) -> bool:
        if len(word) < 3:
            return any(piece.startswith(word) for part in own for piece in part.split(" "))
        return any(word in part for part in own) or (
            re.search("[0-9]", word) is not None and any(word in _folded(point) for point in reached)
        )

    words = [word for word in wanted.split(" ") if word]
    return bool(words) and all(has(word) for word in words)


async def test_it_finds_what_a_search_of_every_row_finds(home: House) -> None:
    lots = random.Random(11)
    names = [
        "José",
        "Ana",
        "Łukasz",
        "Søren",
        "María",
        "Íñigo",
        "O'Hara",
        "de",
        "la",
        "Peña",
        "Müller",
        "Strauß",
        "Li",
        "100%",
    ]
    rows: dict[str, tuple[str, str, str, list[str]]] = {}
    for n in range(60):
        reference = f"{lots.choice(['OB-', 'F ', 'x_'])}{lots.randrange(10**4):04d}-{n}"
        name = " ".join(lots.choices(names, k=lots.randrange(1, 5)))
        number, phone = str(lots.randrange(10**6, 10**9)), f"+57{lots.randrange(3 * 10**9, 4 * 10**9)}"
        document = lots.choice([number, f"CC {int(number):,}".replace(",", "."), f"{number[:-1]}-{number[-1]}", ""])
        await place(home.north, home.bank, reference, name, document, phone=phone, number=number)
        rows[reference] = (reference, name, document, [number, phone])
    seen = 0
    for _ in range(300):
        reference, name, document, (number, phone) = lots.choice(list(rows.values()))
        whole = lots.choice([reference, name, document or "zz", number, phone, f"{name} {phone}", f"{number} {name}"])
        start = lots.randrange(len(whole))
        text = whole[start : start + lots.randrange(2, 14)].strip()
        text = lots.choice([text, text.upper(), text.lower(), " ".join(reversed(text.split()))])
        if len(text) < 2:
            continue
        expected = {row[0] for row in rows.values() if _matches(text, *row)}
        page = await worklist(home.north, WorklistQuery(search=text), PageRequest(first=100))
        assert {row.reference for row in page.rows} == expected, text
        own = {row[0] for row in rows.values() if _matches(text, *row[:3], [])}
        assert {row.reference for row in (await worklist(home.bank_scope, WorklistQuery(search=text), PageRequest(first=100))).rows} == own, text  # fmt: skip
        seen += len(expected)
    assert seen > 500


@pytest.mark.parametrize(
    ("table", "columns", "values", "condition"),
    [
        ("debt_search", "creditor_id, party_id, text", "$1, $1, ' ' || n", "text LIKE '%1234%'"),
        ("party_identifier", "party_id, type, issuer, number", "$1, 'CC', 'CO', n::text", "number ILIKE '%1234%'"),
        ("contact_point", "party_id, channel, value, source", "$1, 'PHONE', n::text, ''", "channel = 'PHONE' AND value LIKE '%1234%'"),
    ],
)  # fmt: skip
def test_like_leads_through_the_index_for_the_role_that_searches_alone(
    owner_url: str, table: str, columns: str, values: str, condition: str
) -> None:
    """The trap that the functions are the way out of: for a scope's role LIKE is no condition of an index at all."""
    agency = f"'{new_id()}'::uuid"
    with psycopg.connect(owner_url) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(
            f"INSERT INTO {table} (agency_id, id, {columns}) SELECT {agency}, recobro_uuid7(), {values.replace('$1', agency)} "
            "FROM generate_series(1, 5000) n"
        )
        # What waits in the pending list counts against the index.
        connection.execute(
            "SELECT gin_clean_pending_list(c.oid::regclass) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            f"JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'gin' AND i.indrelid = '{table}'::regclass"
        )
        connection.execute(f"ANALYZE {table}")
        led: dict[str, bool] = {}
        for role in ("recobro_search", "recobro_agency"):
            connection.execute(f"SET LOCAL ROLE {role}")
            plan = connection.execute(
                f"EXPLAIN SELECT FROM {table} WHERE agency_id = {agency} AND {condition}"
            ).fetchall()
            led[role] = any("Index Cond" in line and "~~" in line for (line,) in plan)
        connection.rollback()
    assert led == {"recobro_search": True, "recobro_agency": False}
