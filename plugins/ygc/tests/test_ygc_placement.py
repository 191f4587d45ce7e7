"""The file that places an account: its columns, what is told in notes, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ygc_cases import BLOCKED, COMPLETE, CREDITOR, dossier, person
from ygc_firms import FIRM, FORWARDER

from recobro_sdk import (
    DebtComponent,
    DebtConcept,
    DocumentKind,
    Money,
    Party,
    PartyRole,
    RejectedByProvider,
    SubjectKind,
)
from recobro_sdk.layouts import Record
from recobro_ygc import Account, check, read
from recobro_ygc.placement import placement
from recobro_ygc.requirements import requirements
from recobro_ygc.settings import YgcSettings

SETTINGS = YgcSettings(forwarder_id=FORWARDER, firm_id=FIRM, commission="25", suit_fee="10")
ACCOUNT = Account(file_number="F100", creditor_account="JUR-2026-00017", forwarder=FORWARDER, firm=FIRM)
TODAY = date(2026, 3, 2)


def placed(case: Any, using: YgcSettings = SETTINGS) -> list[Record]:
    items = list(read(placement(case, ACCOUNT, using, TODAY)))
    assert list(check(items)) == []
    return [item for item in items if isinstance(item, Record)]


def test_columns_of_an_account_are_the_published_ones() -> None:
    lines = placement(COMPLETE, ACCOUNT, SETTINGS, TODAY).split(b"\r\n")
    account, debtor, others = lines[:3]
    assert account[:67] == b"01F100      JUR-2026-00017                     VA07.CBANKFL12      "
    assert account[67:123] == b"20260302    25  10        10000.00       2000.0020260301"
    assert account[123:128] == b".1950" and account[133:183].rstrip() == b"First Commonwealth Consumer Bank of Virginia"
    assert (
        account[232:246] == b"      10345.67"
        and account[464:472] == b"20280630"
        and account[472:486] == b"        345.67"
    )
    assert debtor[:2] == b"02" and debtor[67:97].rstrip() == "Peña/Mary Ann".encode("latin-1")
    assert debtor[180:192] == b"9085550142  " and debtor[204:219].rstrip() == b"123-45-6789"
    assert others[:2] == b"03" and others[67:92].rstrip() == b"Doe/John" and others[157:172].rstrip() == b"987-65-4321"


def test_what_has_no_column_is_told_in_notes() -> None:
    long = "Wilhelmina Constance Bartholomew-Featherstonehaugh"
    attorney = Party(
        role=PartyRole.ATTORNEY, kind=SubjectKind.NATURAL, name="Perry Stone", document_type="", document_number="",
        phone="+1 305 555 0100",
    )  # fmt: skip
    foreign = Party(
        role=PartyRole.CODEBTOR, kind=SubjectKind.LEGAL, name="Ñandú S.A.S.", document_type="NIT",
        document_number="900123456-7", phone="+57 601 555 0100 ext. 4455",
    )  # fmt: skip
    records = placed(dossier(DocumentKind.CONTRACT, parties=(CREDITOR, person(long), foreign, attorney)))
    notes = [str(item.values["PCMT"]) for item in records if item.type == "message_out"]
    assert "Debtor: Bartholomew-Featherstonehaugh/Wilhelmina Constance" in notes
    assert "Document of Ñandú S.A.S.: NIT 900123456-7" in notes
    assert "Phone of Ñandú S.A.S.: +57 601 555 0100 ext. 4455" in notes
    assert any(note.startswith("Attorney: Perry Stone") for note in notes)
    assert any("collection_costs: 345.67" in note for note in notes) and "Nothing was paid since 30 June 2025." in notes
    assert {item.values["PCODE"] for item in records if item.type == "message_out"} == {"*CC:W122"}


def test_what_cannot_be_written_is_refused_by_field_and_without_the_value() -> None:
    with pytest.raises(RejectedByProvider, match="D1_NAME") as caught:
        placed(dossier(DocumentKind.CONTRACT, parties=(CREDITOR, person("Zoë Łukasz"))))
    assert caught.value.code == "unwritable_text" and "Łukasz" not in str(caught.value)
    many = tuple(person(f"Debtor {letter}", PartyRole.CODEBTOR) for letter in "ABC")
    with pytest.raises(RejectedByProvider) as caught:
        placed(dossier(DocumentKind.CONTRACT, parties=(CREDITOR, person("A B"), *many)))
    assert caught.value.code == "too_many_debtors"


NAMES = st.text(st.sampled_from([chr(code) for code in (*range(33, 127), *range(174, 256))]), min_size=1)


@settings(max_examples=80, deadline=None)
@given(
    words=st.lists(NAMES, min_size=1, max_size=9),
    street=st.lists(NAMES, max_size=12),
    facts=st.lists(st.lists(NAMES, max_size=400).map(" ".join), max_size=3),
    minor=st.integers(0, 10**12),
)
def test_whatever_is_written_is_read_and_nothing_is_lost(
    words: list[str], street: list[str], facts: list[str], minor: int
) -> None:
    someone = replace(person(" ".join(words)), address=" ".join(street))
    whole = replace(
        COMPLETE, case=replace(COMPLETE.case, claim=Money(minor + 7, "USD")), parties=(CREDITOR, someone),
        facts=tuple(facts),
        components=(
            DebtComponent(concept=DebtConcept.PRINCIPAL, amount=Money(minor, "USD")),
            DebtComponent(concept=DebtConcept.INTEREST, amount=Money(7, "USD")),
        ),
    )  # fmt: skip
    records = placed(whole)
    values = {name: value for item in records for name, value in item.values.items()}
    assert (values["ORIG_CLAIM"], values["ORIG_INT"], values["DEBT_BAL"]) == (minor, 7, minor)
    told = "".join(str(item.values["PCMT"]) for item in records if item.type == "message_out").replace(" ", "")
    assert all(fact.replace(" ", "") in told for fact in facts)
    written = str(values["D1_STREET_LONG"] or "") + str(values["D1_STREET2_LONG"] or "")
    assert written.replace(" ", "") == "".join(street) or "".join(street) in told
    letters = sorted("".join(words).replace("/", "").replace(",", ""))
    assert (
        sorted(str(values["D1_NAME"]).replace("/", "").replace(" ", "").replace(",", "")) == letters
        or "Debtor:" in told
    )


def test_checklist() -> None:
    lines = {line.code: line for line in requirements(SETTINGS, BLOCKED.case, TODAY)}
    assert list(lines) == ["country_served", "currency_served", "reference_fits", "time_to_sue", "document_contract"]
    assert [code for code, line in lines.items() if line.blocks] == ["document_contract"]
    wrong = dossier(
        DocumentKind.CONTRACT,
        country="CO",
        claim=Money(1_234_567, "USD"),
        reference="R" * 21,
        time_bar_on=date(2026, 3, 1),
    ).case
    blocked = [line.code for line in requirements(SETTINGS, wrong, TODAY) if line.blocks]
    assert blocked == ["country_served", "reference_fits", "time_to_sue"]
    last_day = dossier(DocumentKind.CONTRACT, time_bar_on=TODAY).case
    assert not any(line.blocks for line in requirements(SETTINGS, last_day, TODAY))
    nobody_counted = dossier(DocumentKind.CONTRACT, time_bar_on=None).case
    open_lines = [line for line in requirements(SETTINGS, nobody_counted, TODAY) if not line.satisfied]
    assert [(line.code, line.blocks) for line in open_lines] == [("time_to_sue", False)]
    yen = YgcSettings(forwarder_id=FORWARDER, firm_id=FIRM, currency="JPY")
    assert "currency_served" in [line.code for line in requirements(yen, COMPLETE.case, TODAY) if line.blocks]


@pytest.mark.parametrize(
    ("given_settings", "why"),
    [
        ({"forwarder_id": "va 07"}, "forwarder_id"),
        ({"meanings": ["*CC:S101=sleeping"]}, "meanings"),
        ({"meanings": ["S101=filed"]}, "meanings"),
        ({"meanings": ["*CC:L200=hearing_set"]}, "meanings"),
        ({"note_code": "W122"}, "note_code"),
    ],
)
def test_settings_are_checked(given_settings: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        YgcSettings.model_validate({"forwarder_id": FORWARDER, "firm_id": FIRM, **given_settings})


def test_the_longest_meaning_counts() -> None:
    using = YgcSettings(
        forwarder_id=FORWARDER, firm_id=FIRM, meanings=("*CC:S=other", "*CC:S101=acknowledged", "*CC:S2=served")
    )
    found = [using.meaning(code) for code in ("*CC:S101", "*CC:S206", "*CC:S999", "*CC:A020")]
    assert found == ["acknowledged", "served", "other", None]
    assert placed(dossier(DocumentKind.CONTRACT, agreed_rate=Decimal("250")))[0].values["RATES_PRE"] is None
