"""`agreementCreate`."""

from datetime import date

import strawberry

from core.agreements.create_agreement import CreateAgreement, create_agreement
from core.agreements.kinds import AgreementChannel, Frequency
from core.agreements.rules import Instalment, Rhythm
from core.kit import ids
from core.kit.errors import InvalidInput
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.money import MoneyInput
from schema.kit.node import loaded
from schema.types.agreements import Agreement


@strawberry.input(description="One instalment of a plan.")
class InstalmentInput:
    amount: MoneyInput = strawberry.field(description="How much, in the debt's currency.")
    due_on: date = strawberry.field(description="By which legal day in the mandate's zone.")


@strawberry.input(description="Instalments of the same size, at the same distance.")
class InstalmentRhythmInput:
    count: int = strawberry.field(description="How many: 1 to 120.")
    first_on: date = strawberry.field(description="The due day of the first; or its month, with a `dayOfMonth`.")
    frequency: Frequency = strawberry.field(default=Frequency.MONTHLY, description="How far apart they are.")
    day_of_month: int | None = strawberry.field(
        default=None,
        description="Of MONTHLY ones, the day: 31 is the last of every month. The day of `firstOn` where not given.",
    )


@strawberry.input(description="A payment plan. Give either `instalments` or `rhythm`.")
class AgreementCreateInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt.")
    amount: MoneyInput = strawberry.field(description="What is agreed, in the debt's currency; no more than is owed.")
    idempotency_key: str = strawberry.field(description="Your own key for this plan.")
    instalments: list[InstalmentInput] | None = strawberry.field(
        default=None, description="The instalments by rising days; they add up to the amount."
    )
    rhythm: InstalmentRhythmInput | None = strawberry.field(
        default=None, description="How the amount is divided evenly; units that are left over go to the first ones."
    )
    channel: AgreementChannel = strawberry.field(default=AgreementChannel.CALL, description="How it was given.")


@strawberry.type(description="The new plan.")
class AgreementCreatePayload(Payload):
    agreement: Agreement | None = strawberry.field(default=None, description="The plan.")
    replayed: bool = strawberry.field(default=False, description="Whether the key had been used for the same request.")


@mutation(Permission.DEBT_WORK)
async def agreement_create(info: Info, input: AgreementCreateInput) -> AgreementCreatePayload:
    """Agree on a payment plan: each instalment is a promise, the oldest open one gets what is paid first.

    Error codes: NOT_FOUND; INSTALMENTS_OR_RHYTHM, AGREED_AMOUNT, CURRENCY_MISMATCH, INSTALMENT_COUNT, INSTALMENT_SUM,
    INSTALMENT_DAYS, INVALID_TEXT; DEBT_CLOSED, AGREEMENT_EXISTS, IDEMPOTENCY_KEY_REUSED.
    """
    command = CreateAgreement(
        debt_id=ids.decode("debt", input.debt_id, field="debtId"),
        amount=input.amount.to_core(),
        channel=input.channel,
        idempotency_key=input.idempotency_key,
        instalments=_instalments(input),
    )
    done = await create_agreement(info.context.scope, command)
    return AgreementCreatePayload(agreement=await loaded(info, Agreement, done.agreement_id), replayed=done.replayed)


def _instalments(input: AgreementCreateInput) -> tuple[Instalment, ...] | Rhythm:
    rhythm, given = input.rhythm, input.instalments
    if (rhythm is None) == (given is None):
        raise InvalidInput(
            "A plan has instalments, or a rhythm of them.", code="INSTALMENTS_OR_RHYTHM", field="instalments",
            remedy="Give one of the two.",
        )  # fmt: skip
    if rhythm is not None:
        return Rhythm(
            count=rhythm.count, first_on=rhythm.first_on, frequency=rhythm.frequency, day_of_month=rhythm.day_of_month
        )
    amounts = [(one.amount.to_core(), one.due_on) for one in given or ()]
    if any(amount.currency != input.amount.to_core().currency for amount, _ in amounts):
        raise InvalidInput(
            "All instalments are in the currency of the plan.", code="CURRENCY_MISMATCH", field="instalments",
            remedy="Give them in the debt's currency.",
        )  # fmt: skip
    return tuple(Instalment(amount.minor_units, due_on) for amount, due_on in amounts)
