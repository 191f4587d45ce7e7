"""What people know of a case and the books do not: the answers to a channel's checklist."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.kit.errors import InvalidInput
from recobro_sdk import CaseDocument, Guarantee, ProcessType

MAX_DOCUMENTS = 100
MAX_STATEMENTS = 50
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """`time_bar_on` is the last day to sue where it is known better than by the plain term; rates are effective annual
    percentages (`Decimal("28.17")`); `statements` follow the facts that the books tell, in the court's language."""

    process: ProcessType = ProcessType.EXECUTIVE
    guarantee: Guarantee = Guarantee.NONE
    time_bar_on: date | None = None
    agreed_rate: Decimal | None = None
    rate_cap: Decimal | None = None
    signed_in_blank: bool = True
    documents: tuple[CaseDocument, ...] = ()
    statements: tuple[str, ...] = ()


def check_facts(facts: CaseFacts) -> CaseFacts:
    """Raises: InvalidInput (INVALID_TEXT, INVALID_RATE, INVALID_HASH, TOO_MANY)."""
    if len(facts.documents) > MAX_DOCUMENTS or len(facts.statements) > MAX_STATEMENTS:
        raise InvalidInput(
            f"A case has at most {MAX_DOCUMENTS} documents and {MAX_STATEMENTS} statements.", code="TOO_MANY",
            field="facts", remedy="Join some of them.",
        )  # fmt: skip
    for index, document in enumerate(facts.documents):
        if not 1 <= len(document.reference.strip()) <= 200 or "\0" in document.reference:
            raise _text(f"facts.documents.{index}.reference", 200)
        if document.sha256 is not None and not _SHA256.fullmatch(document.sha256):
            raise InvalidInput(
                "This is no SHA-256.", code="INVALID_HASH", field=f"facts.documents.{index}.sha256",
                remedy="Give 64 hexadecimal digits, or nothing.",
            )  # fmt: skip
    for index, statement in enumerate(facts.statements):
        if not 1 <= len(statement.strip()) <= 2000 or "\0" in statement:
            raise _text(f"facts.statements.{index}", 2000)
    for name, rate in (("agreed_rate", facts.agreed_rate), ("rate_cap", facts.rate_cap)):
        if rate is not None and not (rate.is_finite() and 0 <= rate < 1000):
            raise InvalidInput(
                "A rate is an effective annual percentage from 0 to below 1000.", code="INVALID_RATE",
                field=f"facts.{name}", remedy="Give for example 28.17.",
            )  # fmt: skip
    return facts


def _text(field: str, most: int) -> InvalidInput:
    return InvalidInput(f"This needs 1 to {most} characters.", code="INVALID_TEXT", field=field, remedy="Shorten it.")
