"""Acknowledgements as the plugin's store keeps them."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from recobro_sdk import Artifact, HandoffReceipt, JsonObject

CHANNEL_CODE: Final = "legal_handoff"


class _StoredArtifact(BaseModel):
    model_config = ConfigDict(strict=True)

    name: str
    media_type: str
    sha256: str
    content: str


class StoredReceipt(BaseModel):
    """An acknowledgement and the fingerprint of the dossier it is for."""

    model_config = ConfigDict(strict=True)

    number: str
    received_at: str
    fingerprint: str
    artifacts: list[_StoredArtifact]

    @classmethod
    def of(cls, receipt: HandoffReceipt, fingerprint: str) -> StoredReceipt:
        """What is kept of a receipt: all of it, so that the same key gives the same bytes whatever changes later."""
        return cls(
            number=receipt.number,
            received_at=receipt.received_at.isoformat(),
            fingerprint=fingerprint,
            artifacts=[
                _StoredArtifact(
                    name=artifact.name,
                    media_type=artifact.media_type,
                    sha256=artifact.sha256,
                    content=base64.b64encode(artifact.content).decode("ascii"),
                )
                for artifact in receipt.artifacts
            ],
        )

    def document(self) -> JsonObject:
        """As the store takes it."""
        return self.model_dump(mode="json")

    def receipt(self) -> HandoffReceipt:
        """The receipt again; `ValueError` when a file is not the one that was stored."""
        artifacts = tuple(
            Artifact(name=kept.name, media_type=kept.media_type, content=base64.b64decode(kept.content))
            for kept in self.artifacts
        )
        if [artifact.sha256 for artifact in artifacts] != [kept.sha256 for kept in self.artifacts]:
            raise ValueError("a stored artifact does not match its hash")
        received_at = datetime.fromisoformat(self.received_at)
        return HandoffReceipt(channel=CHANNEL_CODE, number=self.number, received_at=received_at, artifacts=artifacts)


def store_key(idempotency_key: str) -> str:
    """Where a receipt is kept: hashed, because the host's keys may hold what a store key may not."""
    return f"handoff:{hashlib.sha256(idempotency_key.encode()).hexdigest()}"


def receipt_number(agency: str, idempotency_key: str) -> str:
    """The number of a receipt: a function of the key, and different for another agency's equal key."""
    digest = hashlib.sha256(f"{len(agency)}:{agency}:{idempotency_key}".encode()).digest()
    return f"LH-{base64.b32encode(digest[:10]).decode('ascii')}"
