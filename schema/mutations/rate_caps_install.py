"""`rateCapsInstall`."""

import strawberry

from core.interest.install_rate_caps import install_rate_caps
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload


@strawberry.input(description="The country whose published caps of interest are to be kept.")
class RateCapsInstallInput:
    country: str = strawberry.field(description="ISO 3166-1 alpha-2: `CO`.")


@strawberry.type(description="The caps.")
class RateCapsInstallPayload(Payload):
    rate_cap_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="Their ids; see `rateCaps`.")
    changed: int = strawberry.field(default=0, description="How many of them were not there just so.")
    stale_debts: int = strawberry.field(
        default=0, description="Debts with interest posted for their days, which the next accrual corrects."
    )


@mutation(Permission.INTEREST_MANAGE)
async def rate_caps_install(info: Info, input: RateCapsInstallInput) -> RateCapsInstallPayload:
    """Keep the published caps of interest of a country that come with the program, all or none. `source` of each says
    where they are from: compare them with the resolutions before you rely on them.

    Error codes: RATE_CAPS_UNKNOWN, RATE_CAP_OVERLAP.
    """
    saved = await install_rate_caps(info.context.scope, input.country)
    return RateCapsInstallPayload(
        rate_cap_ids=[strawberry.ID(ids.encode("ratecap", one.rate_cap_id)) for one in saved],
        changed=sum(one.changed for one in saved),
        stale_debts=sum(one.stale_debts for one in saved),
    )
