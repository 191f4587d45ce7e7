"""Reports, each with one defect."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import ConfigDict

from recobro_hostile.papers.honest import HonestReport
from recobro_sdk import DebtRow, ReportData, ReportDescription, ReportParams, ReportSink


class HasAnothersName(HonestReport):
    """Describes itself as somebody else."""

    code = "hostile_report_has_anothers_name"

    def describe(self) -> ReportDescription:
        """Under another code."""
        return replace(super().describe(), code="recovery_report")


class LooseParams(ReportParams):
    """Takes what it does not know."""

    model_config = ConfigDict(extra="ignore")


class TakesAnyParameter(HonestReport):
    """Lets a misspelt parameter through."""

    code = "hostile_report_takes_any_parameter"
    params: ClassVar[type[ReportParams]] = LooseParams


class WritesAnotherType(HonestReport):
    """Writes files of a type that it did not announce."""

    code = "hostile_report_writes_another_type"
    media_type: ClassVar[str] = "text/plain"


class LeavesAFileEmpty(HonestReport):
    """Begins a file and forgets it."""

    code = "hostile_report_leaves_a_file_empty"

    async def build(self, data: ReportData, params: ReportParams, sink: ReportSink) -> None:
        """And another one."""
        await super().build(data, params, sink)
        async with sink.open("later.csv", self.media_type):
            pass


class NeedsADebt(HonestReport):
    """Ends with an error where nothing is owed."""

    code = "hostile_report_needs_a_debt"

    async def rows(self, data: ReportData) -> AsyncIterator[DebtRow]:
        """One at least."""
        found = False
        async for row in super().rows(data):
            found = True
            yield row
        if not found:
            raise LookupError("nothing is owed")


class SpeaksOneLanguage(HonestReport):
    """Is in Spanish, whatever was asked for."""

    code = "hostile_report_speaks_one_language"

    def titles(self, params: ReportParams) -> str:
        """In Spanish."""
        return super().titles(params.model_copy(update={"language": "es"}))


class NeverTwiceTheSame(HonestReport):
    """Writes into the file how often the machine has ticked."""

    code = "hostile_report_never_twice_the_same"

    def titles(self, params: ReportParams) -> str:
        """With the ticks."""
        return super().titles(params) + f"# {time.monotonic_ns()}\r\n"


class KeepsHalfAFile(HonestReport):
    """Takes what came for all there is."""

    code = "hostile_report_keeps_half_a_file"

    async def rows(self, data: ReportData) -> AsyncIterator[DebtRow]:
        """As far as they come."""
        try:
            async for row in super().rows(data):
                yield row
        except ConnectionError:
            return


class HoldsTheLoop(HonestReport):
    """Computes at length when there is much."""

    code = "hostile_report_holds_the_loop"

    async def rows(self, data: ReportData) -> AsyncIterator[DebtRow]:
        """With a break that is none."""
        count = 0
        async for row in super().rows(data):
            count += 1
            if count == 400:
                time.sleep(0.25)  # noqa: ASYNC251 that is the defect
            yield row


class GivesItsFilesBack(HonestReport):
    """Returns what belongs into the sink."""

    code = "hostile_report_gives_its_files_back"

    async def build(self, data: ReportData, params: ReportParams, sink: ReportSink) -> Any:
        """And says so."""
        await super().build(data, params, sink)
        return ["debts.csv"]
