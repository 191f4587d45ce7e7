"""The kits of what is added to the host fail on every defect by the names of the right checks, and on no other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from pydantic import SecretStr

from recobro_hostile import additions, silent_additions
from recobro_hostile.additions.declared import HostileScribbleInput
from recobro_hostile.catalogue import DECLARATIONS, EARS, EXTENSIONS, RECEIVERS
from recobro_hostile.notes import HostileMarkInput, HostileMarksInput
from recobro_sdk import JsonObject
from recobro_sdk.testing import (
    CallConformance,
    ExtensionConformance,
    FakeServer,
    ReceiverConformance,
    SubscriberConformance,
)
from recobro_sdk.testing.seal import NotWritten, checks_of
from recobro_sdk.testing.servers.base import Received

DOCUMENT = "1000000123"
_ONCE_FOR_ALL = {
    "test_imports_only_the_sdk",
    "test_import_works_alone",
    "test_import_is_fast",
    "test_import_has_no_side_effects",
    "test_never_names_float",
}


class NotesServer(FakeServer):
    """Takes every note."""

    def answer(self, request: Received) -> JsonObject:
        return {"number": self.number("N", request.body.decode())}


class Fields(ExtensionConformance):
    plugin = additions
    server = NotesServer
    patience_s = 20.0
    inputs: ClassVar[Mapping[str, Any]] = {
        "hostileMark": HostileMarkInput("debt_1", "asked to wait by Ana Peña"),
        "hostileMarked": HostileMarksInput("debt_1"),
        "hostileKeepMark": HostileMarkInput("debt_1", "by its verb"),
        "hostileScribble": HostileScribbleInput("debt_1"),
    }
    refused: ClassVar[Mapping[str, Any]] = {"hostileMark": HostileMarkInput("debt_1", " ")}
    personal = ("Ana Peña",)


class Calls(ReceiverConformance):
    plugin = additions
    server = NotesServer
    patience_s = 20.0
    secret = SecretStr(FakeServer.signing_secret)
    bodies = (b'{"marks": 3, "debtor": "1000000123"}',)
    personal = (DOCUMENT,)


NOTES = NotesServer().start()


class Ears(SubscriberConformance):
    plugin = additions
    # Not the kit's own: it would count each event of a batch as an effect of one key.
    settings: ClassVar[Mapping[str, object]] = NOTES.settings()
    events = SubscriberConformance.events[:3]
    patience_s = 20.0


class Silent(Fields):
    plugin = silent_additions


# Its calls are those of the honest one.
DECLARED = set(checks_of(ExtensionConformance)) - set(checks_of(CallConformance))
CASES = [
    (kit, code, set(checks_of(kit)) - _ONCE_FOR_ALL, found)
    for kit, codes in ((Fields, EXTENSIONS), (Calls, RECEIVERS), (Ears, EARS))
    for code, found in codes.items()
]
CASES += [(Fields, code, DECLARED, found) for code, found in DECLARATIONS.items()]
ELSEWHERE = frozenset(
    {
        # of a manifest, and of a careless test: below
        "test_contributions_are_declared", "test_every_input_is_given",
        # of calls under a key: those of the bureau
        "test_same_key_is_one_effect", "test_another_key_is_another_effect", "test_lost_answer_is_one_effect",
        "test_twenty_at_once",
    }
)  # fmt: skip


def failing(kind: Any, code: str, checks: set[str]) -> set[str]:
    kit: Any = kind()
    kind.offer_code = code
    found: set[str] = set()
    for name in sorted(checks - {"test_kit_is_whole"}):
        try:
            getattr(kit, name)()
        except NotWritten:
            continue
        except Exception:
            found.add(name)
    return found


def test_every_offer_is_in_the_catalogue() -> None:
    codes = [one.offer.code for one in additions.recobro_extensions()]
    assert len(codes) == len(set(codes))
    assert set(codes) == {*EXTENSIONS, *DECLARATIONS, *RECEIVERS}
    assert {offer.code for offer in additions.recobro_event_subscribers()} == set(EARS)


@pytest.mark.parametrize(
    ("kit", "code", "checks", "found"), CASES, ids=[f"{case[0].__name__}-{case[1]}" for case in CASES]
)
def test_kit_finds_the_defect_and_nothing_else(kit: Any, code: str, checks: set[str], found: frozenset[str]) -> None:
    assert failing(kit, code, checks) == found


def test_kit_finds_what_a_manifest_does_not_say() -> None:
    assert failing(Silent, "hostile_notes", DECLARED) == {"test_contributions_are_declared"}


def test_kit_finds_what_a_test_does_not_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fields, "inputs", {})
    assert failing(Fields, "hostile_notes", {"test_every_input_is_given"}) == {"test_every_input_is_given"}


def test_every_check_of_what_is_added_finds_something() -> None:
    generic = set(checks_of(SubscriberConformance)) & set(checks_of(ReceiverConformance))
    for kit, codes in ((Fields, {**EXTENSIONS, **DECLARATIONS}), (Calls, RECEIVERS), (Ears, EARS)):
        seen = {name for found in codes.values() for name in found}
        assert set(checks_of(kit)) - generic - seen - ELSEWHERE == set(), kit.__name__
