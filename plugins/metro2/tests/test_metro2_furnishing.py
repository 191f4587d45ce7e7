"""What an agency furnishes becomes a file that the rules accept, once for one key, or it does not leave."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import pluggy
import pytest

from recobro_metro2 import layout, plugin, to_json
from recobro_metro2.furnisher import Metro2Furnisher
from recobro_metro2.settings import Metro2Settings
from recobro_sdk import Failed, HookSpecs, Money, Pending, RejectedByProvider, SubjectKind
from recobro_sdk.decisions import Decision, Verdict
from recobro_sdk.furnishing import (
    BureauFurnisher,
    DisputeMark,
    FurnishedAddress,
    FurnishedParty,
    FurnishedStatus,
    FurnishingAction,
    FurnishingBatch,
    FurnishingRecord,
    MonthOfArrears,
    PartyLink,
    SubmissionRef,
)
from recobro_sdk.testing import FakeContext

T = TypeVar("T")
SETTINGS = Metro2Settings(
    reporter_address="1 Main St, Lansing MI",
    reporter_phone="5175555555",
    equifax_program="EFX1",
    creditor_classes={"hospital": 2},
)
HOME = FurnishedAddress(
    lines=("234 Harrison Pl", "Suite 305"), city="Lansing", region="MI", postal_code="48901-1234", country="US"
)
JANE = FurnishedParty(
    link=PartyLink.PRIMARY,
    kind=SubjectKind.NATURAL,
    document_type="SSN",
    document_number="666-45-1234",
    country="US",
    given_names="Jané Q",
    surnames="Núñez",
    generation="Jr.",
    born_on=date(1980, 2, 3),
    phone="+1 517 555 0100",
    address=HOME,
)
RECORD = FurnishingRecord(
    reference="A-1",
    action=FurnishingAction.REPORT,
    as_of=date(2026, 3, 31),
    creditor="Hospital",
    original_creditor="St. Mary's Hospital",
    creditor_class="hospital",
    product="medical",
    parties=(JANE,),
    opened_on=date(2026, 1, 10),
    status=FurnishedStatus.IN_COLLECTION,
    days_past_due=300,
    original=Money(1_234_99, "USD"),
    balance=Money(1_000_50, "USD"),
    past_due=Money(1_000_50, "USD"),
    last_payment=Money(234_49, "USD"),
    last_paid_on=date(2026, 3, 2),
    defaulted_on=date(2025, 6, 5),
    consent=None,
    history=(MonthOfArrears(date(2026, 2, 1), 270), MonthOfArrears(date(2025, 12, 1), 210)),
    gate=Decision(verdict=Verdict.ALLOW, rule="US-BUR-01", rule_version=1, citation="FCRA 623"),
)


def batch(*records: FurnishingRecord) -> FurnishingBatch:
    return FurnishingBatch(
        reference="B-7", furnisher="Agency Ñ Inc.", subscriber="AG12345", as_of=date(2026, 3, 31),
        prepared_at=datetime(2026, 4, 1, 12, tzinfo=UTC), records=records or (RECORD,),
    )  # fmt: skip


def run(body: Callable[[Metro2Furnisher, FakeContext], Awaitable[T]]) -> T:
    async def inside() -> T:
        async with FakeContext() as context:
            return await body(Metro2Furnisher(SETTINGS, context), context)

    return asyncio.run(inside())


def problems(*records: FurnishingRecord) -> list[tuple[str, str, str]]:
    found = run(lambda furnisher, _: furnisher.problems(batch(*records)))
    assert all(reject.remedy for reject in found)
    return [(reject.reference, reject.code, reject.field) for reject in found]


def furnished(*records: FurnishingRecord) -> Any:
    submission = run(lambda furnisher, _: furnisher.submit(batch(*records), idempotency_key="one"))
    data = submission.artifacts[0].content
    assert list(layout().check(layout().read(data))) == []
    return to_json(data)


def test_an_open_debt_is_an_account_in_collection() -> None:
    file = furnished()
    assert file["header"]["reporterName"] == "AGENCY N INC." and file["header"]["equifaxProgramIdentifier"] == "EFX1"
    account = file["data"][0]
    expected = {
        "identificationNumber": "AG12345", "consumerAccountNumber": "A-1", "portfolioType": "O", "accountType": "48",
        "highestCredit": 1234, "currentBalance": 1000, "amountPastDue": 1000, "actualPaymentAmount": 234, "accountStatus": "93",
        "paymentHistoryProfile": "GDG" + "B" * 21, "dateFirstDelinquency": "2025-06-05T00:00:00Z", "dateClosed": "",
        "surname": "NUNEZ", "firstName": "JANE", "middleName": "Q", "generationCode": "J", "socialSecurityNumber": 666451234,
        "telephoneNumber": 5175550100, "ecoaCode": "1", "firstLineAddress": "234 HARRISON PL", "secondLineAddress": "SUITE 305",
        "state": "MI", "zipCode": "489011234", "dateLastPayment": "2026-03-02T00:00:00Z",
    }  # fmt: skip
    assert {name: account["base"].get(name) for name in expected} == expected
    assert account["k1"] == {
        "segmentIdentifier": "K1",
        "originalCreditorName": "ST. MARY'S HOSPITAL",
        "creditorClassification": 2,
    }
    assert (file["trailer"]["totalBaseRecords"], file["trailer"]["totalStatusCode93"]) == (1, 1)


def test_what_became_of_it_is_its_status() -> None:
    paid = replace(RECORD, status=FurnishedStatus.PAID, balance=Money(0, "USD"), past_due=Money(0, "USD"))
    settled = replace(paid, reference="A-2", status=FurnishedStatus.SETTLED, closed_on=date(2026, 3, 15))
    wrong = replace(RECORD, reference="A-3", action=FurnishingAction.DELETE)
    disputed = replace(RECORD, reference="A-4", action=FurnishingAction.CORRECT, dispute=DisputeMark.CLAIM_PENDING)
    bases = [account["base"] for account in furnished(paid, settled, wrong, disputed)["data"]]
    assert [base["accountStatus"] for base in bases] == ["62", "62", "DA", "93"]
    assert [base["dateAccountInformation"][:10] for base in bases] == [
        "2026-03-02",
        "2026-03-15",
        "2026-03-31",
        "2026-03-31",
    ]
    assert [base.get("specialComment") for base in bases] == [None, "AU", None, None]
    assert (bases[3]["complianceConditionCode"], bases[3]["correctionIndicator"]) == ("XB", 1)


def test_everybody_who_answers_for_it_and_a_new_number() -> None:
    bob = replace(JANE, link=PartyLink.JOINT, given_names="Bob", generation="")
    firm = replace(
        JANE,
        link=PartyLink.GUARANTOR,
        kind=SubjectKind.LEGAL,
        name="Núñez LLC",
        address=replace(HOME, lines=("9 Other St",)),
    )
    account = furnished(replace(RECORD, parties=(firm, JANE, bob), previous_reference="OLD-1"))["data"][0]
    assert (account["base"]["ecoaCode"], account["base"]["consumerAccountNumber"]) == ("2", "OLD-1")
    assert [(part["firstName"], part["ecoaCode"]) for part in account["j1"]] == [("BOB", "2")]
    assert [(part["surname"], part["firstLineAddress"]) for part in account["j2"]] == [("NUNEZ LLC", "9 OTHER ST")]
    assert account["l1"]["newConsumerAccountNumber"] == "A-1"


def test_problems_name_the_record_and_its_field() -> None:
    nobody = replace(RECORD, reference="A-2", parties=(replace(JANE, address=None, document_number="1", born_on=None),))
    assert problems(RECORD) == []
    found = problems(
        RECORD,
        nobody,
        replace(RECORD, reference="A-3", status=FurnishedStatus.CURRENT, defaulted_on=None),
        replace(RECORD, reference="A-4", defaulted_on=date(2026, 4, 2)),
        replace(
            RECORD,
            reference="A-5",
            original=Money(1, "COP"),
            balance=Money(1, "COP"),
            past_due=Money(1, "COP"),
            last_payment=None,
        ),
        replace(RECORD, reference="A" * 31),
    )
    assert sorted(set(found)) == [
        ("A-2", "required", "parties"),
        ("A-2", "who-is-missing", "parties"),
        ("A-3", "status_not_reportable", "status"),
        ("A-4", "first-delinquency-in-order", "defaulted_on"),
        ("A-5", "wrong_currency", "balance"),
        ("A" * 31, "unwritable", "reference"),
    ]
    assert [item[0] for item in found] == sorted(
        (item[0] for item in found), key=["A-2", "A-3", "A-4", "A-5", "A" * 31].index
    )
    with pytest.raises(RejectedByProvider) as refused:
        run(lambda furnisher, _: furnisher.submit(batch(nobody), idempotency_key="k"))
    assert refused.value.code == "batch_refused"


def test_one_key_is_one_file_and_nothing_personal_is_logged() -> None:
    async def body(furnisher: Metro2Furnisher, context: FakeContext) -> None:
        assert await furnisher.status(SubmissionRef("k" * 300)) == Failed("not_received", retryable=True)
        first = await furnisher.submit(batch(), idempotency_key="k" * 300)
        context.clock.advance(timedelta(days=1))
        assert await furnisher.submit(batch(), idempotency_key="k" * 300) == first
        assert await furnisher.status(SubmissionRef("k" * 300)) == Pending()
        with pytest.raises(RejectedByProvider) as reused:
            await furnisher.submit(batch(replace(RECORD, reference="Z")), idempotency_key="k" * 300)
        assert reused.value.code == "idempotency_key_reused"
        shown = str(context.log.records)
        assert not any(word in shown.upper() for word in ("NUNEZ", "666451234", "HARRISON"))

    run(body)


def test_plugin_registers_with_the_hooks() -> None:
    manager = pluggy.PluginManager("recobro")
    manager.add_hookspecs(HookSpecs)
    manager.register(plugin)
    manager.check_pending()
    offer = plugin.recobro_bureau_furnishers()[0]

    async def build() -> object:
        async with FakeContext() as context:
            return offer.create({"reporter_address": "1 Main Street", "reporter_phone": "5175555555"}, context)

    assert isinstance(asyncio.run(build()), BureauFurnisher)
    assert plugin.recobro_file_layouts()[0].read().startswith('name = "metro2"')
    assert plugin.recobro_manifest().name == "metro2"
