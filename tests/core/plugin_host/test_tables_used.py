"""A plugin with tables, in a process of its own: wherever the host calls it, and when it dies; and what goes with it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.kit import db
from core.kit.db import Database
from core.kit.errors import Conflict, DomainError
from core.kit.scope import Scope
from core.plugin_host import host
from core.plugin_host.ask_extension import ask_change, ask_query, field_values
from core.plugin_host.discovery import PluginRefusedError, read_plugin
from core.plugin_host.enable_offer import enable_offer
from core.plugin_host.export_plugin import tables_of as exported_tables
from core.plugin_host.process import link_of
from core.plugin_host.reads import offer_settings
from core.plugin_host.request_job import request_job
from core.plugin_host.take_callback import take_callback
from core.plugin_host.tell_events import tell_next
from recobro import jobs_registry
from recobro.cli import plugins_uninstall
from recobro.database import DatabaseError
from recobro.plugin_migrations import drop_plugin, upgrade_plugins
from recobro_sdk import (
    ENTRY_POINT_GROUP,
    Contribution,
    ContributionKind,
    InboundCall,
    PluginManifest,
    PluginScope,
    hookimpl,
    sign_callback,
)
from recobro_sdk.graphql import ObjectKey
from tests.core.house import House, events, house, make_debt
from tests.core.keeper_plugin import KeeperSettings
from tests.core.plugin_host.test_contributions import pay
from tests.core.tables_house import tables_of, with_tables
from tests.helpers_jobs import run_jobs
from tests.recobro.test_plugin_migrations import REVISION

KEEPER = EntryPoint("keeper", "tests.core.keeper_plugin", ENTRY_POINT_GROUP)
V = "keeper__visit"


@pytest.fixture
async def opened(own_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    async with with_tables(own_url, tmp_path) as found:
        jobs_registry.load()
        host.load(found=[KEEPER], strict=True)
        try:
            yield found
        finally:
            await host.close()
            link_of(KEEPER.name, KEEPER.value)._ends.clear()
            host.load(found=[])


@pytest.fixture
async def home(opened: Database) -> House:
    made = await house(opened)
    for scope in (made.north, made.south):
        await enable_offer(scope, "keeper", {})
    return made


async def codes(scope: Scope) -> list[object]:
    return [row["code"] for row in await tables_of(scope).select(V, {}, order=["code"], limit=1000)]


async def save(scope: Scope, **given: Any) -> int:
    payload = await ask_change(scope, host.extensions()[0], "keeperVisitSave", {"note": None, **given}, lambda one: one)
    return payload["written"]


def plain(value: Any) -> Any:
    return value


async def test_it_is_there_wherever_the_host_calls_the_plugin(home: House, opened: Database) -> None:
    north, south = home.north, home.south
    loaded = host.extensions()[0]
    assert await save(north, table=V, code="a", note="first") == 1
    assert await save(north, table=V, code="a", note="second") == 1
    assert await save(south, table=V, code="a", note="of the south") == 1
    assert await ask_query(north, loaded, "keeperVisits", {"after": ""}, plain) == {"codes": ["a"]}

    keys = [ObjectKey(id=f"debt_{'a' * 20}", values={}), ObjectKey(id=f"debt_{'b' * 20}", values={})]
    await save(north, table=V, code="a" * 20, note="of a field")
    assert await field_values(north, loaded, "Debt.keeperNote", keys, plain) == ["of a field", None]
    assert await field_values(north, loaded, "Debt.keeperNote", keys, plain) == ["read of a field", "read None"]
    assert await codes(south) == ["a"]

    job_id = await request_job(north, "keeper", "fill")
    await run_jobs(opened)
    async with db.transaction(north) as tx:
        assert await tx.fetchval("SELECT state FROM job WHERE id = $1", job_id) == "DONE"
    (first,) = await tables_of(north).select(V, {"code": "first"})
    assert first["tries"] == 1, "of five who changed it, one did"

    path = (await offer_settings(north, "keeper")).callback_path
    assert path is not None
    _, _, offer, token = path.split("/")
    for number in ("msg_1", "msg_2"):
        now = datetime.now(UTC)
        headers = sign_callback(KeeperSettings().secret, message_id=number, sent_at=now, body=b"{}")
        await take_callback(
            offer, token, InboundCall(method="POST", path="/", headers=headers, body=b"{}", received_at=now)
        )
        await run_jobs(opened)
    async with db.transaction(north) as tx:
        states = await tx.fetch("SELECT state FROM plugin_callback ORDER BY received_at")
    assert [row["state"] for row in states] == ["DONE", "REJECTED"], "its table remembers"

    await enable_offer(north, "keeper_ears", {})
    await pay(north, await make_debt(north, home.bank, [("PRINCIPAL", 100_000_00, date(2026, 3, 1))]), "P1")
    while await tell_next():
        pass
    (told,) = await tables_of(north).select(V, {"note": "payment.recorded"})
    assert isinstance(told["doc"], dict) and told["doc"]["amount_minor"] == 1_000
    assert await codes(south) == ["a"]


@pytest.mark.parametrize("table", ["debt", "acme__note", 'keeper__visit"; DROP TABLE debt; --', "pg_catalog.pg_class"])
async def test_a_refusal_is_a_value_error_in_the_plugin(home: House, table: str) -> None:
    with pytest.raises(Conflict) as caught:
        await save(home.north, table=table, code="a")
    assert caught.value.code == "VISIT_REFUSED" and caught.value.remedy == "ValueError"
    assert "no table" in caught.value.message and await codes(home.north) == []


async def test_what_wrote_and_died_is_unknown_and_nothing_of_it_is_half(home: House, opened: Database) -> None:
    north = home.north
    await request_job(north, "keeper", "die")
    await run_jobs(opened)
    async with db.transaction(north) as tx:
        call = await tx.fetchrow(
            "SELECT outcome, error_code FROM plugin_call WHERE operation LIKE '%die%' ORDER BY id DESC LIMIT 1"
        )
    assert call is not None and dict(call) == {"outcome": "UNKNOWN", "error_code": "PLUGIN_STOPPED"}
    for _ in range(100):  # the host goes on with what it was asked
        found = await codes(north)
        if found:
            break
        await asyncio.sleep(0.05)
    assert len(found) == 1000, "the statement was on its way, and is done as a whole"
    assert await save(home.south, table=V, code="after") == 1, "and it is there again"


def test_a_plugin_that_does_not_say_so_has_no_tables() -> None:
    def reading(*kinds: ContributionKind) -> None:
        manifest = PluginManifest(
            name="own_tables", version="1", summary="s", maintainer="m", homepage="h", capabilities=frozenset(),
            scopes=(PluginScope("table:own:write", "of a test"),),
            contributions=tuple(Contribution(kind, "of a test") for kind in kinds),
        )  # fmt: skip

        class Plugin:
            @hookimpl
            def recobro_manifest(self) -> PluginManifest:
                return manifest

        read_plugin("own_tables", Plugin)

    with pytest.raises(PluginRefusedError, match="'tables', and its manifest does not say so"):
        reading(ContributionKind.JOBS)
    reading(ContributionKind.TABLES)


async def test_its_rows_are_exported_before_they_go_also_when_only_its_tables_are_left(
    home: House, own_url: str, tmp_path: Path
) -> None:
    for scope, note in ((home.north, "of the north"), (home.south, "of the south")):
        tables = tables_of(scope)
        await tables.insert(V, [{"code": f"{n:04}", "note": note, "doc": {"n": n}} for n in range(700)])
        await tables.insert("keeper__line", [{"visit_code": "0007", "number": 1, "kind": "not the table's"}])
    assert await exported_tables(home.north, "keeper") == ["keeper__line", V]
    await plugins_uninstall.forget("keeper")
    assert await plugins_uninstall.known("keeper"), "its tables are there"
    file = tmp_path / "keeper.jsonl"
    await plugins_uninstall.export("keeper", file)
    found = [orjson.loads(line) for line in file.read_text().splitlines()]
    visits = [line for line in found if line["kind"] == V]
    assert len(visits) == 1400 and len({(line["agency"], line["row"]["code"]) for line in visits}) == 1400
    assert {line["row"]["note"] for line in visits} == {"of the north", "of the south"}
    assert visits[0]["row"].keys() >= {"doc", "weight", 'Odd "name"; --', "agency_id"}
    assert [line["row"]["kind"] for line in found if line["kind"] == "keeper__line"] == ["not the table's"] * 2
    assert drop_plugin(own_url, "keeper", None) == ["keeper__line", V]
    assert not await plugins_uninstall.known("keeper")
    assert len(await events(home.north, "plugin.uninstalled")) == 1
    with pytest.raises(DomainError):
        await save(home.north, table=V, code="gone")
    async with db.transaction(home.north) as tx:
        assert await tx.fetchval("SELECT count(*) FROM acme__note") == 0, "another plugin's stay"


NOTE = 'sa.PrimaryKeyConstraint("agency_id", "id"),'
LOOSE = {
    "policy": ("", 'op.execute("CREATE POLICY more ON acme__note FOR SELECT TO recobro_agency USING (true)")', "more"),
    "public": ("", 'op.execute("CREATE POLICY more ON acme__note USING (true)")', "more"),
    "unique": ('sa.UniqueConstraint("id"),', "pass", "acme__note_id_key is without agency_id"),
    "reference": (
        "",
        'op.create_foreign_key("acme_fkey", "acme__note", "agency", ["id"], ["id"])',
        "acme_fkey is without",
    ),
    "name": ("", 'op.rename_table("acme__note", "acme__x__note")', "acme__x__note is no <plugin>__<noun>"),
    "capital": ("", 'op.rename_table("acme__note", "acme__Note")', "acme__Note is no <plugin>__<noun>"),
}


@pytest.mark.parametrize("which", LOOSE)
def test_a_table_through_which_agencies_or_plugins_would_meet_is_taken_back(
    own_url: str, tmp_path: Path, which: str
) -> None:
    more, also, told = LOOSE[which]
    text = REVISION.format(secure=f'op.secure_table("acme__note", "agency")\n    {also}').replace(
        NOTE, f"{NOTE}\n{more}"
    )
    if which in ("name", "capital"):
        renamed = told.partition(" ")[0]
        text = text.replace('op.drop_table("acme__note")', f'op.drop_table("{renamed}")')
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "acme_0001_notes.py").write_text(text)
    with pytest.raises(DatabaseError, match=told.replace(".", r"\.")):
        upgrade_plugins(own_url, {"acme": folder})
    assert drop_plugin(own_url, "acme", None) == []


@pytest.mark.parametrize("name", ["acme__x", "acme_", "_acme", "Acme", "1acme"])
def test_a_plugin_whose_name_could_be_read_as_another_ones_has_no_tables(
    own_url: str, tmp_path: Path, name: str
) -> None:
    with pytest.raises(DatabaseError, match="cannot be the name"):
        upgrade_plugins(own_url, {name: tmp_path})
