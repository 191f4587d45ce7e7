"""What the demo is drawn from: the same each time, and real in every identifier."""

import csv
import io
from collections import Counter
from datetime import date, timedelta

import phonenumbers
import pytest
from stdnum.co import nit

from core.debts.rules import bucket_for, buckets
from core.mandates.models import FileKind
from core.parties.models import IdentifierType
from core.parties.rules import read_email, read_identifier
from core.placements.layout import read_layout
from recobro.demo import plan
from recobro.demo.debtors import tax_id
from recobro.demo.generator import DemoData, generate
from recobro.demo.history import FileStep, steps
from recobro.demo.layouts import STYLES, columns, layout

TODAY = date(2026, 7, 20)


@pytest.fixture(scope="module")
def data() -> DemoData:
    """The demo as `make run` loads it, on a given day."""
    return generate(TODAY)


def test_the_same_seed_draws_the_same(data: DemoData) -> None:
    assert generate(TODAY) == data
    assert generate(TODAY, seed=2) != data
    assert 3_900 <= len(data.debts) <= 4_100


def test_every_document_is_valid(data: DemoData) -> None:
    for debt in data.debts:
        debtor = debt.debtor
        read = read_identifier(IdentifierType(debtor.document_type), debtor.document)
        assert read.verified and read.number == debtor.document
        assert (debtor.document_type == "NIT") is (debt.product == plan.INVOICE)
        assert debtor.document_type == "CC" or nit.is_valid(debtor.document)
    for base in [*(one.tax_base for one in plan.AGENCIES), *(one.tax_base for one in plan.CREDITORS)]:
        assert nit.is_valid(tax_id(base))


def test_every_phone_and_address_is_valid(data: DemoData) -> None:
    mobile, landline = phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE
    numbers = {(debt.debtor.mobile, mobile) for debt in data.debts} | {(one.mobile, mobile) for one in data.phones}
    numbers |= {(debt.debtor.landline, landline) for debt in data.debts if debt.debtor.landline}
    for number, kind in numbers:
        read = phonenumbers.parse(number, "CO")
        assert phonenumbers.is_valid_number(read) and phonenumbers.number_type(read) == kind, number
    emails = [debt.debtor.email for debt in data.debts if debt.debtor.email]
    assert len(emails) > 2_000
    assert all(read_email(email) == email and email.endswith(".example") for email in emails)
    assert any(set(debt.debtor.name) & set("áéíóúñÁÉÓ") for debt in data.debts)


def test_people_owe_more_than_once_and_keep_their_documents(data: DemoData) -> None:
    debtors = Counter(debt.debtor.document for debt in data.debts)
    names = {(debt.debtor.document, debt.debtor.name) for debt in data.debts}
    assert sum(1 for count in debtors.values() if count > 1) > 100
    assert len(names) == len(debtors)
    by_person: dict[str, set[str]] = {}
    for debt in data.debts:
        by_person.setdefault(debt.debtor.document, set()).add(debt.mandate.partition("-")[2])
    assert any(len(creditors) > 1 for creditors in by_person.values())


def test_every_ageing_bucket_and_stage_is_filled(data: DemoData) -> None:
    for one in plan.MANDATES:
        open_debts = [
            debt for debt in data.of(one.key) if sum(paid.minor for paid in debt.payments) < debt.placed_minor
        ]
        days = [max(0, (TODAY - debt.due_on).days) for debt in open_debts]
        assert {bucket_for(late, one.ageing_bounds) for late in days} == set(buckets(one.ageing_bounds)), one.key
        for begin in one.stage_days.values():
            assert any(late >= begin for late in days) and any(late < begin for late in days)


def test_nobody_pays_before_the_placement_or_after_today(data: DemoData) -> None:
    payments = [(debt, paid) for debt in data.debts for paid in debt.payments]
    assert len(payments) > 2_500
    for debt, paid in payments:
        assert debt.opened_on < debt.due_on and debt.placed_on < paid.paid_on <= TODAY
        assert paid.minor > 0
        assert paid.reversed_on is None or (not paid.direct and paid.reversed_on > paid.paid_on)
    recalled = {(recall.mandate, recall.reference) for recall in data.recalls}
    assert recalled and not any(debt.payments for debt in data.debts if (debt.mandate, debt.reference) in recalled)


def test_the_files_read_as_their_layouts_say(data: DemoData) -> None:
    seen: set[tuple[str, FileKind]] = set()
    for step in steps(data):
        if not isinstance(step, FileStep):
            continue
        creditor = next(one.creditor for one in plan.MANDATES if one.key == step.mandate)
        style = STYLES[creditor]
        read_layout(step.file.kind, layout(style, step.file.kind))
        rows = list(csv.reader(io.StringIO(step.file.content.decode(style.encoding), newline=""), delimiter=";"))
        totals = 1 if style.trailer and step.file.kind in (FileKind.NEW, FileKind.FINANCIAL) else 0
        assert tuple(rows[0]) == columns(style, step.file.kind)
        assert len(rows) == 1 + step.file.rows + totals
        seen.add((creditor, step.file.kind))
    both = {FileKind.NEW, FileKind.FINANCIAL}
    assert seen >= {(one.key, kind) for one in plan.CREDITORS for kind in both}
    assert {kind for _, kind in seen} == set(FileKind)
    with pytest.raises(UnicodeDecodeError):
        next(
            step for step in steps(data) if isinstance(step, FileStep) and step.mandate == "andinas-almacenes"
        ).file.content.decode("utf-8")


def test_the_steps_are_in_order_and_cover_a_year(data: DemoData) -> None:
    at = [step.at for step in steps(data)]
    assert at == sorted(at)
    assert timedelta(days=350) < at[-1] - at[0] < timedelta(days=370)
