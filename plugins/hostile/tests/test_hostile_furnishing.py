"""The kit of furnishers fails on every lie about what a bureau took by the names of the right checks, and on no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from recobro_hostile import furnishing
from recobro_hostile.catalogue import FURNISHERS
from recobro_hostile.furnishing.readers import answer_file
from recobro_sdk import Artifact, FurnishingBatch, Submission
from recobro_sdk.testing import FakeBureauServer, FurnishingConformance, furnishing_batch, furnishing_record
from recobro_sdk.testing.seal import checks_of

_OF_THE_SOURCE = {
    "test_imports_only_the_sdk",
    "test_import_works_alone",
    "test_import_is_fast",
    "test_import_has_no_side_effects",
    "test_never_names_float",
}


class Kit(FurnishingConformance):
    plugin = furnishing
    server = FakeBureauServer
    faulty = furnishing_batch(furnishing_record(parties=(replace(furnishing_record().primary, address=None),)))
    partly = furnishing_batch(furnishing_record(), furnishing_record("OBL-2000"), furnishing_record("OBL-3"))
    refused = frozenset({"OBL-2000"})

    def answer_file(self, batch: FurnishingBatch, submission: Submission, refused: frozenset[str]) -> Artifact:
        content = answer_file(submission.number, len(batch.records), sorted(refused))
        return Artifact(name="answer.txt", media_type="text/plain", content=content)


def failing(code: str, checks: set[str]) -> set[str]:
    kit: Any = Kit()
    Kit.offer_code = code
    found: set[str] = set()
    for name in sorted(checks - {"test_kit_is_whole"}):
        try:
            getattr(kit, name)()
        except Exception:
            found.add(name)
    return found


def test_every_offer_is_in_the_catalogue() -> None:
    assert {offer.code for offer in furnishing.recobro_bureau_furnishers()} == set(FURNISHERS)


@pytest.mark.parametrize("code", FURNISHERS)
def test_kit_finds_the_lie_and_nothing_else(code: str) -> None:
    # What is read from the source is the same for all of them, and is looked at with the first.
    over = set[str]() if code == "hostile_teller" else _OF_THE_SOURCE
    assert failing(code, set(checks_of(Kit)) - over) == FURNISHERS[code]


def test_who_has_not_decided_yet_is_pending_and_no_refusals_are_asked_for() -> None:
    kit = Kit()
    Kit.offer_code = "hostile_teller"
    server = kit.fake()
    assert isinstance(server, FakeBureauServer)
    server.decides = False
    try:
        kit.test_acknowledgement_is_of_the_batch()
        kit.test_acknowledgement_stays()
        with pytest.raises(AssertionError, match="not told"):
            kit.test_refused_records_are_told()
    finally:
        server.decides = True


def test_a_kit_without_a_file_of_the_bureau_s_says_so() -> None:
    class Without(FurnishingConformance):
        plugin = furnishing
        offer_code = "hostile_reader"
        server = FakeBureauServer

    for name in ("test_acknowledgement_file_is_read", "test_foreign_file_is_refused"):
        with pytest.raises(AssertionError, match="override `answer_file`"):
            getattr(Without(), name)()


def test_a_kit_that_names_half_of_what_is_refused_says_so() -> None:
    class Half(FurnishingConformance):
        plugin = furnishing
        offer_code = "hostile_teller"
        server = FakeBureauServer
        refused = frozenset({"OBL-2000"})

    with pytest.raises(AssertionError, match="partly"):
        Half().test_refused_records_are_told()
