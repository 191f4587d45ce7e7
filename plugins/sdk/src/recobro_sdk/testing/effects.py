"""What a service has done by a moment: documents that it keeps, and what it sent."""

from __future__ import annotations

from dataclasses import dataclass

from recobro_sdk.testing.context import FakeContext


@dataclass(frozen=True, slots=True)
class Effects:
    """Documents by key, as JSON texts, and the different bodies that were sent. Equal when nothing else was done."""

    documents: tuple[tuple[str, str], ...]
    sent: frozenset[tuple[str, str, bytes]]


def effects(context: FakeContext) -> Effects:
    """Everything that a context's service has done so far; what is sent twice alike is one effect."""
    return Effects(
        documents=tuple(sorted(context.store.documents.items())),
        sent=frozenset((one.method, one.url, one.body) for one in context.wire.sent if one.method != "GET"),
    )
