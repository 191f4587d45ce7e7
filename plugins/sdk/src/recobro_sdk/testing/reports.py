"""Conformance of a client report, with data that has tripped reports before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from recobro_sdk.reports import ClientReport, ReportParams
from recobro_sdk.testing.checks import longest_gap_ms
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.operations import OperationConformance
from recobro_sdk.testing.report_data import FakeReportData, FakeReportSink


class ReportConformance(OperationConformance[ClientReport], inputs=("params",)):
    """Subclass and set `plugin`, `settings` and, when the report has parameters of its own, `params`."""

    hook = "recobro_client_reports"
    protocol = ClientReport
    operation = "build"

    params: ClassVar[Mapping[str, object]] = {"period_from": "2026-01-01", "period_to": "2026-03-31"}

    async def act(self, service: ClientReport, key: str = "call-1") -> Any:
        """Build it, and give its files."""
        sink = FakeReportSink()
        await service.build(FakeReportData(), self.parsed_params(service), sink)
        return sink.files

    def personal_data(self) -> list[str]:
        """Names and documents of the debtors."""
        return FakeReportData().personal_values()

    def parsed_params(self, report: ClientReport, **changes: object) -> ReportParams:
        """The test's parameters as the report's own model."""
        return report.describe().params.model_validate({**self.params, **changes})

    def build(self, data: FakeReportData, **changes: object) -> FakeReportSink:
        """Build the report from `data` and return the sink with its files."""

        async def scenario(report: ClientReport, _: FakeContext) -> FakeReportSink:
            sink = FakeReportSink()
            await report.build(data, self.parsed_params(report, **changes), sink)
            return sink

        return self.run(scenario)

    def test_answer_crosses_processes(self) -> None:
        """The parameters survive becoming JSON and back, and building returns nothing beside its files."""

        async def scenario(report: ClientReport, _: FakeContext) -> None:
            params = self.parsed_params(report)
            assert type(params).model_validate_json(params.model_dump_json()) == params, "JSON changes the parameters"
            answer: object = await report.build(FakeReportData(), params, FakeReportSink())
            assert answer is None, "files go to the sink, and nothing is returned"

        self.run(scenario)

    def test_description(self) -> None:
        """The report names itself like its offer, has formats and columns, and describes every parameter."""

        async def scenario(report: ClientReport, _: FakeContext) -> None:
            description = report.describe()
            assert description.code == self.offer().code
            assert description.formats and description.columns
            assert description.params.model_config.get("extra") == "forbid", "unknown parameters are let through"
            silent = [name for name, field in description.params.model_fields.items() if not field.description]
            assert silent == [], f"parameters without a description: {silent}"

        self.run(scenario)

    def test_files(self) -> None:
        """The report produces files, each complete, of a media type that the description names."""

        async def scenario(report: ClientReport, _: FakeContext) -> None:
            sink = FakeReportSink()
            await report.build(FakeReportData(), self.parsed_params(report), sink)
            assert sink.files and all(sink.files.values()), "a file is missing or empty"
            assert not sink.discarded
            named = {item.media_type for item in report.describe().formats}
            assert set(sink.media_types.values()) <= named

        self.run(scenario)

    def test_no_rows(self) -> None:
        """A creditor without debts gets a report that says so, not an error."""
        assert self.build(FakeReportData(debts=0, payments=0)).files

    def test_both_languages(self) -> None:
        """The language changes the files."""
        spanish, english = (self.build(FakeReportData(), language=language).files for language in ("es", "en"))
        assert spanish.values() and list(spanish.values()) != list(english.values())

    def test_same_data_same_bytes(self) -> None:
        """The same data and parameters give the same bytes, so that a repeated job is recognised."""
        assert self.build(FakeReportData()).files == self.build(FakeReportData()).files

    def test_failing_data_discards_the_files(self) -> None:
        """When the data fail half-way the failure passes through, and no half file is kept."""

        async def scenario(report: ClientReport, _: FakeContext) -> FakeReportSink:
            sink = FakeReportSink()
            try:
                await report.build(FakeReportData(fail_after=2), self.parsed_params(report), sink)
            except ConnectionError:
                return sink
            raise AssertionError("the failure of the data was swallowed")

        assert not self.run(scenario).files

    def test_large_report_does_not_block(self) -> None:
        """The event loop is never held for 50 ms with five thousand payments; best of three."""

        async def scenario(report: ClientReport, _: FakeContext) -> int:
            params, gaps = self.parsed_params(report), list[int]()
            data = FakeReportData(debts=500, payments=5000)
            while len(gaps) < 3 and min(gaps, default=50) >= 50:
                gaps.append(await longest_gap_ms(lambda: report.build(data, params, FakeReportSink())))
            return min(gaps)

        assert self.run(scenario) < 50
