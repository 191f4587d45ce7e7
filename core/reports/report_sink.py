"""Where a report's files go: parts on disk, which become files only when the whole report is made."""

import re
from collections.abc import AsyncGenerator, Iterable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from uuid import UUID

import anyio.to_thread

from core.kit import files
from core.kit.files import StoredFile
from core.plugin_host.problems import HostFaultError

MAX_FILES, MAX_FILE_BYTES = 50, 512 << 20
_NAME = re.compile(r"[\w][\w .()\-]{0,180}\.[A-Za-z0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class KeptFile:
    name: str
    media_type: str
    file: StoredFile


class Part:
    """An `ArtifactWriter`. Blocking work is done in a thread."""

    def __init__(self, name: str, media_type: str, manager: AbstractContextManager[files.Writer]) -> None:
        self.name, self.media_type = name, media_type
        self._manager = manager
        self._writer: files.Writer | None = None
        self.complete = False

    async def begin(self) -> None:
        self._writer = await anyio.to_thread.run_sync(self._manager.__enter__)

    async def write(self, chunk: bytes, /) -> None:
        if self._writer is None or self.complete:
            raise ValueError("this file is closed")
        try:
            await anyio.to_thread.run_sync(self._writer.write, bytes(chunk))
        except OSError as problem:
            raise HostFaultError("a file cannot be written") from problem

    async def keep(self) -> KeptFile:
        assert self._writer is not None
        return KeptFile(self.name, self.media_type, await anyio.to_thread.run_sync(self._writer.close))

    async def end(self) -> None:
        """Take the part away; a file that was kept stays."""
        if self._writer is not None:
            self._writer = None
            await anyio.to_thread.run_sync(self._manager.__exit__, None, None, None)


class FileSink:
    """A `ReportSink` of the SDK for one report of an agency. Leaving the block takes away what was not kept."""

    def __init__(self, agency_id: UUID, media_types: Iterable[str]) -> None:
        self._agency_id, self._media_types = agency_id, frozenset(media_types)
        self._parts: dict[str, Part] = {}
        self._ended = False

    @asynccontextmanager
    async def open(self, name: str, media_type: str) -> AsyncGenerator[Part]:
        """Raises: ValueError for a name that is none or was used, or a media type that the report does not describe."""
        if self._ended or len(self._parts) >= MAX_FILES:
            raise ValueError("no more files can be opened")
        if not _NAME.fullmatch(name) or name in self._parts or media_type not in self._media_types:
            raise ValueError("the name or the media type of a file cannot be used")
        part = Part(name, media_type, files.writing(self._agency_id, max_bytes=MAX_FILE_BYTES))
        self._parts[name] = part
        await part.begin()
        try:
            yield part
        except BaseException:
            await part.end()
            raise
        part.complete = True

    async def keep(self) -> list[KeptFile]:
        """Make files of the parts. Raises: ValueError when there is none, or one that is not complete."""
        self._ended = True
        if not self._parts or not all(part.complete for part in self._parts.values()):
            raise ValueError("the report has no file, or an unfinished one")
        return [await part.keep() for part in self._parts.values()]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended = True
        for part in self._parts.values():
            await part.end()
