"""The kits of legal channels and reports fail on every defect by the names of the right checks, and on no other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pytest
from hostile_kits import failing
from pydantic import SecretStr

from recobro_hostile import papers
from recobro_hostile.catalogue import LAWYERS, REPORTS
from recobro_hostile.catalogue_of_abilities import CALLED, FOLLOWERS, NEWS
from recobro_sdk.testing import (
    FakeLawFirmServer,
    LegalConformance,
    OperationConformance,
    ReceiverConformance,
    ReportConformance,
)
from recobro_sdk.testing.case_costs import CostConformance
from recobro_sdk.testing.seal import checks_of


class Lawyers(LegalConformance):
    plugin = papers
    settings: ClassVar[Mapping[str, object]] = {}
    server = FakeLawFirmServer
    patience_s = 20.0


class Calls(ReceiverConformance):
    plugin = papers
    hook = "recobro_legal_channels"
    server = FakeLawFirmServer
    secret = SecretStr(FakeLawFirmServer.signing_secret)
    bodies = (b'{"handoffs": ["01980d2e-7f43-7c1a-9d5e-0a1b2c3d4e5f"], "about": "Ramiro Quintanilla"}',)
    personal = ("Ramiro Quintanilla",)
    patience_s = 20.0


class Reports(ReportConformance):
    plugin = papers
    settings: ClassVar[Mapping[str, object]] = {}
    patience_s = 20.0


def test_every_offer_is_in_the_catalogue() -> None:
    assert {offer.code for offer in papers.recobro_legal_channels()} == {*LAWYERS, *FOLLOWERS, *NEWS, *CALLED}
    assert {offer.code for offer in papers.recobro_client_reports()} == set(REPORTS)


@pytest.mark.parametrize("code", LAWYERS)
def test_kit_finds_the_defect_of_a_legal_channel_and_nothing_else(code: str) -> None:
    assert failing(Lawyers, code, honest=not LAWYERS[code]) == LAWYERS[code]


@pytest.mark.parametrize("code", FOLLOWERS)
def test_kit_finds_the_defect_of_a_channel_that_tells_of_its_cases_and_nothing_else(code: str) -> None:
    assert failing(Lawyers, code, honest=not FOLLOWERS[code]) == FOLLOWERS[code]


@pytest.mark.parametrize("code", NEWS)
def test_kit_finds_what_is_wrong_with_news_and_nothing_else(code: str) -> None:
    assert failing(Lawyers, code, honest=False, but=OperationConformance) == NEWS[code]


@pytest.mark.parametrize("code", CALLED)
def test_kit_finds_the_defect_of_a_channel_that_is_called_and_nothing_else(code: str) -> None:
    assert failing(Calls, code, honest=not CALLED[code]) == CALLED[code]


def test_every_check_of_what_goes_on_finds_something() -> None:
    found = {name for names in (*LAWYERS.values(), *FOLLOWERS.values(), *NEWS.values()) for name in names}
    assert set(checks_of(CostConformance)) - set(checks_of(OperationConformance)) - found == set()


@pytest.mark.parametrize("code", REPORTS)
def test_kit_finds_the_defect_of_a_report_and_nothing_else(code: str) -> None:
    assert failing(Reports, code, honest=not REPORTS[code]) == REPORTS[code]
