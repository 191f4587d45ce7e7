"""The kits of contracts that no template begins pass on an honest example, and see what is wrong with a changed one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import pytest
from recobro_examples import law, plugin

from recobro_sdk import (
    ContactAction,
    ContactPurpose,
    ContactRequest,
    Decision,
    FurnishingRequest,
    Identifier,
    IdentifierVerdict,
    PartyRole,
    SubjectKind,
    Text,
    Verdict,
)
from recobro_sdk.testing import (
    FurnishingConformance,
    IdentifierConformance,
    JurisdictionConformance,
    ScorerConformance,
    SubscriberConformance,
    furnishing_batch,
    furnishing_record,
    some_debt,
)

MONDAY_NOON = ContactRequest(
    at=datetime(2026, 3, 2, 17, 0, tzinfo=UTC),
    action=ContactAction.CALL,
    purpose=ContactPurpose.COLLECTION,
    role=PartyRole.DEBTOR,
    kind=SubjectKind.NATURAL,
    zones=("America/Bogota",),
    debts=frozenset({"debt-1"}),
    authorised=frozenset({ContactAction.CALL}),
)


class TestFurnisher(FurnishingConformance):
    plugin = plugin
    faulty = furnishing_batch(
        furnishing_record(), furnishing_record("OBL-2", parties=(replace(furnishing_record().primary, address=None),))
    )


class TestHours(JurisdictionConformance):
    plugin = plugin
    lawful = MONDAY_NOON
    unlawful = replace(MONDAY_NOON, at=datetime(2026, 3, 1, 17, 0, tzinfo=UTC))
    debt = some_debt()
    furnishing = FurnishingRequest(on=date(2026, 3, 2), debt=some_debt(), negative=True, is_authorised=True, notices=())


class TestPoints(ScorerConformance):
    plugin = plugin


class TestNit(IdentifierConformance):
    plugin = plugin
    valid: ClassVar[list[Identifier]] = [
        Identifier("CO", "NIT", "900.123.456-8"),
        Identifier("CO", "NIT", "8600029644"),
    ]
    invalid: ClassVar[list[Identifier]] = [Identifier("CO", "NIT", "900.123.456-1"), Identifier("CO", "NIT", "12")]


class TestListener(SubscriberConformance):
    plugin = plugin


WRONG: list[tuple[type[Any], str, str, Any]] = [
    (TestHours, "Hours", "may_contact", ("test_lawful_and_unlawful", "test_beyond_the_horizon_nothing_is_allowed",
                                          "test_no_authorised_channel_is_not_allowed", "test_another_zone_never_loosens")),
    (TestNit, "Nit", "validate", ("test_invalid_numbers",)),
]  # fmt: skip


def always(self: object, asked: object) -> object:
    if isinstance(asked, ContactRequest):
        return Decision(verdict=Verdict.ALLOW, rule="HOUR", rule_version=1, citation="Ley 2300 de 2023 art. 3")
    return IdentifierVerdict(valid=True, normal="1") if asked else IdentifierVerdict(valid=False, problem=Text("", ""))


@pytest.mark.parametrize(
    ("kit", "service", "method", "checks"), WRONG, ids=lambda value: getattr(value, "__name__", "")
)
def test_kit_sees_a_service_that_allows_everything(
    kit: type[Any], service: str, method: str, checks: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(getattr(law, service), method, always)
    for check in checks:
        with pytest.raises(AssertionError):
            getattr(kit(), check)()
