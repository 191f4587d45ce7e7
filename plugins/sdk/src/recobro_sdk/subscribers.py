"""Event subscribers: hearing of what happened at the agency, at least once each, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from recobro_sdk.context import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvent:
    """Something that happened. `cursor` orders the events of an agency; `id` is the same when it is told again.

    `name` and `version` say what `data` holds (the integrator's guide lists them); a version is never changed, a new
    one is added beside it.
    """

    id: str
    cursor: str
    name: str
    version: int
    occurred_at: datetime
    data: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True)
class EventInterest:
    """A kind of event that is wanted: its name, and the version that the plugin understands."""

    name: str
    version: int = 1


@runtime_checkable
class EventSubscriber(Protocol):
    """Somebody who hears of events, for one agency."""

    def interests(self) -> Sequence[EventInterest]:
        """What it wants to hear of. Quick, and without I/O."""
        ...

    async def handle(self, events: Sequence[DomainEvent]) -> str:
        """Take at most 100 events, in order, and return the cursor of the last one that is done with.

        The host keeps that cursor and tells everything after it again: also after a crash, so the same event may come
        twice and must have one effect. Stopping half-way is no failure: return the cursor that was reached. When not
        even the first can be done, raise a retryable error; events wait meanwhile and none is lost.
        """
        ...
