"""The kits of rule packs, scorers and validators fail on every defect by the names of the right checks, and no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import ClassVar

import pytest
from hostile_kits import failing

from recobro_hostile import rules
from recobro_hostile.catalogue_of_rules import PACKS, SCORERS, VALIDATORS
from recobro_sdk import (
    ContactAction,
    ContactPurpose,
    ContactRequest,
    FurnishingRequest,
    Identifier,
    PartyRole,
    SubjectKind,
)
from recobro_sdk.testing import (
    IdentifierConformance,
    JurisdictionConformance,
    OperationConformance,
    ScorerConformance,
    some_debt,
)
from recobro_sdk.testing.plugin_checks import Conformance
from recobro_sdk.testing.seal import checks_of

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


class Packs(JurisdictionConformance):
    plugin = rules
    settings: ClassVar[Mapping[str, object]] = {}
    lawful = MONDAY_NOON
    unlawful = replace(MONDAY_NOON, at=datetime(2026, 3, 1, 17, 0, tzinfo=UTC))
    debt = some_debt()
    furnishing = FurnishingRequest(on=date(2026, 3, 2), debt=some_debt(), negative=True, is_authorised=True, notices=())


class Scorers(ScorerConformance):
    plugin = rules
    settings: ClassVar[Mapping[str, object]] = {}
    patience_s = 20.0


class Validators(IdentifierConformance):
    plugin = rules
    settings: ClassVar[Mapping[str, object]] = {}
    valid: ClassVar[list[Identifier]] = [
        Identifier("CO", "NIT", "900.123.456-8"),
        Identifier("CO", "NIT", "8600029644"),
    ]
    invalid: ClassVar[list[Identifier]] = [Identifier("CO", "NIT", "900.123.456-1"), Identifier("CO", "NIT", "9001")]


def test_every_offer_is_in_the_catalogue() -> None:
    assert {offer.code for offer in rules.recobro_jurisdictions()} == set(PACKS)
    assert {offer.code for offer in rules.recobro_scorers()} == set(SCORERS)
    assert {offer.code for offer in rules.recobro_identifier_validators()} == set(VALIDATORS)


@pytest.mark.parametrize("code", PACKS)
def test_kit_finds_the_defect_of_a_rule_pack_and_nothing_else(code: str) -> None:
    assert failing(Packs, code, honest=not PACKS[code]) == PACKS[code]


@pytest.mark.parametrize("code", SCORERS)
def test_kit_finds_the_defect_of_a_scorer_and_nothing_else(code: str) -> None:
    assert failing(Scorers, code, honest=not SCORERS[code]) == SCORERS[code]


@pytest.mark.parametrize("code", VALIDATORS)
def test_kit_finds_the_defect_of_a_validator_and_nothing_else(code: str) -> None:
    assert failing(Validators, code, honest=not VALIDATORS[code]) == VALIDATORS[code]


def test_every_check_of_rules_and_scores_finds_something() -> None:
    for kits, catalogue, shared in (
        ((Packs, Validators), {**PACKS, **VALIDATORS}, Conformance), ((Scorers,), SCORERS, OperationConformance)
    ):  # fmt: skip
        found = {name for names in catalogue.values() for name in names}
        every = {name for kit in kits for name in checks_of(kit)}
        assert every - set(checks_of(shared)) - found == set()
