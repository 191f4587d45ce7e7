"""What a report asks for while it is built: rows of its data, and files to write."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from core.reports.report_data import SpooledReportData
from core.reports.report_sink import FileSink, Part


class _DiscardedError(Exception):
    """The report left its file with an exception of its own."""


class ReportService:
    """A `Service` of the plugin host, for one report."""

    def __init__(self, data: SpooledReportData, sink: FileSink) -> None:
        self._data, self._sink = data, sink
        self._files: dict[int, tuple[AbstractAsyncContextManager[Part], Part]] = {}
        self._number = 0

    async def answer(self, what: str, head: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Raises: ValueError, InvalidConfiguration for the plugin; DomainError, HostFaultError for who asked for it."""
        if what == "rows":
            return {}, await self._data.lines(str(head.get("stream")), _offset(head))
        if what == "open":
            return {"file": await self._open(str(head.get("name")), str(head.get("media_type")))}, b""
        if what == "write":
            await self._file(head)[1].write(body)
            return {}, b""
        if what == "end":
            await self._end(self._file(head)[0], keep=head.get("keep") is True)
            del self._files[head["file"]]
            return {}, b""
        raise ValueError("a report asks for nothing of that kind")

    async def _open(self, name: str, media_type: str) -> int:
        manager = self._sink.open(name, media_type)
        part = await manager.__aenter__()
        self._number += 1
        self._files[self._number] = (manager, part)
        return self._number

    def _file(self, head: Mapping[str, Any]) -> tuple[AbstractAsyncContextManager[Part], Part]:
        found = self._files.get(head["file"]) if isinstance(head.get("file"), int) else None
        if found is None:
            raise ValueError("this file is closed")
        return found

    async def _end(self, manager: AbstractAsyncContextManager[Part], *, keep: bool) -> None:
        if keep:
            await manager.__aexit__(None, None, None)
            return
        try:
            await manager.__aexit__(_DiscardedError, _DiscardedError(), None)
        except _DiscardedError:
            return

    async def close(self) -> None:
        """Take away what was left open."""
        for manager, _ in self._files.values():
            await self._end(manager, keep=False)
        self._files.clear()


def _offset(head: Mapping[str, Any]) -> int:
    found = head.get("offset")
    if not isinstance(found, int) or found < 0:
        raise ValueError("an offset is a whole number")
    return found


@asynccontextmanager
async def serving(data: SpooledReportData, sink: FileSink) -> AsyncGenerator[ReportService]:
    """The service of one report, for as long as it is built."""
    service = ReportService(data, sink)
    try:
        yield service
    finally:
        await service.close()
