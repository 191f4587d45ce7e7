"""Set what an agency pays for an offer's calls, and for how long it uses an answer again."""

from dataclasses import dataclass
from uuid import UUID

from core.kit import db
from core.kit.errors import InvalidInput, not_found
from core.kit.events import emit
from core.kit.money import Money, exponent
from core.kit.scope import Scope
from core.permissions import Permission
from core.plugin_host import host

MAX_REUSE_DAYS = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTerms:
    """`price` of one call by the agency's contract with the provider (None: nothing); `reuse_days` 0 to 180."""

    code: str
    price: Money | None
    reuse_days: int


async def set_terms(scope: Scope, command: SetTerms) -> UUID:
    """Set both; returns the setting's id. Budgets count the price from the next call on.

    How long an answer may be used is the agency's to answer for: the law wants data that are true, complete and up to
    date (Ley 1266 de 2008 art. 4 a; 15 USC 1681e(b)), and names no number of days.

    Raises: Forbidden; NotFound (code; or never enabled here); InvalidInput (PRICE, REUSE_DAYS, UNKNOWN_CURRENCY).
    """
    scope.require(Permission.PLUGIN_MANAGE)
    host.offer(None, command.code)
    if not 0 <= command.reuse_days <= MAX_REUSE_DAYS:
        raise InvalidInput(
            f"An answer is used again for 0 to {MAX_REUSE_DAYS} days.", code="REUSE_DAYS", field="reuse_days",
            remedy="Give 0 to ask the bureau each time.",
        )  # fmt: skip
    minor, currency = (command.price.minor_units, command.price.currency) if command.price is not None else (0, None)
    if currency is not None:
        exponent(currency)
    if minor < 0:
        raise InvalidInput("A price is not negative.", code="PRICE", field="price", remedy="Give 0 for nothing.")
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow(
            "UPDATE plugin_setting SET price_minor = $3, currency = $4, reuse_days = $5, updated_by = $6, "
            "updated_at = $7 WHERE agency_id = $1 AND offer = $2 RETURNING id, plugin",
            scope.agency, command.code, minor, currency, command.reuse_days, str(scope.actor), tx.now,
        )  # fmt: skip
        if row is None:
            raise not_found("enabled offer of a plugin", "code")
        data = {
            "plugin": row["plugin"], "offer": command.code, "price_minor": minor, "currency": currency,
            "reuse_days": command.reuse_days,
        }  # fmt: skip
        await emit(tx, "plugin.terms_set", row["id"], data)
    return row["id"]
