"""Agree on a payment plan, once per idempotency key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.agreements.agree import Agreed, Word, agree, fingerprint_of
from core.agreements.kinds import AgreementChannel, AgreementKind
from core.agreements.rules import Instalment, Rhythm, even
from core.kit import db
from core.kit.again import again
from core.kit.money import Money
from core.kit.scope import Scope
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAgreement:
    """`instalments` as they were agreed, or a `Rhythm` by which the amount is divided evenly."""

    debt_id: UUID
    amount: Money
    channel: AgreementChannel
    idempotency_key: str
    instalments: tuple[Instalment, ...] | Rhythm


@again
async def create_agreement(scope: Scope, command: CreateAgreement) -> Agreed:
    """Agree on a plan: each instalment is a promise of its own, the oldest open one gets the money first.

    Raises: Forbidden; NotFound (debt); InvalidInput (AGREED_AMOUNT, CURRENCY_MISMATCH, INSTALMENT_COUNT,
    INSTALMENT_SUM, INSTALMENT_DAYS, INVALID_TEXT); Conflict (DEBT_CLOSED, AGREEMENT_EXISTS, IDEMPOTENCY_KEY_REUSED).
    """
    scope.require(Permission.DEBT_WORK)
    word = Word(
        debt_id=command.debt_id, amount=command.amount, channel=command.channel,
        idempotency_key=command.idempotency_key,
    )  # fmt: skip

    def instalments(today: date) -> Sequence[Instalment]:
        given = command.instalments
        return even(command.amount.minor_units, given, today) if isinstance(given, Rhythm) else given

    async with db.transaction(scope) as tx:
        return await agree(tx, AgreementKind.PLAN, word, fingerprint_of(command), instalments)
