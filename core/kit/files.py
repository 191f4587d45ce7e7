"""Files of an agency (placement files, reports, dossiers): streamed to disk, named by their content.

A file is written under a temporary name, hashed on the way, synced and renamed, so that a cut upload leaves nothing
behind that anyone could mistake for a file. The database row refers to it by SHA-256; the folder is one per agency.
"""

import os
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO
from uuid import UUID

import anyio.to_thread

from core.kit.errors import LimitExceeded, NotFound

_CHUNK = 1 << 20
_root: Path | None = None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is safely on disk. `size` in bytes; `sha256` in hex."""

    sha256: str
    size: int


def use_folder(folder: Path) -> None:
    """Set the folder of this process; made if missing."""
    global _root
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _root = folder


def _folder(agency_id: UUID) -> Path:
    if _root is None:
        raise RuntimeError("no folder for files is set in this process")
    folder = _root / str(agency_id)
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def path_of(agency_id: UUID, digest: str) -> Path:
    """Where a stored file lies. Raises: NotFound when it is gone."""
    path = _folder(agency_id) / digest
    if not path.is_file():
        raise NotFound("The stored file is gone.", code="FILE_GONE", remedy="Upload it again.")
    return path


@contextmanager
def writing(agency_id: UUID, *, max_bytes: int) -> Generator["Writer"]:
    """Write a file piece by piece; it exists only once `Writer.close()` has returned. Blocking: call from a thread."""
    folder = _folder(agency_id)
    with NamedTemporaryFile(dir=folder, prefix=".part-", delete=False) as part:
        writer = Writer(part, folder, max_bytes)
        try:
            yield writer
        finally:
            Path(part.name).unlink(missing_ok=True)


class Writer:
    def __init__(self, part: IO[bytes], folder: Path, max_bytes: int) -> None:
        self._part, self._folder, self._max = part, folder, max_bytes
        self._digest, self.size = sha256(), 0

    def write(self, chunk: bytes) -> int:
        self.size += len(chunk)
        if self.size > self._max:
            raise LimitExceeded(
                f"The file is larger than {self._max} bytes.", code="FILE_TOO_LARGE", field="file",
                remedy="Split it, or ask the operator to raise RECOBRO_MAX_UPLOAD_BYTES.",
            )  # fmt: skip
        self._digest.update(chunk)
        return self._part.write(chunk)

    def close(self) -> StoredFile:
        self._part.flush()
        os.fsync(self._part.fileno())
        digest = self._digest.hexdigest()
        Path(self._part.name).replace(self._folder / digest)
        return StoredFile(digest, self.size)


async def store(agency_id: UUID, chunks: AsyncIterator[bytes], *, max_bytes: int) -> StoredFile:
    """Stream an upload to disk. Raises: LimitExceeded past `max_bytes`; a cut stream leaves nothing."""
    manager = writing(agency_id, max_bytes=max_bytes)
    writer = await anyio.to_thread.run_sync(manager.__enter__)
    try:
        async for chunk in chunks:
            await anyio.to_thread.run_sync(writer.write, chunk)
        return await anyio.to_thread.run_sync(writer.close)
    finally:
        await anyio.to_thread.run_sync(manager.__exit__, None, None, None)


def read(agency_id: UUID, digest: str) -> Iterator[bytes]:
    with path_of(agency_id, digest).open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
