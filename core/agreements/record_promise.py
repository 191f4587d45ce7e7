"""Record that a debtor promised to pay, once per idempotency key."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.agreements.agree import Agreed, Word, agree, fingerprint_of
from core.agreements.kinds import AgreementChannel, AgreementKind
from core.agreements.rules import Instalment
from core.kit import db
from core.kit.again import again
from core.kit.money import Money
from core.kit.scope import Scope
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPromise:
    """`amount` by `due_on`, a legal day in the mandate's zone; the mandate's days of grace come on top."""

    debt_id: UUID
    amount: Money
    due_on: date
    channel: AgreementChannel
    idempotency_key: str


@again
async def record_promise(scope: Scope, command: RecordPromise) -> Agreed:
    """Record a promise to pay. Money that is paid from today on goes towards it, whoever receives it.

    Raises: Forbidden; NotFound (debt); InvalidInput (AGREED_AMOUNT, CURRENCY_MISMATCH, INSTALMENT_DAYS, INVALID_TEXT);
    Conflict (DEBT_CLOSED, AGREEMENT_EXISTS, IDEMPOTENCY_KEY_REUSED).
    """
    scope.require(Permission.DEBT_WORK)
    word = Word(
        debt_id=command.debt_id, amount=command.amount, channel=command.channel,
        idempotency_key=command.idempotency_key,
    )  # fmt: skip
    part = Instalment(command.amount.minor_units, command.due_on)
    async with db.transaction(scope) as tx:
        return await agree(tx, AgreementKind.PROMISE, word, fingerprint_of(command), lambda _: (part,))
