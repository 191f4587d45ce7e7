"""Follow a case that a channel has: once a day, and at once when a callback says that there is news."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from core.kit import clock, db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, DomainError, NotFound
from core.kit.events import emit
from core.kit.jobs import Run, enqueue, handler
from core.kit.money import Money
from core.legal.answer_handoff import answer
from core.legal.ask_cost import AskCost, write_cost
from core.legal.case import Case, lock_case
from core.legal.kinds import RUNNING, CaseStage, CostKind, EventKind, HandoffState
from core.legal.record_event import RecordEvent, write_event
from core.legal.take_money import write_money
from core.legal.take_standing import write_standing
from core.plugin_host.call import call
from core.plugin_host.host import has_ability
from core.plugin_host.offers import LEGAL_CHANNEL
from core.plugin_host.problems import ProviderProblem
from recobro_sdk import (
    CaseEvent,
    CaseEventKind,
    CaseFollower,
    CaseMoney,
    CaseNews,
    CaseStanding,
    CostRequest,
    Failed,
    HandoffRef,
    LegalChannel,
    LegalStage,
    Pending,
    Settled,
    Unknown,
)

JOB = "legal.case.settle"
"""Ends in `settle`, so that a callback's `CallbackResult.settled` begins it at once."""
ABILITY = "case_news"
EVERY = timedelta(days=1)
TIMEOUT_S = 60.0
MAX_EVENTS, MAX_COSTS, MAX_MONEY = 500, 200, 500
STANDING = "channel:standing"
ENDED = "channel:closed"
"""The reference of the end of a case of which its channel told no event."""
_OUTCOMES = (Settled, Pending, Unknown, Failed)


async def follow_later(tx: Tx, handoff_id: UUID, channel: str) -> None:
    """Ask for the next look, in the running transaction, where the channel tells of its cases."""
    if has_ability(LEGAL_CHANNEL, channel, ABILITY):
        await _tomorrow(tx, handoff_id)


async def _tomorrow(tx: Tx, handoff_id: UUID) -> None:
    await enqueue(tx, JOB, {"handoff_id": str(handoff_id)}, subject_id=handoff_id, after=EVERY)


@handler(JOB)
async def follow_case(run: Run) -> None:
    """The job: ask the channel and take what is new, each event and each request once, by its reference. What the books
    cannot take is told as `legal.news_refused`, and asked for again the next day. Ends with the case."""
    handoff_id = UUID(run.payload["handoff_id"])
    async with db.transaction(run.scope, read_only=True) as tx:
        row = await tx.fetchrow(
            "SELECT * FROM legal_handoff WHERE agency_id = $1 AND id = $2", run.agency_id, handoff_id
        )
    if row is None or HandoffState(row["state"]) not in RUNNING:
        async with db.transaction(run.scope) as tx:
            return await run.finish(tx, {"state": row["state"] if row else None})
    news, problem = None, None
    try:
        news = await _ask(run, row)
    except (ProviderProblem, NotFound, Conflict) as found:  # the channel fails, or was disabled: tomorrow again
        problem = found.code
    async with db.transaction(run.scope) as tx:
        case, taken = await lock_case(tx, handoff_id), 0
        if news is not None and case.state in RUNNING:
            taken = await _take(tx, case, news)
        state = (await lock_case(tx, handoff_id)).state
        if state in RUNNING:
            await _tomorrow(tx, handoff_id)  # also where the plugin is away for a while
        await run.finish(tx, {"state": state.value, "taken": taken, "code": problem})
    return None


async def _ask(run: Run, row: Row) -> CaseNews | None:
    """What the channel knows; None where it cannot say."""
    handoff = HandoffRef(str(row["id"]), row["receipt"])

    async def asked(channel: LegalChannel) -> Any:
        return await cast(CaseFollower, channel).news(handoff)

    found = await call(
        run.scope, LEGAL_CHANNEL, row["channel"], "news", asked, answer=_OUTCOMES, check=_check,
        creditor_id=row["creditor_id"], subject_id=row["id"], timeout_s=TIMEOUT_S,
    )  # fmt: skip
    return found.value if isinstance(found, Settled) else None


