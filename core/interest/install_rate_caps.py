"""Keep the published caps of interest of a country, those that come with the program."""

from collections.abc import Mapping, Sequence

from core.interest import colombia
from core.interest.save_rate_cap import RateCapSaved, SaveRateCap, keep
from core.kit import db
from core.kit.errors import InvalidInput
from core.kit.scope import Scope
from core.permissions import Permission

PUBLISHED: Mapping[str, Sequence[SaveRateCap]] = {"CO": colombia.PUBLISHED}
"""By ISO 3166 code."""


async def install_rate_caps(scope: Scope, country: str) -> list[RateCapSaved]:
    """Keep the published caps of a country (ISO 3166) for the agency, all or none; again, it changes nothing. One that
    the agency has itself for the same first day takes the published figures; each cap's `source` says what they are
    worth.

    Raises: Forbidden; InvalidInput (RATE_CAPS_UNKNOWN); Conflict (RATE_CAP_OVERLAP).
    """
    scope.require(Permission.INTEREST_MANAGE)
    published = PUBLISHED.get(country)
    if published is None:
        raise InvalidInput(
            f"No published caps of '{country[:8]}' come with the program.", code="RATE_CAPS_UNKNOWN", field="country",
            remedy=f"Give one of: {', '.join(PUBLISHED)}; or save each cap with its source.",
        )  # fmt: skip
    async with db.transaction(scope) as tx:
        return [await keep(tx, cap) for cap in published]
