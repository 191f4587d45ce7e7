"""Tell subscribers what happened at their agency: in order, at least once, from where each has heard so far.

A subscriber that is away is waited for, and nothing is lost. One that breaks at an event is told that event alone, and
when it breaks again and again, the event is parked and the next ones are told.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from core.kit import db, ids
from core.kit.db import Row
from core.kit.errors import Conflict, NotFound
from core.kit.events import emit
from core.kit.feed import parse_cursor
from core.kit.scope import Actor, Audience, Scope, agency_scope, system_scope
from core.plugin_host import host
from core.plugin_host.call import call
from core.plugin_host.offers import EVENT_SUBSCRIBER
from core.plugin_host.problems import ProviderProblem
from core.plugin_host.remote import plain
from recobro_sdk import DomainEvent, EventInterest, EventSubscriber

log = structlog.get_logger("recobro.plugins")
RELAY = system_scope(Audience.RELAY, "subscribers")
BATCH, MOST_INTERESTS = 100, 100
HANDLE_S = 30.0
LEASE = timedelta(minutes=2)
"""For how long nobody else tells a subscriber; if whoever does dies, it is told again after this."""
TRIES = 5
"""How often an event may break its subscriber before it is parked."""
_BREAKS = frozenset({
    "PLUGIN_FAULT", "PLUGIN_ANSWER_INVALID", "PLUGIN_STOPPED", "PROVIDER_TIMEOUT", "PROVIDER_REJECTED",
})  # fmt: skip
"""What says that it is the event, and not the other side, that does not go through."""
_LONGEST_S = 900.0
_dice = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class _Turn:
    """One subscriber that is being told: from where on, after how many failures."""

    scope: Scope
    row_id: UUID
    offer: str
    cursor: tuple[int, int]
    tries: int
    waits: int
    lease: datetime


@dataclass(frozen=True, slots=True)
class _Heard:
    """What it was told, what it said it reached, and up to where there was nothing else for it."""

    events: tuple[DomainEvent, ...]
    reached: object
    horizon: int

    def check(self, limit: int) -> tuple[int, int]:
        """The place that it has reached. Raises: ValueError where it says what it was not told."""
        if self.events and self.reached not in {event.cursor for event in self.events}:
            raise ValueError("it says to have reached what it was not told")
        if self.events and (self.reached != self.events[-1].cursor or len(self.events) == limit):
            return parse_cursor(str(self.reached))
        return (self.horizon, 2**62)


async def tell_next() -> bool:
    """Tell one subscriber that has something to hear; False where there is none. Never raises what a plugin does."""
    offers = [loaded.code for loaded in host.offers(EVENT_SUBSCRIBER)]
    if not offers:
        return False
    async with db.transaction(RELAY) as tx:
        row = await tx.fetchrow(_CLAIM, offers, LEASE)
    if row is None:
        return False
    actor = Actor("system", f"subscriber_{row['offer']}")
    scope, cursor = agency_scope(row["agency_id"], actor), (row["xid"], row["position"])
    await _tell(_Turn(scope, row["id"], row["offer"], cursor, row["tries"], row["waits"], row["leased_until"]))
    return True


_CLAIM = """
UPDATE plugin_subscription SET leased_until = now() + $2
WHERE (agency_id, id) IN (
  SELECT s.agency_id, s.id FROM plugin_subscription s
  WHERE s.active AND s.offer = ANY ($1) AND s.not_before <= now() AND COALESCE(s.leased_until, now()) <= now()
    AND EXISTS (SELECT 1 FROM event e WHERE e.agency_id = s.agency_id AND (e.xid, e.position) > (s.xid, s.position)
                AND e.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint)
  ORDER BY s.not_before LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING agency_id, id, offer, xid, position, tries, waits, leased_until
"""


async def _tell(turn: _Turn) -> None:
    limit = BATCH if turn.tries == 0 else 1
    told = list[DomainEvent]()

    async def tell(subscriber: EventSubscriber) -> _Heard:
        interests = await plain(subscriber.interests)
        events, horizon = await _events(turn, interests, limit)
        told.extend(events)
        return _Heard(tuple(events), await subscriber.handle(events) if events else None, horizon)

    try:
        heard = await call(
            turn.scope, EVENT_SUBSCRIBER, turn.offer, "handle", tell, answer=_Heard,
            check=lambda found: found.check(limit), timeout_s=HANDLE_S,
        )  # fmt: skip
    except ProviderProblem as problem:
        await _failed(turn, problem, told, limit)
    except (Conflict, NotFound):  # disabled, or gone, meanwhile
        await _moved(turn, turn.cursor, active=False)
    else:
        await _moved(turn, heard.check(limit))


async def _events(turn: _Turn, interests: Sequence[EventInterest], limit: int) -> tuple[list[DomainEvent], int]:
    """What it wants to hear of, at most `limit`, and the place before which no other event can appear any more."""
    wanted = list(interests)[:MOST_INTERESTS]
    async with db.transaction(turn.scope, read_only=True, snapshot=True) as tx:
        horizon = await tx.fetchval("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1")
        rows = await tx.fetch(
            "SELECT id, xid, position, name, version, occurred_at, data FROM event WHERE agency_id = $1 "
            "AND (xid, position) > ($2, $3) AND xid <= $4 AND NOT starts_with(name, 'plugin.') "
            "AND (name, version) IN (SELECT * FROM unnest($5::text[], $6::smallint[])) "
            "ORDER BY xid, position LIMIT $7",
            turn.scope.agency, *turn.cursor, horizon, [one.name for one in wanted], [one.version for one in wanted],
            limit,
        )  # fmt: skip
    return [_event(row) for row in rows], horizon


def _event(row: Row) -> DomainEvent:
    return DomainEvent(
        id=ids.encode("event", row["id"]),
        cursor=f"{row['xid']}.{row['position']}",
        name=row["name"],
        version=row["version"],
        occurred_at=row["occurred_at"],
        data=row["data"],
    )


async def _failed(turn: _Turn, problem: ProviderProblem, told: list[DomainEvent], limit: int) -> None:
    if problem.code not in _BREAKS or not told:
        return await _moved(turn, turn.cursor, tries=turn.tries, waits=min(turn.waits + 1, 20))
    if limit == 1 and turn.tries + 1 >= TRIES:
        return await _park(turn, problem.code, told[0])
    return await _moved(turn, turn.cursor, tries=turn.tries + 1)


async def _park(turn: _Turn, code: str, event: DomainEvent) -> None:
    """Pass over an event. The row of it stays, and people are told; its subscriber is not."""
    plugin = host.offer(EVENT_SUBSCRIBER, turn.offer).plugin
    _, event_id = ids.parse(event.id)
    log.error("event parked", plugin=plugin, offer=turn.offer, event_id=event.id, code=code)
    async with db.transaction(turn.scope) as tx:
        if not await _move(tx, turn, parse_cursor(event.cursor)):
            return
        await tx.execute(
            "INSERT INTO plugin_parked_event (agency_id, id, plugin, offer, event_id, error_code, tries, parked_at) "
            "VALUES ($1, recobro_uuid7(), $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            turn.scope.agency, plugin, turn.offer, event_id, code[:80], TRIES, tx.now,
        )  # fmt: skip
        data = {"plugin": plugin, "offer": turn.offer, "event_id": event.id, "name": event.name, "reason": code}
        await emit(tx, "plugin.event_parked", event_id, data)


async def _moved(turn: _Turn, to: tuple[int, int], *, tries: int = 0, waits: int = 0, active: bool = True) -> None:
    async with db.transaction(turn.scope) as tx:
        await _move(tx, replace(turn, tries=tries, waits=waits), to, active=active)


async def _move(tx: Any, turn: _Turn, to: tuple[int, int], *, active: bool = True) -> bool:
    """Keep how far it is, and for how long it is left alone; False where somebody else tells it by now."""
    failures = turn.tries + turn.waits if to == turn.cursor else 0
    wait = min(2.0**failures, _LONGEST_S) * _dice.uniform(0.75, 1.25) if failures else 0.0
    done = await tx.execute(
        "UPDATE plugin_subscription SET xid = $4, position = $5, tries = $6, waits = $7, active = $8, "
        "not_before = now() + $9, leased_until = NULL WHERE agency_id = $1 AND id = $2 AND leased_until = $3",
        turn.scope.agency, turn.row_id, turn.lease, *to, turn.tries if failures else 0, turn.waits if failures else 0,
        active, timedelta(seconds=wait),
    )  # fmt: skip
    return done == "UPDATE 1"
