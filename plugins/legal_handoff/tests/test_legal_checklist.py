"""Each line of the Colombian checklist, on both sides of its edge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recobro_legal_handoff.checklist import checklist, last_day_to_sue
from recobro_sdk import (
    CaseDocument,
    CaseSummary,
    DocumentKind,
    Guarantee,
    Money,
    ProcessType,
    Requirement,
    Risk,
    SubjectKind,
)

TODAY = date(2026, 3, 2)
PAPERS = tuple(CaseDocument(kind=kind, reference="x", dated=date(2025, 1, 1)) for kind in DocumentKind)
CASE = CaseSummary(
    reference="J-1",
    country="CO",
    process=ProcessType.EXECUTIVE,
    guarantee=Guarantee.NONE,
    debtor_kind=SubjectKind.LEGAL,
    claim=Money(1, "COP"),
    due_on=date(2025, 6, 30),
    documents=PAPERS,
)


def line(case: CaseSummary, code: str, margin_days: int = 10) -> Requirement:
    return next(item for item in checklist(case, TODAY, margin_days) if item.code == code)


def without(case: CaseSummary, *kinds: DocumentKind) -> CaseSummary:
    return replace(case, documents=tuple(item for item in case.documents if item.kind not in kinds))


def test_complete_case_satisfies_all_eight() -> None:
    lines = checklist(CASE, TODAY, 10)
    assert len(lines) == 8
    assert [item.code for item in lines if not item.satisfied] == []


@pytest.mark.parametrize(("expires_on", "good"), [(None, True), (TODAY, True), (date(2026, 3, 1), False)])
def test_power_of_attorney_is_good_on_its_last_day(expires_on: date | None, good: bool) -> None:
    power = CaseDocument(
        kind=DocumentKind.POWER_OF_ATTORNEY, reference="x", dated=date(2025, 1, 1), expires_on=expires_on
    )
    assert line(replace(CASE, documents=(power,)), "power_of_attorney_valid").satisfied is good


@pytest.mark.parametrize(
    ("agreed", "cap", "good"),
    [("28.17", "28.17", True), ("28.18", "28.17", False), ("20", None, False), (None, None, True), (None, "1", True)],
)
def test_interest_is_compared_with_the_cap(agreed: str | None, cap: str | None, good: bool) -> None:
    rates = {"agreed_rate": agreed and Decimal(agreed), "rate_cap": cap and Decimal(cap)}
    assert line(replace(CASE, **rates), "interest_within_usury_cap").satisfied is good


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (DocumentKind.POWER_OF_ATTORNEY, "power_of_attorney_valid"),
        (DocumentKind.PROMISSORY_NOTE, "promissory_note_present"),
        (DocumentKind.INSTRUCTION_LETTER, "instruction_letter_present"),
        (DocumentKind.BALANCE_CERTIFICATE, "balance_certificate_present"),
    ],
)
def test_missing_paper_blocks_and_says_what_to_do(kind: DocumentKind, code: str) -> None:
    found = line(without(CASE, kind), code)
    assert found.blocks and found.remedy.es and found.remedy.en


def test_note_filled_in_when_signed_needs_no_letter() -> None:
    case = without(replace(CASE, signed_in_blank=False), DocumentKind.INSTRUCTION_LETTER)
    assert line(case, "instruction_letter_present").satisfied


def test_monitory_process_needs_a_contract_and_no_note() -> None:
    case = without(replace(CASE, process=ProcessType.MONITORY), DocumentKind.PROMISSORY_NOTE, DocumentKind.CONTRACT)
    assert line(case, "promissory_note_present").satisfied
    assert line(case, "filing_documents_present").remedy.es == "Reunir: Contrato."


@pytest.mark.parametrize(
    ("process", "guarantee", "satisfied", "blocks"),
    [
        (ProcessType.EXECUTIVE, Guarantee.PERSONAL, True, False),
        (ProcessType.EXECUTIVE, Guarantee.MORTGAGE, False, False),
        (ProcessType.SECURED_EXECUTIVE, Guarantee.MORTGAGE, True, False),
        (ProcessType.SECURED_EXECUTIVE, Guarantee.PLEDGE, True, False),
        (ProcessType.SECURED_EXECUTIVE, Guarantee.PERSONAL, False, True),
    ],
)
def test_process_and_guarantee(process: ProcessType, guarantee: Guarantee, satisfied: bool, blocks: bool) -> None:
    found = line(replace(CASE, process=process, guarantee=guarantee), "process_matches_guarantee")
    assert (found.satisfied, found.blocks) == (satisfied, blocks)


@pytest.mark.parametrize(
    ("time_bar_on", "satisfied", "risk"),
    [
        (date(2026, 3, 1), False, Risk.BLOCKING),
        (date(2026, 3, 2), False, Risk.HIGH),
        (date(2026, 3, 11), False, Risk.HIGH),
        (date(2026, 3, 12), True, Risk.BLOCKING),
    ],
)
def test_time_bar_and_its_margin(time_bar_on: date, satisfied: bool, risk: Risk) -> None:
    found = line(replace(CASE, time_bar_on=time_bar_on), "within_time_to_sue")
    assert (found.satisfied, found.risk) == (satisfied, risk)


def test_plain_terms_when_the_host_gives_no_date() -> None:
    assert last_day_to_sue(CASE) == date(2028, 6, 30)
    assert last_day_to_sue(replace(CASE, due_on=date(2024, 2, 29))) == date(2027, 2, 28)
    assert last_day_to_sue(replace(CASE, process=ProcessType.MONITORY)) == date(2035, 6, 30)


def test_missing_annexes_are_named_and_do_not_block() -> None:
    case = without(
        replace(CASE, guarantee=Guarantee.MORTGAGE), DocumentKind.DEBTOR_STANDING, DocumentKind.TITLE_CERTIFICATE
    )
    found = line(case, "filing_documents_present")
    assert not found.satisfied and not found.blocks
    assert "deudor" in found.remedy.es and "tradición" in found.remedy.es


@given(st.sets(st.sampled_from(DocumentKind)), st.sampled_from(ProcessType), st.sampled_from(Guarantee), st.dates())
@example(set(), ProcessType.EXECUTIVE, Guarantee.NONE, date.max)
def test_checklist_has_the_same_lines_for_any_case_and_no_paper_makes_it_worse(
    held: set[DocumentKind], process: ProcessType, guarantee: Guarantee, due_on: date
) -> None:
    some = tuple(paper for paper in PAPERS if paper.kind in held)
    case = replace(CASE, process=process, guarantee=guarantee, due_on=due_on, documents=some)
    fewer, whole = checklist(case, TODAY, 10), checklist(replace(case, documents=PAPERS), TODAY, 10)
    assert [line.code for line in fewer] == [line.code for line in whole] and len({one.code for one in fewer}) == 8
    assert {one.code for one in whole if one.blocks} <= {one.code for one in fewer if one.blocks}


def test_what_is_missing_is_said_of_this_very_case() -> None:
    power = CaseDocument(
        kind=DocumentKind.POWER_OF_ATTORNEY, reference="P-7", dated=date(2024, 1, 1), expires_on=date(2026, 3, 1)
    )
    bare = replace(
        CASE, documents=(power,), agreed_rate=Decimal("30.1"), rate_cap=Decimal("28.17"), time_bar_on=date(2026, 3, 1)
    )
    said = {item.code: item.missing.es for item in checklist(bare, TODAY, 10) if item.missing}
    assert said == {
        "power_of_attorney_valid": "El poder P-7 venció el 2026-03-01.",
        "interest_within_usury_cap": "La tasa de 30.1 % supera el tope de 28.17 %.",
        "promissory_note_present": "Falta: Pagaré.",
        "instruction_letter_present": "Falta: Carta de instrucciones.",
        "balance_certificate_present": "Falta: Certificación de saldo.",
        "within_time_to_sue": "El plazo venció el 2026-03-01.",
        "filing_documents_present": "Certificado de existencia y representación del acreedor; "
        "Certificado de existencia y representación del deudor",
    }
    assert all(
        item.missing and item.missing.en and item.remedy.en for item in checklist(bare, TODAY, 10) if not item.satisfied
    )
    assert not any(item.missing for item in checklist(CASE, TODAY, 10))


def test_lines_say_until_when_they_can_be_met() -> None:
    power = CaseDocument(
        kind=DocumentKind.POWER_OF_ATTORNEY, reference="x", dated=date(2024, 1, 1), expires_on=date(2026, 9, 1)
    )
    case = replace(without(CASE, DocumentKind.POWER_OF_ATTORNEY), documents=(power,), time_bar_on=date(2026, 12, 1))
    until = {item.code: item.due_on for item in checklist(case, TODAY, 10) if item.due_on}
    assert until == {"power_of_attorney_valid": date(2026, 9, 1), "within_time_to_sue": date(2026, 12, 1)}
