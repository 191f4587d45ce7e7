"""Why a debt stands on a collector's list. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

from core.debts.kinds import DebtStatus, Stage
from core.debts.rules import stage_for

NEW_FOR = timedelta(days=7)
PAYING_FOR = timedelta(days=30)


class NextReason(StrEnum):
    """The first that holds, in this order.

    CLOSED: nothing to do. DISPUTE_OPEN: answer the debtor before anything else. WITH_THE_COURT: follow the legal
    handoff. STAGE_BEHIND: its days past due lead to a later stage than it stands in. READY_FOR_LEGAL: pre-legal, decide
    on the handoff. NEWLY_PLACED: placed within 7 days and nothing paid yet: first contact. PAYING: paid within 30 days:
    keep it up. OVERDUE: ask for payment. NOT_YET_DUE: remind.
    """

    CLOSED = "CLOSED"
    DISPUTE_OPEN = "DISPUTE_OPEN"
    WITH_THE_COURT = "WITH_THE_COURT"
    STAGE_BEHIND = "STAGE_BEHIND"
    READY_FOR_LEGAL = "READY_FOR_LEGAL"
    NEWLY_PLACED = "NEWLY_PLACED"
    PAYING = "PAYING"
    OVERDUE = "OVERDUE"
    NOT_YET_DUE = "NOT_YET_DUE"


def next_reason(
    *,
    status: DebtStatus,
    stage: Stage,
    disputed: bool,
    days: int,
    stage_days: Mapping[str, int],
    placed_on: date,
    last_payment_on: date | None,
    today: date,
) -> NextReason:
    """Why a debt wants attention today; `days` is days past due."""
    stages = list(Stage)
    if status is DebtStatus.CLOSED:
        return NextReason.CLOSED
    if disputed:
        return NextReason.DISPUTE_OPEN
    if stage is Stage.JUDICIAL:
        return NextReason.WITH_THE_COURT
    if stages.index(stage_for(days, stage_days)) > stages.index(stage):
        return NextReason.STAGE_BEHIND
    if stage is Stage.PRE_LEGAL:
        return NextReason.READY_FOR_LEGAL
    if last_payment_on is None and today - placed_on <= NEW_FOR:
        return NextReason.NEWLY_PLACED
    if last_payment_on is not None and today - last_payment_on <= PAYING_FOR:
        return NextReason.PAYING
    return NextReason.OVERDUE if days > 0 else NextReason.NOT_YET_DUE
