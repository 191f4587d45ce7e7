"""A server in another language says that there is news of a case, and is asked at once."""

import importlib.util
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from core.kit import db
from core.kit.db import Database
from core.kit.scope import Scope
from core.legal.facts import CaseFacts
from core.legal.follow_case import JOB as FOLLOW
from core.legal.hand_over import HandOver, hand_over
from core.legal.kinds import HandoffState
from core.plugin_host import host
from core.plugin_host.do_callback import JOB as CALLED
from core.plugin_host.enable_offer import enable_offer
from core.plugin_host.problems import ProviderProblem
from core.plugin_host.process import link_of
from core.plugin_host.reads import offer_settings
from core.plugin_host.take_callback import take_callback
from recobro import worker
from recobro_sdk import CaseDocument, DocumentKind, InboundCall
from tests.core.house import House, house, make_debt

REMOTE = EntryPoint("remote", "tests.core.remote_plugin", "recobro")
SECRET = "whsec_YSBzZWNyZXQgb2YgdGhlIHRlc3QsIGxvbmcgZW5vdWdo"
SERVER = Path(__file__).parents[3] / "plugins" / "remote" / "examples" / "server.py"
FACTS = CaseFacts(
    time_bar_on=date(2099, 1, 1),
    documents=(CaseDocument(kind=DocumentKind.POWER_OF_ATTORNEY, reference="P-1", dated=date(2025, 1, 15)),),
)


@dataclass
class Case:
    house: House
    server: Any
    handoff_id: str

    async def rows(self, sql: str, scope: Scope | None = None) -> list[dict[str, Any]]:
        async with db.transaction(scope or self.house.north) as tx:
            return [dict(row) for row in await tx.fetch(sql)]

    async def call(self, message_id: str, *handoffs: str, secret: str = SECRET, to: Scope | None = None) -> bool:
        """The server calls; whether it had told it before."""
        path = (await offer_settings(to or self.house.north, "remote_cases")).callback_path
        assert path is not None
        _, _, offer, token = path.split("/")
        caller = self.server if secret == SECRET else type(self.server)(secret)
        headers, body = caller.call(message_id, list(handoffs))
        inbound = InboundCall(
            method="POST", path="/", headers=tuple(headers.items()), body=body, received_at=datetime.now(UTC)
        )
        return (await take_callback(offer, token, inbound)).repeated

    async def done(self, name: str) -> dict[str, Any]:
        """Do the one job of a name that may begin now; its result."""
        (row,) = await self.rows(
            f"SELECT id FROM job WHERE name = '{name}' AND state = 'QUEUED' AND not_before <= now()"
        )
        assert await worker.run_job(row["id"])
        (done,) = await self.rows(f"SELECT state, result FROM job WHERE id = '{row['id']}'")
        assert done["state"] == "DONE"
        return done["result"]

    async def due(self) -> bool:
        """Whether the case is asked about now, and not tomorrow."""
        (row,) = await self.rows(
            f"SELECT not_before <= now() AS now FROM job WHERE name = '{FOLLOW}' AND state = 'QUEUED'"
        )
        return row["now"]


@pytest.fixture
async def case(database: Database) -> AsyncIterator[Case]:
    spec = importlib.util.spec_from_file_location("remote_example_of_calls", SERVER)
    assert spec is not None and spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    service = example.Service(SECRET)
    http = example.serve(service, 0)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    host.load(found=[REMOTE], strict=True)
    rooms = await house(database)
    settings = {"base_url": f"http://127.0.0.1:{http.server_address[1]}", "secret": SECRET}
    for scope in (rooms.north, rooms.south):
        await enable_offer(scope, "remote_cases", settings)
    parts = [("PRINCIPAL", 900_000_00, date(2026, 2, 1))]
    debt = await make_debt(rooms.north, rooms.bank, parts, stage="PRE_LEGAL")
    command = HandOver(debt_id=debt.id, channel="remote_cases", facts=FACTS, idempotency_key="k1")
    done = await hand_over(rooms.north, command)
    assert (done.state, done.problem) == (HandoffState.ACK, None)
    yield Case(rooms, service, str(done.handoff_id))
    http.shutdown()
    http.server_close()
    await host.close(end=False)
    link_of(REMOTE.name, REMOTE.value)._ends.clear()
    host.load(found=[])


async def test_a_server_says_that_there_is_news_and_is_asked_at_once(case: Case) -> None:
    assert not await case.due()
    assert [await case.call("told-1", case.handoff_id) for _ in range(2)] == [False, True]
    assert await case.rows("SELECT id FROM legal_event") == [], "the call itself is not believed"
    assert (await case.done(CALLED))["state"] == "DONE"
    assert await case.due()
    assert await case.done(FOLLOW) == {"state": "ACCEPTED", "taken": 3, "code": None}
    (event,) = await case.rows("SELECT kind FROM legal_event")
    assert event["kind"] == "FILED" and not await case.due()


async def test_a_call_that_is_not_signed_or_names_nobody_wakes_nothing(case: Case) -> None:
    with pytest.raises(ProviderProblem) as caught:
        await case.call("told-1", case.handoff_id, secret="whsec_YW5vdGhlciBzZWNyZXQgdGhhbiB0aGUgYWdlbmN5J3M=")
    assert caught.value.code == "SIGNATURE_INVALID"
    assert await case.rows("SELECT id FROM plugin_callback") == []
    await case.call("told-2", "no-key-of-ours", "01980d2e-7f43-7c1a-9d5e-0a1b2c3d4e5f")
    assert (await case.done(CALLED))["state"] == "DONE" and not await case.due()


async def test_the_address_of_another_agency_wakes_no_case_of_this_one(case: Case) -> None:
    await case.call("told-1", case.handoff_id, to=case.house.south)
    (row,) = await case.rows(f"SELECT id FROM job WHERE name = '{CALLED}'", case.house.south)
    assert await worker.run_job(row["id"])
    assert not await case.due()
