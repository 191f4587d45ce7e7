"""The kits of legal channels and reports fail on every defect by the names of the right checks, and on no other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pytest
from hostile_kits import failing

from recobro_hostile import papers
from recobro_hostile.catalogue import LAWYERS, REPORTS
from recobro_sdk.testing import FakeLawFirmServer, LegalConformance, ReportConformance


class Lawyers(LegalConformance):
    plugin = papers
    settings: ClassVar[Mapping[str, object]] = {}
    server = FakeLawFirmServer
    patience_s = 20.0


class Reports(ReportConformance):
    plugin = papers
    settings: ClassVar[Mapping[str, object]] = {}
    patience_s = 20.0


def test_every_offer_is_in_the_catalogue() -> None:
    assert {offer.code for offer in papers.recobro_legal_channels()} == set(LAWYERS)
    assert {offer.code for offer in papers.recobro_client_reports()} == set(REPORTS)


@pytest.mark.parametrize("code", LAWYERS)
def test_kit_finds_the_defect_of_a_legal_channel_and_nothing_else(code: str) -> None:
    assert failing(Lawyers, code, honest=not LAWYERS[code]) == LAWYERS[code]


@pytest.mark.parametrize("code", REPORTS)
def test_kit_finds_the_defect_of_a_report_and_nothing_else(code: str) -> None:
    assert failing(Reports, code, honest=not REPORTS[code]) == REPORTS[code]
