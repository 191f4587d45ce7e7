"""The tables of a test: copies, keys, what the database fills; and in a kit only for who asks for them."""

from __future__ import annotations

import asyncio
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from recobro_sdk import (
    BureauProvider,
    Capability,
    Column,
    ColumnType,
    Offer,
    PluginContext,
    PluginManifest,
    PluginScope,
    PluginTables,
    TableShape,
    hookimpl,
)
from recobro_sdk.testing import BureauConformance, FakeContext

NOTE = TableShape(
    name="acme__note",
    columns={
        "id": Column(type=ColumnType.UUID, filled=True),
        "code": Column(type=ColumnType.TEXT),
        "at": Column(type=ColumnType.MOMENT, filled=True),
        "tries": Column(type=ColumnType.INTEGER, filled=True),
        "doc": Column(type=ColumnType.JSON, nullable=True),
    },
    keys=(frozenset({"id"}), frozenset({"code"})),
)
ONE_EACH = TableShape(name="acme__one", columns={"code": Column(type=ColumnType.TEXT)}, keys=(frozenset(),))


def test_nobody_shares_an_object_with_a_table() -> None:
    async def body() -> None:
        async with FakeContext(tables=[NOTE]) as context:
            assert isinstance(context.tables, PluginTables) and isinstance(context, PluginContext)
            doc: dict[str, Any] = {"a": [1]}
            await context.tables.insert("acme__note", [{"code": "x", "doc": doc}])
            doc["a"].append(2)
            (row,) = await context.tables.select("acme__note", {})
            assert row["doc"] == {"a": [1]} and row["at"] == context.clock.now() and row["tries"] == 0
            assert isinstance(row["doc"], dict)
            row["doc"]["a"] = None
            assert (await context.tables.select("acme__note", {"code": "x"}))[0]["doc"] == {"a": [1]}

    asyncio.run(body())


def test_of_many_who_race_one_writes() -> None:
    async def body() -> None:
        async with FakeContext(tables=[NOTE, ONE_EACH]) as context:
            tables = context.tables
            kept = [tables.insert("acme__note", [{"code": "k"}], key=["code"], existing="keep") for _ in range(5)]
            assert sum(await asyncio.gather(*kept)) == 1
            faster = [tables.update("acme__note", {"tries": 0}, {"tries": 1}) for _ in range(5)]
            assert sum(await asyncio.gather(*faster)) == 1
            # A key of nothing but the agency: one row.
            assert await tables.insert("acme__one", [{"code": "a"}], key=[]) == 1
            assert await tables.insert("acme__one", [{"code": "b"}], key=[]) == 1
            assert await tables.select("acme__one", {}) == [{"code": "b"}]
            with pytest.raises(ValueError, match="is there already"):
                await tables.insert("acme__one", [{"code": "c"}])

    asyncio.run(body())


def _plugin(*scopes: str) -> ModuleType:
    class Settings(BaseModel):
        """None."""

        model_config = ConfigDict(extra="forbid")

    class Bureau:
        def __init__(self, _: Settings, context: PluginContext) -> None:
            self.tables = context.tables

        async def fetch_report(self, *_: Any, **__: Any) -> Any:
            return await self.tables.select("acme__note", {})

    def recobro_manifest() -> PluginManifest:
        return PluginManifest(
            name="acme", version="1", summary="s", maintainer="m", homepage="h",
            capabilities=frozenset({Capability.BUREAU}), scopes=tuple(PluginScope(code, "of a test") for code in scopes),
        )  # fmt: skip

    def recobro_bureaus() -> list[Offer[BureauProvider]]:
        return [Offer(code="acme", summary="s", build=Bureau, settings=Settings)]

    found = ModuleType("acme")
    vars(found).update(recobro_manifest=hookimpl(recobro_manifest), recobro_bureaus=hookimpl(recobro_bureaus))
    return found


def test_a_kit_has_the_tables_for_who_asks_for_them() -> None:
    def asked(*scopes: str) -> Any:
        kit: Any = type("Kept", (BureauConformance,), {"plugin": _plugin(*scopes), "tables": (NOTE,)})
        return kit().run(lambda service, _: service.fetch_report())

    assert asked("table:own:write") == []
    with pytest.raises(ValueError, match="does not ask for the scope 'table:own:write'"):
        asked()
