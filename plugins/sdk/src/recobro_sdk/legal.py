"""Legal channels: handing a case to lawyers or to a court, with everything they need to accept it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable

from pydantic import ConfigDict

from recobro_sdk.cases import CaseSummary, Dossier
from recobro_sdk.outcomes import Outcome
from recobro_sdk.texts import Text


class Risk(StrEnum):
    """What happens if the case is filed with the requirement unsatisfied."""

    LOW = "low"
    """A nuisance."""
    MEDIUM = "medium"
    """Delay or cost."""
    HIGH = "high"
    """Part of the claim may be lost."""
    BLOCKING = "blocking"
    """The claim may be lost: the channel refuses the case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One line of a checklist: stable `code`, what it asks, whether the case meets it, and what to do if not.

    `missing` says what of this case is missing or wrong, where it is unsatisfied; `due_on` is the last day on which the
    remedy still helps, where there is one.
    """

    code: str
    title: Text
    satisfied: bool
    risk: Risk
    remedy: Text
    missing: Text | None = None
    due_on: date | None = None

    @property
    def blocks(self) -> bool:
        """Whether the channel refuses the case because of this line."""
        return not self.satisfied and self.risk is Risk.BLOCKING


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file that a channel produced; the host keeps it with the evidence of the case."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    name: str
    media_type: str
    content: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)

    @property
    def sha256(self) -> str:
        """Hash of the content, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffReceipt:
    """The acknowledgement of a submission. `number` is the channel's; `received_at` aware UTC."""

    channel: str
    number: str
    received_at: datetime
    artifacts: tuple[Artifact, ...]


@dataclass(frozen=True, slots=True)
class HandoffRef:
    """How a submission is asked about: by its key, which the host knows even when the receipt was lost on the way."""

    idempotency_key: str
    number: str | None = None


class LegalStage(StrEnum):
    """How far a case has come on the other side. A list of what may be seen, not an order that every case follows."""

    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    FILED = "filed"
    PAYMENT_ORDERED = "payment_ordered"
    SERVED = "served"
    OPPOSED = "opposed"
    EXECUTION_CONTINUES = "execution_continues"
    AUCTION = "auction"
    CLOSED = "closed"


@runtime_checkable
class LegalChannel(Protocol):
    """A way to hand cases to lawyers or a court, for one agency."""

    def requirements(self, case: CaseSummary) -> Sequence[Requirement]:
        """The whole checklist for a case, satisfied lines included, in a stable order. Quick, and without I/O."""
        ...

    async def submit(self, dossier: Dossier, *, idempotency_key: str) -> HandoffReceipt:
        """Hand the case over.

        The same `idempotency_key` is one submission and gives one receipt, to the byte. Raises `RejectedByProvider`
        when a blocking requirement is unsatisfied (code `requirements_unsatisfied`) or the key was used for another
        dossier (code `idempotency_key_reused`), and the retryable errors.
        """
        ...

    async def status(self, handoff: HandoffRef) -> Outcome[LegalStage]:
        """How far the case has come; `Failed` when the channel is certain that it never got it."""
        ...
