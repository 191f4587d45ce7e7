"""What the sandbox bureau knows and takes: pure functions of a document or reference, so that a demonstration repeats
itself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from pydantic import JsonValue

from recobro_sdk import JsonObject

_CREDITORS: Final = (
    "Banco Andino Ficticio S.A.",
    "Financiera La Candelaria Ficticia",
    "Almacenes El Roble Ficticio S.A.S.",
    "Telefonía Páramo Ficticia S.A. E.S.P.",
    "Cooperativa Sabana Ficticia",
    "Libranzas del Caribe Ficticias S.A.S.",
)

# Days past due and the status that goes with them; repeated entries are likelier.
_ARREARS: Final = ((0, "current"), (0, "current"), (15, "past_due"), (45, "past_due"), (95, "past_due"))
_BAD_ARREARS: Final = ((120, "disputed"), (240, "charged_off"), (400, "charged_off"))

_REFUSED: Final = {
    "000": ("unknown_obligation", "reference", "Correct the number of the obligation."),
    "999": ("balance_disputed", "balance", "Ask the creditor for the balance, and correct it."),
}
_SMALLEST_MINOR: Final = 50_000_00
_LARGEST_MINOR: Final = 40_000_000_00


def digits_of(document_number: str) -> str:
    """The document without dots, spaces and hyphens, which people write or not."""
    return "".join(character for character in document_number if character.isalnum()).upper()


def is_known(document_number: str) -> bool:
    """Documents that end in 000 belong to nobody, so that "not found" can be shown."""
    return not digits_of(document_number).endswith("000")


def answer_for(document_type: str, document_number: str) -> JsonObject:
    """Score (150 to 950) and 0 to 5 obligations in COP minor units, without the document in it."""
    seed = f"{document_type.upper()}:{digits_of(document_number)}"
    count = _pick(seed, "count", 6)
    obligations: list[JsonValue] = [_obligation(seed, index) for index in range(count)]
    return {"score": 150 + _pick(seed, "score", 801), "obligations": obligations}


def decision_on(references: Sequence[str]) -> JsonObject:
    """How many records of a batch are taken, and why not the others: by how their references end.

    000 belongs to no obligation that the bureau knows; the balance of 999 is disputed.
    """
    rejects: list[JsonValue] = [
        {"reference": reference, "code": code, "field": field, "remedy": remedy}
        for reference in references
        for ending, (code, field, remedy) in _REFUSED.items()
        if reference.endswith(ending)
    ]
    return {"accepted": len(references) - len(rejects), "rejects": rejects}


def _obligation(seed: str, index: int) -> JsonObject:
    choices = (*_ARREARS, *_BAD_ARREARS)
    days, status = choices[_pick(seed, f"arrears-{index}", len(choices))]
    return {
        "creditor": _CREDITORS[_pick(seed, f"creditor-{index}", len(_CREDITORS))],
        "balance_minor_units": _SMALLEST_MINOR + _pick(seed, f"balance-{index}", _LARGEST_MINOR - _SMALLEST_MINOR + 1),
        "currency": "COP",
        "days_past_due": days,
        "status": status,
    }


def _pick(seed: str, label: str, choices: int) -> int:
    digest = hashlib.sha256(f"{seed}|{label}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % choices
