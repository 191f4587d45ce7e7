"""The debts of a creditor as a bureau is to know them today, and those that may not be reported, with the reason."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core.bureaus.furnishing_rules import MINIMUM_WAGES, Withheld, let_out, withheld
from core.bureaus.furnishing_sql import FURNISHABLE
from core.debts.kinds import ClosedReason, DebtStatus
from core.kit.db import Row, Tx
from core.kit.errors import InvalidInput
from core.kit.pages import reading
from core.kit.scope import Scope
from core.parties.kinds import PartyKind
from core.permissions import Permission
from recobro_sdk import (
    Consent,
    DisputeMark,
    FurnishedAddress,
    FurnishedParty,
    FurnishedStatus,
    FurnishingAction,
    FurnishingNotice,
    FurnishingRecord,
    Money,
    PartyLink,
    SubjectKind,
)

MOST_RECORDS = 10_000
"""As many as a batch of the SDK may have."""
_REMOVED = frozenset({"CO-BUR-04", "CO-BUR-05", "CO-BUR-06"})
_WAITS = frozenset({"CO-BUR-01", "CO-BUR-02"})
_OVER = {ClosedReason.PAID: FurnishedStatus.PAID, ClosedReason.SETTLED: FurnishedStatus.SETTLED,
         ClosedReason.WRITTEN_OFF: FurnishedStatus.CHARGED_OFF}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FurnishingAsked:
    """`provider` is the code of a furnisher's offer; `after` the last debt of the page before. `strict` wants 20 whole
    days between notice and report, so that the 21st is the first (CO-BUR-01)."""

    creditor_id: UUID
    provider: str
    after: UUID | None = None
    first: int = 1_000
    strict: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Furnishable:
    """`records` may go out today, `withheld` may not. `last` is the debt that the next page comes after; None where
    there is no further one."""

    records: tuple[FurnishingRecord, ...]
    withheld: tuple[Withheld, ...]
    last: UUID | None


async def furnishing_records(scope: Scope, asked: FurnishingAsked, *, tx: Tx | None = None) -> Furnishable:
    """What is in arrears, or was reported to this bureau before, by debt; one statement for a whole page.

    The day of the first negative report and the day of default are those that were written down with the first report
    (`negative_report`): a payment, a recall or another placement does not re-age them. What was reported and has to go,
    by its permanence (CO-BUR-04, -05) or for want of an authorisation (CO-BUR-06), is a record that deletes.

    Raises: Forbidden (also for a creditor); InvalidInput (TOO_MANY_RECORDS).
    Legal source: Ley 1266 de 2008 arts. 6, 12 and 13, with Ley 2157 de 2021 (CO-BUR-01 to -06, -09).
    """
    scope.require(Permission.BUREAU_FURNISH)
    if not 1 <= asked.first <= MOST_RECORDS:
        raise InvalidInput(
            f"A page has 1 to {MOST_RECORDS} debts.", code="TOO_MANY_RECORDS", field="first", remedy="Ask for fewer."
        )
    wages = [wage * 100 for wage in MINIMUM_WAGES.values()]
    async with reading(scope, tx) as open_tx:
        rows = await open_tx.fetch(
            FURNISHABLE, scope.agency, asked.creditor_id, asked.provider, open_tx.now, asked.after, asked.first,
            list(MINIMUM_WAGES), wages, int(asked.strict),
        )  # fmt: skip
    going = [_goes(row) for row in rows]
    return Furnishable(
        records=tuple(_record(row) for row, goes in zip(rows, going, strict=True) if goes),
        withheld=tuple(
            withheld(row["id"], row["reference"], row["rule"], row["from_day"] if row["rule"] in _WAITS else None)
            for row, goes in zip(rows, going, strict=True)
            if not goes
        ),
        last=rows[-1]["id"] if len(rows) == asked.first else None,
    )


def _goes(row: Row) -> bool:
    if row["rule"] in ("NO_RULES", "NO_DOCUMENT"):
        return False
    return row["goes"] or (row["rule"] == "CO-BUR-01" and row["waited"])


def _record(row: Row) -> FurnishingRecord:
    removed = row["rule"] in _REMOVED
    status = _status(row)
    overdue = row["status"] == DebtStatus.ACTIVE and row["past_due"] > 0
    first: date | None = row["first_negative_on"]
    inputs: dict[str, Any] = {
        "day": row["today"].isoformat(),
        "defaulted_on": row["defaulted_on"].isoformat(),
        "first_negative_on": first.isoformat() if first else None,
        "notices": [notice["sent_at"] for notice in row["notices"]],
    }
    return FurnishingRecord(
        reference=row["reference"],
        action=FurnishingAction.DELETE if removed else FurnishingAction.REPORT,
        as_of=row["today"],
        creditor=row["creditor_name"],
        original_creditor=str(row["attributes"].get("original_creditor") or row["creditor_name"]),
        product=row["product"],
        parties=(_party(row),),
        opened_on=row["opened_on"],
        closed_on=row["closed_on"],
        status=status,
        days_past_due=(row["today"] - row["due_on"]).days if overdue else 0,
        original=Money(row["placed_minor"], row["currency"]),
        balance=Money(row["balance_minor"], row["currency"]),
        past_due=Money(row["past_due"] if overdue else 0, row["currency"]),
        charged_off=_charged_off(row, status),
        last_paid_on=row["last_payment_on"],
        defaulted_on=row["defaulted_on"],
        first_negative_on=first,
        dispute=DisputeMark.CLAIM_PENDING if row["disputed"] else DisputeMark.NONE,
        consent=_consent(row["consent"]),
        notices=tuple(_notice(one) for one in row["notices"]),
        gate=let_out(row["rule"], inputs),
    )


def _status(row: Row) -> FurnishedStatus:
    if row["status"] == DebtStatus.CLOSED:
        return _OVER.get(ClosedReason(row["closed_reason"]), FurnishedStatus.CLOSED)
    if row["charged_off_on"] is not None:
        return FurnishedStatus.CHARGED_OFF
    return FurnishedStatus.IN_COLLECTION if row["past_due"] > 0 else FurnishedStatus.CURRENT


def _charged_off(row: Row, status: FurnishedStatus) -> Money | None:
    if status is not FurnishedStatus.CHARGED_OFF:
        return None
    return Money(row["written_off_minor"] or row["balance_minor"], row["currency"])


def _party(row: Row) -> FurnishedParty:
    """The debtor. A creditor may give the parts of a name (`given_names`, `surnames`); else all of it is the surname:
    where one ends and the other begins is not to be guessed."""
    natural, given = row["kind"] == PartyKind.NATURAL, row["attributes"]
    parted = natural and bool(given.get("surnames"))
    address = None
    if row["lines"] is not None:
        address = FurnishedAddress(
            lines=(row["lines"],), city=row["city"], region=row["region"], postal_code=row["postal_code"],
            country=row["country"],
        )  # fmt: skip
    return FurnishedParty(
        link=PartyLink.PRIMARY,
        kind=SubjectKind.NATURAL if natural else SubjectKind.LEGAL,
        document_type=row["document_type"],
        document_number=row["document_number"],
        country=row["document_country"],
        given_names=str(given.get("given_names", "")) if parted else "",
        surnames=str(given["surnames"]) if parted else row["name"] if natural else "",
        name="" if natural else row["name"],
        born_on=row["birth_date"],
        phone=row["phone"],
        email=row["email"],
        address=address,
    )


def _notice(given: dict[str, Any]) -> FurnishingNotice:
    sent_at = datetime.fromisoformat(given["sent_at"])
    return FurnishingNotice(sent_at=sent_at, medium=given["medium"], proof=given["proof"])


def _consent(given: dict[str, Any] | None) -> Consent | None:
    if given is None:
        return None
    return Consent(
        reference=given["reference"],
        granted_at=datetime.fromisoformat(given["granted_at"]),
        medium=given["medium"],
        text_version=given["text_version"],
    )