def _check(found: Any) -> None:
    if not isinstance(found, Settled):
        return
    news = cast("Settled[Any]", found).value
    if not isinstance(news, CaseNews) or len(news.events) > MAX_EVENTS or len(news.costs) > MAX_COSTS:
        raise ValueError("no news of a case, or too much of it")
    if len(news.money) > MAX_MONEY or not all(_readable(one) for one in news.money):
        raise ValueError("too much money, or what nobody can find")
    if not all(0 < len(one.reference) <= 200 for one in (*news.events, *news.costs, *news.money)):
        raise ValueError("an event, a cost or an amount without a reference")


def _readable(money: CaseMoney) -> bool:
    said = (money.reference, money.of, money.remittance)
    return all(len(one) <= 200 and "\0" not in one for one in said)


async def _take(tx: Tx, case: Case, news: CaseNews) -> int:
    """What is new of the news, in the order in which it happened; returns how many things."""
    taken = 0
    if news.stage is LegalStage.REFUSED:
        await answer(tx, case, HandoffState.REFUSED, reason=news.reason[:500], code="channel_refused")
        return 1
    if case.state is HandoffState.ACK and news.stage is not LegalStage.ACKNOWLEDGED:
        await answer(tx, case, HandoffState.ACCEPTED, reason=news.reason[:500])
        case, taken = await lock_case(tx, case.id), 1
    for cost in news.costs:
        taken += await _take_one(tx, case, cost.reference, lambda cost=cost: _cost(tx, case, cost))
    # Before other events, which may end the case; payments before what is of them, in whatever order they are told.
    events = {one.reference: one for one in news.events}
    for money in sorted(news.money, key=lambda one: (one.on, bool(one.of), one.reference)):
        event = events.get(money.reference)
        taken += await _take_one(
            tx, case, money.reference, lambda money=money, event=event: _money(tx, case, money, event)
        )
    if news.standing is not None:
        standing = news.standing
        taken += await _take_one(tx, case, STANDING, lambda: _standing(tx, case, standing))
    for event in sorted(news.events, key=lambda one: (one.on, one.reference)):
        taken += await _take_one(tx, case, event.reference, lambda event=event: _event(tx, case, event))
    if news.stage is LegalStage.CLOSED:
        ended = CaseEvent(reference=ENDED, kind=CaseEventKind.TERMINATED, on=clock.today(case.debt["timezone"]))
        taken += await _take_one(tx, case, ENDED, lambda: _event(tx, case, ended))
    elif news.stage is not LegalStage.ACKNOWLEDGED:  # that much its receipt said; events may have said more
        await tx.execute(
            "UPDATE legal_handoff SET stage = $3 WHERE agency_id = $1 AND id = $2 AND state <> 'CLOSED'",
            tx.scope.agency, case.id, CaseStage[news.stage.name].value,
        )  # fmt: skip
    return taken


async def _take_one(tx: Tx, case: Case, reference: str, take: Callable[[], Any]) -> bool:
    """Whether it was new. What the books refuse does not keep the rest out: an event says so, once a day."""
    try:
        async with tx.savepoint():
            return await take()
    except DomainError as refused:
        data = {"reference": reference, "code": refused.code, "field": refused.field, "message": refused.message}
        await emit(tx, "legal.news_refused", case.id, data)
        return False


async def _event(tx: Tx, case: Case, event: CaseEvent) -> bool:
    command = RecordEvent(
        handoff_id=case.id,
        kind=EventKind[event.kind.name],
        on=event.on,
        reference=event.reference,
        detail=event.detail[:500],
        scheduled_on=event.scheduled_on,
    )
    # Locked anew: an event before it may have moved the case.
    return not (await write_event(tx, await lock_case(tx, case.id), command)).replayed


async def _money(tx: Tx, case: Case, money: CaseMoney, event: CaseEvent | None) -> bool:
    if event is not None:
        await _event(tx, case, event)
    return await write_money(tx, await lock_case(tx, case.id), money)


async def _standing(tx: Tx, case: Case, standing: CaseStanding) -> bool:
    return await write_standing(tx, await lock_case(tx, case.id), standing)


async def _cost(tx: Tx, case: Case, cost: CostRequest) -> bool:
    command = AskCost(
        handoff_id=case.id,
        kind=CostKind[cost.kind.name],
        amount=Money(cost.amount.minor_units, cost.amount.currency),
        reason=cost.reason[:200],
        reference=cost.reference,
    )
    return not (await write_cost(tx, case, command)).replayed
