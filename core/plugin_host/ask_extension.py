"""Ask an extension: for the values of a field, for the answer to a query, to change something."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from core.kit.errors import Conflict, DomainError, InvalidInput
from core.kit.scope import Scope
from core.plugin_host.call import call
from core.plugin_host.extension_calls import Changed
from core.plugin_host.offers import EXTENSION, LoadedOffer
from core.plugin_host.problems import safe_text
from recobro_sdk import JsonObject
from recobro_sdk.graphql import ObjectKey, Refusal

T = TypeVar("T")
Read = Callable[[Any], T]
"""Makes a value of what came as JSON. Raises: ValueError where it is not of its shape."""
FIELD_S, QUERY_S, CHANGE_S = 5.0, 15.0, 30.0


class _Reading(list[Any]):
    """Keeps what the check of an answer has read, as it is read once."""

    def __init__(self, read: Read[Any]) -> None:
        super().__init__()
        self._read = read

    def check(self, found: Any) -> None:
        self.append(self._read(found))


async def field_values(
    scope: Scope, loaded: LoadedOffer, field: str, keys: Sequence[ObjectKey], read: Read[T]
) -> list[T] | None:
    """A value for each key, in their order; None where the agency has not enabled the extension.

    `field` is `Debt.acmeScore`. Raises: Forbidden; ProviderProblem.
    """
    scope.agency  # noqa: B018 - refuses whoever is not of an agency before the plugin hears of it
    reading = _Reading(lambda found: _all(found, len(keys), read))
    try:
        await call(
            scope, EXTENSION, loaded.code, field, lambda calls: calls.values(field, keys), answer=(list, tuple),
            check=reading.check, timeout_s=FIELD_S,
        )  # fmt: skip
    except Conflict as problem:
        if problem.code == "OFFER_NOT_ENABLED":
            return None
        raise
    return reading[0]


def _all(found: Sequence[Any], wanted: int, read: Read[T]) -> list[T]:
    if len(found) != wanted:
        raise ValueError("another number of values than was asked for")
    return [read(one) for one in found]


async def ask_query(scope: Scope, loaded: LoadedOffer, name: str, given: JsonObject | None, read: Read[T]) -> T | None:
    """The answer to a query; None where the agency has not enabled the extension. Raises: as `field_values`."""
    scope.agency  # noqa: B018
    reading = _Reading(read)
    try:
        await call(
            scope, EXTENSION, loaded.code, f"Query.{name}", lambda calls: calls.query(name, given), answer=object,
            check=reading.check, timeout_s=QUERY_S,
        )  # fmt: skip
    except Conflict as problem:
        if problem.code == "OFFER_NOT_ENABLED":
            return None
        raise
    return reading[0]


async def ask_change(scope: Scope, loaded: LoadedOffer, name: str, given: JsonObject, read: Read[T]) -> T:
    """The payload of a mutation.

    Raises: Forbidden; Conflict (OFFER_NOT_ENABLED, or a code of the plugin's); InvalidInput (a code of the plugin's,
    where it names a field); ProviderProblem.
    """
    scope.agency  # noqa: B018
    reading = _Reading(lambda found: None if found.refusal is not None else read(found.payload))
    changed: Changed = await call(
        scope, EXTENSION, loaded.code, f"Mutation.{name}", lambda calls: calls.change(name, given), answer=Changed,
        check=reading.check, timeout_s=CHANGE_S,
    )  # fmt: skip
    if changed.refusal is not None:
        raise _refused(changed.refusal)
    return reading[0]


def _refused(refusal: Refusal) -> DomainError:
    message, code = safe_text(refusal.message), safe_text(refusal.code)[:80]
    remedy = safe_text(refusal.remedy) if refusal.remedy else None
    if refusal.field is not None:
        return InvalidInput(message, code=code, field=refusal.field[:80], remedy=remedy)
    return Conflict(message, code=code, remedy=remedy)
