"""Ask that a bureau be told how an agency's debtors pay; the job `bureaus.furnish` does it."""

from dataclasses import dataclass
from uuid import UUID

from core.kit import db
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.jobs import enqueue
from core.kit.scope import Scope
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.offers import BUREAU_FURNISHING
from core.plugin_host.settings import require_enabled

FURNISH_JOB = "bureaus.furnish"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFurnishing:
    """`furnisher` is the code of a furnisher's offer, `subscriber` the number that the bureau gave the agency.
    `creditor_id` keeps it to the debts of one creditor."""

    furnisher: str
    subscriber: str
    creditor_id: UUID | None = None


async def request_furnishing(scope: Scope, command: RequestFurnishing) -> UUID:
    """Ask for the job, and return its id. An agency furnishes to one bureau once at a time, as a report must know which
    reports went before it.

    Raises: Forbidden (also for a creditor); NotFound (furnisher, creditor); InvalidInput (INVALID_TEXT); Conflict
    (OFFER_NOT_ENABLED; JOB_UNDER_WAY).
    """
    scope.require(Permission.BUREAU_FURNISH)
    agency_id, subscriber = scope.agency, command.subscriber.strip()
    if not 1 <= len(subscriber) <= 60 or not subscriber.isprintable():
        raise InvalidInput(
            "A subscriber's number has 1 to 60 characters.", code="INVALID_TEXT", field="subscriber",
            remedy="Give the number that the bureau gave the agency.",
        )  # fmt: skip
    loaded = host.offer(BUREAU_FURNISHING, command.furnisher)
    async with db.transaction(scope) as tx:
        await require_enabled(tx, loaded)
        if command.creditor_id is not None and not await tx.fetchval(
            "SELECT true FROM creditor WHERE agency_id = $1 AND id = $2", agency_id, command.creditor_id
        ):
            raise not_found("creditor", "creditor_id")
        # Whoever asks holds the offer's setting: two do not ask at once.
        await tx.fetchval(
            "SELECT 1 FROM plugin_setting WHERE agency_id = $1 AND offer = $2 FOR UPDATE", agency_id, loaded.code
        )
        under_way = await tx.fetchval(
            "SELECT true FROM job WHERE agency_id = $1 AND name = $2 AND payload->>'furnisher' = $3 "
            "AND state IN ('QUEUED', 'RUNNING') LIMIT 1",
            agency_id, FURNISH_JOB, loaded.code,
        )  # fmt: skip
        if under_way:
            raise Conflict(
                "This bureau is being told already.", code="JOB_UNDER_WAY", field="furnisher",
                remedy="Wait until that job has ended.",
            )  # fmt: skip
        creditor = str(command.creditor_id) if command.creditor_id else None
        payload = {"furnisher": loaded.code, "subscriber": subscriber, "creditor_id": creditor}
        return await enqueue(tx, FURNISH_JOB, payload)
