"""Subscribers hear of everything and of nothing twice too much; callbacks are proved, kept and done once; jobs run."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import psycopg
import pytest
from pydantic import SecretStr

from core.kit import db, jobs
from core.kit.db import Database
from core.kit.errors import Conflict, Forbidden, NotFound
from core.kit.ids import encode
from core.kit.money import Money
from core.kit.scope import Scope
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import record_payment
from core.payments.write_payment import RecordPayment
from core.plugin_host import host, tell_events
from core.plugin_host.disable_offer import disable_offer
from core.plugin_host.enable_offer import enable_offer
from core.plugin_host.reads import offer_settings
from core.plugin_host.request_job import request_due_jobs, request_job
from core.plugin_host.store import Store
from core.plugin_host.take_callback import take_callback
from core.plugin_host.tell_events import tell_next
from recobro import database as program
from recobro import jobs_registry
from recobro.cli import plugins_uninstall
from recobro.plugin_migrations import drop_plugin, upgrade_plugins
from recobro_sdk import InboundCall, sign_callback
from tests.core.house import DebtRow, House, events, house, make_debt
from tests.helpers_jobs import run_jobs
from tests.journey.client import serving
from tests.recobro.test_plugin_migrations import _plugin
from tests.schema.added import ACME

SECRET = SecretStr("whsec_c2VjcmV0")


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    furnished = await house(database)
    jobs_registry.load()
    host.load(found=[ACME], strict=True)
    yield furnished
    await host.close()
    host.load(found=[])


async def pay(scope: Scope, debt: DebtRow, reference: str, minor: int = 1_000) -> None:
    await record_payment(
        scope,
        RecordPayment(
            debt_id=debt.id, amount=Money(minor, "COP"), paid_on=date(2026, 3, 2), method=PaymentMethod.CASH,
            received_by=ReceivedBy.AGENCY, idempotency_key=reference, reference=reference,
        ),
    )  # fmt: skip
    await told_apart(scope)


async def told_apart(scope: Scope) -> None:
    """Until no transaction, of another test on the same server either, can put an event before those there are."""
    last = (await one(scope, "SELECT max(xid) AS xid FROM event"))["xid"]
    async with asyncio.timeout(60):
        while (await one(scope, "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xid"))["xid"] <= last:
            await asyncio.sleep(0.01)


async def debt_of(furnished: House) -> DebtRow:
    return await make_debt(furnished.north, furnished.bank, [("PRINCIPAL", 100_000_00, date(2026, 3, 1))])


async def heard(scope: Scope) -> list[str]:
    found = await Store.of("acme", scope.agency).get("heard") or {"ids": []}
    return found["ids"]


async def paid(scope: Scope) -> list[str]:
    return [encode("event", row["id"]) for row in await events(scope, "payment.recorded")]


async def one(scope: Scope, sql: str) -> dict[str, Any]:
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow(sql)
    assert row is not None
    return dict(row)


async def now_due(scope: Scope) -> None:
    """What is waited for after a failure is over."""
    async with db.transaction(scope) as tx:
        await tx.execute("UPDATE plugin_subscription SET not_before = now()")


async def test_a_subscriber_hears_of_what_follows_in_order_and_goes_on_where_it_stopped(home: House) -> None:
    north, debt = home.north, await debt_of(home)
    await pay(north, debt, "before")
    assert not await tell_next(), "nobody has enabled it"
    await enable_offer(north, "acme_ears", {})
    for n in range(3):
        await pay(north, debt, f"P{n}")
    while await tell_next():
        pass
    assert await heard(north) == (await paid(north))[1:] and len(await heard(north)) == 3
    assert await heard(home.south) == []

    await disable_offer(north, "acme_ears")
    await pay(north, debt, "meanwhile")
    assert await tell_next() and not await tell_next()
    assert (await one(north, "SELECT active FROM plugin_subscription"))["active"] is False
    await enable_offer(north, "acme_ears", {})
    while await tell_next():
        pass
    assert await heard(north) == (await paid(north))[1:], "and nothing was lost"


async def test_a_subscriber_that_is_away_is_waited_for_and_what_died_on_the_way_is_told_again(home: House) -> None:
    north, debt = home.north, await debt_of(home)
    await enable_offer(north, "acme_ears", {"broken": "events"})
    await pay(north, debt, "P1")
    for waits in (1, 2):
        assert await tell_next() and not await tell_next(), "it is left alone for a while"
        row = await one(north, "SELECT waits, tries, not_before > now() AS later FROM plugin_subscription")
        assert row == {"waits": waits, "tries": 0, "later": True}
        await now_due(north)
    await enable_offer(north, "acme_ears", {})
    # Whoever told it died: it is held until its lease is over.
    async with db.transaction(north) as tx:
        await tx.execute("UPDATE plugin_subscription SET leased_until = now() + interval '1 minute'")
    assert not await tell_next()
    async with db.transaction(north) as tx:
        await tx.execute("UPDATE plugin_subscription SET leased_until = now() - interval '1 second'")
    assert await asyncio.gather(tell_next(), tell_next()) != [True, True], "two do not tell the same"
    while await tell_next():
        pass
    assert await heard(north) == await paid(north)


async def test_an_event_that_breaks_its_subscriber_is_parked_alone(home: House) -> None:
    north, debt = home.north, await debt_of(home)
    await enable_offer(north, "acme_ears", {"broken": "poison"})
    for n, minor in enumerate((100, 666, 200)):
        await pay(north, debt, f"P{n}", minor)
    for _ in range(60):
        await now_due(north)
        if not await tell_next():
            break
    else:
        raise AssertionError("it never comes to rest")
    first, poison, last = await paid(north)
    assert [one for one in await heard(north) if one != first] == [last] and first in await heard(north)
    parked = await one(north, "SELECT event_id, error_code, tries FROM plugin_parked_event")
    assert encode("event", parked["event_id"]) == poison and parked["error_code"] == "PLUGIN_FAULT"
    assert parked["tries"] == tell_events.TRIES
    (told,) = await events(north, "plugin.event_parked")
    assert told["data"]["event_id"] == poison and told["data"]["offer"] == "acme_ears"


def _call(body: bytes, message_id: str = "msg_1", *, secret: SecretStr = SECRET, path: str = "/") -> InboundCall:
    now = datetime.now(UTC)
    headers = sign_callback(secret, message_id=message_id, sent_at=now, body=body)
    return InboundCall(method="POST", path=path, headers=headers, body=body, received_at=now)


async def test_a_callback_is_proved_kept_and_done_once(home: House, database: Database) -> None:
    north = home.north
    await enable_offer(north, "acme", {})
    path = (await offer_settings(north, "acme")).callback_path
    assert path is not None and (await offer_settings(home.south, "acme")).callback_path is None
    _, _, offer, token = path.split("/")
    taken = await take_callback(offer, token, _call(b'{"points": 7}'))
    again = await take_callback(offer, token, _call(b'{"points": 7}'))
    assert (again.callback_id, taken.repeated, again.repeated) == (taken.callback_id, False, True)
    row = await one(north, "SELECT state, repetitions, sealed FROM plugin_callback")
    assert (row["state"], row["repetitions"]) == ("RECEIVED", 1) and b"points" not in row["sealed"]
    await run_jobs(database)
    (event,) = await events(north, "plugin.acme.score_changed")
    assert event["data"] == {"points": 7}
    assert (await one(north, "SELECT state FROM plugin_callback"))["state"] == "DONE"

    await take_callback(offer, token, _call(b'{"nonsense": true}', "msg_2"))
    await run_jobs(database)
    refused = await one(north, "SELECT state, error_code FROM plugin_callback WHERE message_id = 'msg_2'")
    assert refused == {"state": "REJECTED", "error_code": "PROVIDER_REJECTED"}
    # What breaks the plugin is tried again later, by a job of its own.
    await take_callback(offer, token, _call(b"{}", "msg_3"))
    await run_jobs(database)
    tried = await one(
        north,
        "SELECT count(*) AS times, max(not_before) > now() + interval '1 hour' AS ever_later, min(c.error_code) AS code, "
        "min(c.state) AS state FROM job j JOIN plugin_callback c ON c.id = j.subject_id WHERE c.message_id = 'msg_3'",
    )
    assert tried == {"times": 8, "ever_later": True, "code": "PLUGIN_FAULT", "state": "FAILED"}


async def test_callbacks_over_http_say_what_became_of_them_and_no_more(home: House, app_url: str) -> None:
    await enable_offer(home.north, "acme", {})
    path = (await offer_settings(home.north, "acme")).callback_path
    assert path is not None
    body, forged = b'{"points": 9}', SecretStr("whsec_b3RoZXI=")
    async with serving(app_url, plugins=[ACME]) as address, httpx.AsyncClient(base_url=address) as http:

        async def send(call: InboundCall, to: str) -> int:
            return (await http.post(to, content=call.body, headers=list(call.headers))).status_code

        assert await send(_call(body), path) == 202
        assert await send(_call(body), path) == 200
        assert await send(_call(body, "msg_9"), f"{path}/payments/7") == 202
        assert await send(_call(body, secret=forged), path) == 401
        assert await send(_call(body), path[:-2] + "AA") == 404
        assert await send(_call(body), path.replace("acme", "acme_ears")) == 404
        assert await send(_call(body), "/callbacks/nobody/nothing") == 404
        assert await send(_call(b" " * ((1 << 20) + 1)), path) == 413
        assert (await http.get(path)).status_code == 405
        for _ in range(100):
            if len(await events(home.north, "plugin.acme.score_changed")) == 2:
                break
            await asyncio.sleep(0.1)
        assert len(await events(home.north, "plugin.acme.score_changed")) == 2
        await disable_offer(home.north, "acme")
        assert await send(_call(body, "msg_4"), path) == 404
        stored = await one(home.north, "SELECT count(*) AS n FROM plugin_callback")
        assert stored == {"n": 2}, "nothing of what was not proved is kept"


async def test_jobs_of_a_plugin_are_jobs_like_others_one_at_a_time(home: House, database: Database) -> None:
    north = home.north
    with pytest.raises(Conflict, match="not enabled"):
        await request_job(north, "acme", "count")
    await enable_offer(north, "acme", {})
    with pytest.raises(Forbidden):
        await request_job(home.bank_scope, "acme", "count")
    with pytest.raises(NotFound):
        await request_job(north, "acme", "nothing")
    job_id = await request_job(north, "acme", "count")
    with pytest.raises(Conflict) as caught:
        await request_job(north, "acme", "count")
    assert caught.value.code == "JOB_UNDER_WAY"
    await run_jobs(database)
    job = await one(north, "SELECT id, name, state, progress_done, progress_total, progress_note FROM job")
    assert job == {
        "id": job_id, "name": "plugin:acme.count", "state": "DONE", "progress_done": 3, "progress_total": 3,
        "progress_note": "step 3",
    }  # fmt: skip
    assert await Store.of("acme", north.agency).get("counted") == {"steps": 3}
    await request_job(north, "acme", "fail")
    await run_jobs(database)
    failed = await one(north, "SELECT state, error_code, progress_done FROM job WHERE name = 'plugin:acme.fail'")
    assert failed == {"state": "FAILED", "error_code": "PROVIDER_REJECTED", "progress_done": 1}


async def test_a_scheduled_job_is_asked_for_once_a_turn_where_it_is_enabled(home: House, database: Database) -> None:
    await enable_offer(home.north, "acme", {})
    agencies = [home.north.agency, home.south.agency]
    ten = datetime(2026, 3, 2, 10, 0, 5, tzinfo=UTC)
    before = ten - timedelta(seconds=20)
    assert await request_due_jobs(agencies, before, ten) == 1, "one of two jobs, at one of two agencies"
    assert await request_due_jobs(agencies, ten, ten + timedelta(minutes=30)) == 0, "its turn has not begun"
    assert await request_due_jobs(agencies, before, ten + timedelta(hours=1)) == 0, "the last one is not done"
    await run_jobs(database)
    assert await request_due_jobs(agencies, before, ten) == 1, "another process, which asks for the same job"
    assert (await one(home.north, "SELECT count(*) AS n FROM job"))["n"] == 1
    assert await request_due_jobs(agencies, ten, ten + timedelta(hours=1)) == 1
    assert jobs.handler_of("plugin:acme.count") is jobs.handler_of("plugin") is not None


async def test_uninstalled_is_exported_and_gone_and_every_command_of_the_database_works(
    own_url: str, tmp_path: Path
) -> None:
    folder = _plugin(tmp_path / "acme")["acme"]
    upgrade_plugins(own_url, {"acme": folder})
    opened = await Database.connect(program.app_url(own_url, "a password of the test"))
    db.use(opened)
    host.load(found=[ACME], strict=True)
    jobs_registry.load()
    try:
        furnished = await house(opened)
        north, south = furnished.north, furnished.south
        for scope in (north, south):
            await enable_offer(scope, "acme", {"secret": SECRET.get_secret_value()})
        await enable_offer(north, "acme_ears", {})
        await Store.of("acme", north.agency).put("note.1", {"text": "calls back"})
        await Store.of("other", north.agency).put("note.1", {"text": "of another"})
        await request_job(north, "acme", "count")
        _, _, offer, token = str((await offer_settings(north, "acme")).callback_path).split("/")
        await take_callback(offer, token, _call(b'{"points": 7}'))
        async with db.transaction(north) as tx:
            await tx.execute(
                'INSERT INTO "acme__note" (agency_id, id) SELECT $1, recobro_uuid7() FROM generate_series(1, 600)',
                north.agency,
            )

        file = tmp_path / "acme.jsonl"
        lines = await plugins_uninstall.export("acme", file)
        text = file.read_text()
        found = [orjson.loads(line) for line in text.splitlines()]
        kinds = [line["kind"] for line in found]
        assert lines == len(found) and kinds.count("acme__note") == 600 and kinds.count("setting") == 3
        assert {"document", "subscription", "callback"} < set(kinds)
        assert "calls back" in text and "of another" not in text and SECRET.get_secret_value() not in text
        with pytest.raises(program.DatabaseError, match="is there already"):
            await plugins_uninstall.export("acme", file)

        rows, ended = await plugins_uninstall.forget("acme")
        assert ended == 2 and rows >= 7
        assert drop_plugin(own_url, "acme", None) == ["acme__note"], "also where its package is gone"
        assert await Store.of("other", north.agency).get("note.1") == {"text": "of another"}
        assert not await plugins_uninstall.known("acme") and not await tell_next()
        await run_jobs(opened)
        assert {event["data"]["plugin"] for event in await events(south, "plugin.uninstalled")} == {"acme"}
    finally:
        await host.close()
        host.load(found=[])
        db.use(None)
        await opened.close()
    with psycopg.connect(own_url) as connection:
        left = connection.execute("SELECT relname FROM pg_class WHERE relname LIKE '%acme%'").fetchall()
    assert left == []
    await asyncio.to_thread(program.check, own_url)
    await asyncio.to_thread(program.downgrade, own_url, "-1")
    await asyncio.to_thread(program.upgrade, own_url)
