"""Hand a debt over to a legal channel, once per idempotency key."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from core.debts.kinds import Stage
from core.debts.lock import lock_debt, require_active
from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.legal.case import write_step
from core.legal.checklist import ask_requirements, stored_line
from core.legal.dossier import CONTACTS, Books, build_dossier, dossier_to_json, hash_of, read_books
from core.legal.facts import CaseFacts, check_facts
from core.legal.kinds import HandoffState
from core.legal.submit import SETTLE_AFTER, SETTLE_JOB, Handoff, HandoffResult, result_of, submit
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.follow_up import follow_up
from core.plugin_host.offers import LEGAL_CHANNEL
from core.plugin_host.settings import require_enabled
from recobro_sdk import Dossier

_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """`channel` is the code of a legal channel's offer; `facts` answer its checklist."""

    debt_id: UUID
    channel: str
    idempotency_key: str
    facts: CaseFacts = field(default_factory=CaseFacts)


async def hand_over(scope: Scope, command: HandOver) -> HandoffResult:
    """Check a debt against a channel's requirements, and hand over its dossier where nothing blocks.

    Where a blocking requirement is unmet, the handoff is stored as CHECKLIST with every line, and the `problem` of the
    result is a Conflict (HANDOFF_REQUIREMENTS_MISSING); correct the facts and hand over with another key. Acknowledged,
    it is ACK with its documents and the debt is JUDICIAL; what follows is in answer_handoff.py, record_event.py and
    ask_cost.py. A refusal is REFUSED, an outcome that nobody knows SENT: the job `legal.settle` hands the same dossier
    over again with the same key. A repeated request gives the stored result.

    Raises: Forbidden; NotFound (debt, channel); InvalidInput (facts, INVALID_TEXT); Conflict (OFFER_NOT_ENABLED,
    DEBT_CLOSED, DEBT_CHANGED, NOTHING_OWED, DEBTOR_WITHOUT_DOCUMENT, RATE_CAP_MISSING, HANDOFF_EXISTS,
    IDEMPOTENCY_KEY_REUSED); LimitExceeded (INTEREST_HISTORY, STATEMENT_TOO_LONG); ProviderProblem where the checklist
    cannot be had. Legal source: domain 7.4 (CGP arts. 82 to 84, 422).
    """
    scope.require(Permission.LEGAL_HANDOFF)
    facts = check_facts(command.facts)
    if not 1 <= len(command.idempotency_key) <= 200 or "\0" in command.idempotency_key:
        raise InvalidInput(
            "A key has 1 to 200 characters.", code="INVALID_TEXT", field="idempotency_key", remedy="Give another key."
        )
    fingerprint = sha256(orjson.dumps(command, default=str)).hexdigest()
    for _ in range(_TRIES):
        async with db.transaction(scope) as tx:
            earlier = await _earlier(tx, command, fingerprint)
            if earlier is not None:
                return result_of(earlier, replayed=True)
            loaded = host.offer(LEGAL_CHANNEL, command.channel)
            await require_enabled(tx, loaded)
            books = await read_books(tx, command.debt_id)
            require_active(books.debt)
            await _refuse_second(tx, command)
        dossier = build_dossier(books, facts, scope.actor, contacts=loaded.asks_for(CONTACTS))
        lines = await ask_requirements(
            scope, command.channel, dossier.case, creditor_id=books.creditor_id, debt_id=command.debt_id
        )
        checklist = [stored_line(line) for line in lines]
        async with db.transaction(scope) as tx:
            stored = await _store(tx, command, fingerprint, books, dossier, checklist)
        if stored is not None:
            return stored if isinstance(stored, HandoffResult) else await submit(scope, stored, first=True)
    raise Conflict(
        "The debt keeps changing while its dossier is made.", code="DEBT_CHANGED", field="debt_id", remedy="Try again."
    )


async def _store(
    tx: Tx, command: HandOver, fingerprint: str, books: Books, dossier: Dossier, checklist: list[dict[str, Any]]
) -> HandoffResult | Handoff | None:
    """The handoff to submit, or the result where there is nothing to submit; None where the debt has changed."""
    debt = await lock_debt(tx, command.debt_id)
    earlier = await _earlier(tx, command, fingerprint)
    if earlier is not None:
        return result_of(earlier, replayed=True)
    changed_at = await tx.fetchval(
        "SELECT updated_at FROM debt WHERE agency_id = $1 AND id = $2", tx.scope.agency, command.debt_id
    )
    if (changed_at, debt["balance_minor"]) != books.changed_at:
        return None
    await _refuse_second(tx, command)
    blocking = [line["code"] for line in checklist if line["blocks"]]
    state, packed = HandoffState.CHECKLIST if blocking else HandoffState.PACKAGED, dossier_to_json(dossier)
    row = await tx.fetchrow(
        "INSERT INTO legal_handoff (agency_id, id, creditor_id, debt_id, channel, state, idempotency_key, fingerprint, "
        "checklist, dossier, dossier_sha256, requested_by, requested_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) "
        "ON CONFLICT (agency_id, idempotency_key) DO NOTHING RETURNING *",
        tx.scope.agency, new_id(), books.creditor_id, command.debt_id, command.channel, state.value,
        command.idempotency_key, fingerprint, checklist, packed, hash_of(packed), str(tx.scope.actor), tx.now,
    )  # fmt: skip
    if row is None:
        return None
    await write_step(tx, row["id"], books.creditor_id, state, reason=", ".join(blocking))
    if state is HandoffState.CHECKLIST:
        return result_of(row, replayed=False)
    handoff_id: UUID = row["id"]
    await follow_up(tx, SETTLE_JOB, handoff_id, {"handoff_id": str(handoff_id), "attempt": 1}, after=SETTLE_AFTER)
    data = {"debt_id": str(command.debt_id), "channel": command.channel}
    await emit(tx, "legal.packaged", handoff_id, data, creditor_id=books.creditor_id)
    return Handoff.of(row)


async def _earlier(tx: Tx, command: HandOver, fingerprint: str) -> Row | None:
    row = await tx.fetchrow(
        "SELECT * FROM legal_handoff WHERE agency_id = $1 AND idempotency_key = $2",
        tx.scope.agency, command.idempotency_key,
    )  # fmt: skip
    if row is not None and row["fingerprint"] != fingerprint:
        raise Conflict(
            "This idempotency key was used for another handoff.", code="IDEMPOTENCY_KEY_REUSED",
            field="idempotency_key", remedy="Use a new key for a new handoff; repeat a request unchanged.",
        )  # fmt: skip
    return row


async def _refuse_second(tx: Tx, command: HandOver) -> None:
    """Nobody is sued twice for one debt. A handoff with this very key is found by `_earlier`."""
    found = await tx.fetchval(
        "SELECT state FROM legal_handoff WHERE agency_id = $1 AND debt_id = $2 "
        "AND state IN ('PACKAGED', 'SENT', 'ACK', 'ACCEPTED') AND idempotency_key <> $3 LIMIT 1",
        tx.scope.agency, command.debt_id, command.idempotency_key,
    )  # fmt: skip
    if found is not None:
        raise Conflict(
            f"This debt is handed over already ({found}); it stands at {Stage.JUDICIAL}, or soon will.",
            code="HANDOFF_EXISTS", field="debt_id", remedy="Look at its handoffs.",
        )  # fmt: skip
