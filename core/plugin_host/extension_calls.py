"""How the host calls an extension: by the names of what it declared, with values as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from recobro_sdk import JsonObject
from recobro_sdk.graphql import ObjectKey, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a mutation answered: the fields of its payload, or why it did nothing."""

    payload: JsonObject | None = None
    refusal: Refusal | None = None


class ExtensionCalls(Protocol):
    """What of an extension crosses to its process."""

    async def values(self, field: str, keys: Sequence[ObjectKey]) -> Sequence[JsonValue]:
        """The values of a field, one for each key, in the order of the keys. `field` is `Debt.acmeScore`."""
        ...

    async def query(self, name: str, given: JsonObject | None) -> JsonValue:
        """The answer to a query."""
        ...

    async def change(self, name: str, given: JsonObject) -> Changed:
        """What a mutation did."""
        ...

    async def work(self, job: str) -> bool:
        """Do a job, asking the host (`progress`) to show how far it is. True when it is done."""
        ...
