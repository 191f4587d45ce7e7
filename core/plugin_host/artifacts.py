"""Documents that a plugin answers with: checked before they are kept, and kept before anybody hears of them."""

import re
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from core.kit import files
from core.kit.files import StoredFile
from recobro_sdk import Artifact

MAX_DOCUMENTS, MAX_DOCUMENT_BYTES = 50, 64 << 20
_NAME = re.compile(r"[\w][\w .()\-]{0,180}\.[A-Za-z0-9]{1,10}")
_MEDIA_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9.+\-]{1,80}")


def check_artifacts(artifacts: Sequence[Artifact]) -> None:
    """Raises: ValueError for documents that cannot be kept or given out."""
    names = [artifact.name for artifact in artifacts]
    if len(names) > MAX_DOCUMENTS or len(set(names)) != len(names):
        raise ValueError("too many documents, or two of one name")
    for artifact in artifacts:
        if not _NAME.fullmatch(artifact.name) or not _MEDIA_TYPE.fullmatch(artifact.media_type):
            raise ValueError("a document has no usable name or media type")
        if type(artifact.content) is not bytes or len(artifact.content) > MAX_DOCUMENT_BYTES:
            raise ValueError("a document is not bytes, or too large")


async def keep_artifacts(agency_id: UUID, artifacts: Sequence[Artifact]) -> list[tuple[Artifact, StoredFile]]:
    """Store checked documents by their hashes (core/kit/files.py): the same ones twice are there once."""
    return [
        (artifact, await files.store(agency_id, _chunks(artifact), max_bytes=MAX_DOCUMENT_BYTES))
        for artifact in artifacts
    ]


async def _chunks(artifact: Artifact) -> AsyncIterator[bytes]:
    yield artifact.content
