"""What happened, written in the transaction in which it happened. Feeds subscriptions, and later webhooks and plugins.

Names and contents follow domain vocabulary (`payment.recorded`, `placement.accepted`). The journal is append-only.
"""

from typing import Any
from uuid import UUID

from core.kit import listen
from core.kit.db import Tx
from core.kit.ids import new_id

NOTIFY_CHANNEL = "recobro_events"


def tell() -> None:
    """Wake the readers of events soon, after a commit that did not notify.

    NOTIFY in a transaction makes its commit wait for all other commits that notify (PostgreSQL takes one lock for the
    queue until the commit is durable): what happens often tells afterwards, once for many. If the process dies before
    that, readers look by themselves within seconds.
    """
    listen.tell(NOTIFY_CHANNEL)


async def emit(tx: Tx, name: str, subject_id: UUID, data: dict[str, Any], *, creditor_id: UUID | None = None) -> None:
    """Record an event of the running transaction and wake the listeners when it commits.

    `creditor_id` makes the event visible to that creditor; leave it out for the agency's own affairs.
    """
    tx.at_commit(
        "WITH added AS (INSERT INTO event (agency_id, id, creditor_id, name, subject_id, actor, data, occurred_at) "
        "VALUES ($1,$2,$3,$4,$5,$6,$7,$8) RETURNING agency_id) "
        "SELECT pg_notify('recobro_events', agency_id::text) FROM added",
        tx.scope.agency, new_id(), creditor_id, name, subject_id, str(tx.scope.actor), data, tx.now,
    )  # fmt: skip
