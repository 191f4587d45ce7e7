"""`remittanceAgree`."""

from collections.abc import Mapping, Sequence

import strawberry

from core.kit import ids
from core.kit.errors import InvalidInput
from core.permissions import Permission
from core.remittance.agree import AgreeRemittance, agree_remittance
from core.remittance.kinds import Preset
from core.remittance.rules import Charge, Shortfall
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.remittance import RemittanceAgreement, RemittanceMeansInput


@strawberry.input(description="How a creditor's periods are settled from now on: a preset, or means for each charge.")
class RemittanceAgreeInput:
    creditor_id: strawberry.ID = strawberry.field(description="The creditor.")
    preset: Preset | None = strawberry.field(default=None, description="Usual terms.")
    means: RemittanceMeansInput | None = strawberry.field(default=None, description="Terms of your own.")
    shortfall: Shortfall = strawberry.field(description="What becomes of that which no means covers.")


@strawberry.type(description="The terms that count now.")
class RemittanceAgreePayload(Payload):
    agreement: RemittanceAgreement | None = strawberry.field(default=None, description="The new version.")


@mutation(Permission.REMITTANCE_MANAGE)
async def remittance_agree(info: Info, input: RemittanceAgreeInput) -> RemittanceAgreePayload:
    """Keep terms of remittance as a creditor's newest version: the next statement has them, those before stay.

    Error codes: NOT_FOUND; REMITTANCE_TERMS.
    """
    done = await agree_remittance(
        info.context.scope,
        AgreeRemittance(
            creditor_id=ids.decode("creditor", input.creditor_id, field="creditorId"),
            means=_means(input),
            shortfall=input.shortfall.value,
        ),
    )
    return RemittanceAgreePayload(agreement=await loaded(info, RemittanceAgreement, done.agreement_id))


def _means(given: RemittanceAgreeInput) -> str | Mapping[str, Sequence[str]]:
    """Raises: InvalidInput (REMITTANCE_TERMS) unless there is one of both."""
    if given.preset is not None and given.means is None:
        return given.preset.value
    if given.means is None or given.preset is not None:
        raise InvalidInput(
            "Terms of remittance are a preset or means for each charge.", code="REMITTANCE_TERMS", field="means",
            remedy="Give one of both.",
        )  # fmt: skip
    named = {
        Charge.RECEIVED: given.means.received, Charge.DIRECT: given.means.direct, Charge.COSTS: given.means.costs
    }  # fmt: skip
    return {charge.value: [one.value for one in order] for charge, order in named.items()}
