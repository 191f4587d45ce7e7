"""Inquiries at credit bureaus, and batches of debts that they were told of. Plugins answer inquiries in their own
words, which stand in `report`."""

from datetime import date, datetime

import strawberry

from core.bureaus.kinds import FurnishingAnswer, FurnishingState, InquiryState
from core.kit import ids
from core.kit.pages import Key, KeyType, Order
from core.permissions import Permission
from schema.kit.fields import Mapped, choice, column, computed, many, mapped, one, pages, public_id
from schema.kit.node import Node, node
from schema.kit.pages import Connection
from schema.kit.scalars import JSON, BigInt
from schema.types.mandates import Creditor

strawberry.enum(InquiryState, description="What became of an inquiry.")
strawberry.enum(FurnishingState, description="What became of a batch that a bureau is told.")
strawberry.enum(
    FurnishingAnswer,
    description="What a bureau made of the records of a batch. AWAITED: it is asked, or its file is to be uploaded. "
    "SILENT: it was asked for two weeks in vain.",
)


@node(
    "inquiry",
    "bureau_inquiry",
    Permission.BUREAU_READ,
    "Who asked a bureau about whom, why, by which consent; and the answer.",
)
class BureauInquiry(Mapped, Node):
    id: strawberry.ID = public_id("inquiry")
    provider: str = column("provider", "The code of the plugin's offer.")
    purpose: str = column("purpose", "The permissible purpose that was given.")
    consent_reference: str = column("consent_reference", "The consent that was given as proof.")
    requested_by: str = column("requested_by", "Who asked.")
    requested_at: datetime = column("requested_at", "When.")
    state: InquiryState = choice("state", InquiryState, "What became of it.")
    score: int | None = column("score", "The score, where the bureau gave one.")
    report: JSON | None = column("report", "The bureau's answer.")
    error_code: str | None = column("error_code", "Why there is no answer.")
    answered_at: datetime | None = column("answered_at", "When it answered.")
    answered_from_id: strawberry.ID | None = public_id(
        "inquiry", "answered_from_id", "The inquiry whose answer was used again, instead of asking the bureau."
    )
    debt_id: strawberry.ID = public_id("debt", "debt_id", "The debt that it was for.")
    party_id: strawberry.ID = public_id("party", "party_id", "Whom it was about.")


@mapped(
    "furnishing_file",
    "A file of a batch, as it was sent or has to be carried to the bureau, or as the bureau answered with it.",
)
class FurnishingFile(Mapped):
    name: str = column("name", "Its file name.")
    media_type: str = column("media_type", "Its media type.")
    size: BigInt = column("file_size", "In bytes.")
    sha256: str = column("file_sha256", "Its hash, in hex.")
    from_bureau: bool = column("from_bureau", "Whether it is the bureau's answer.")
    url: str = computed(
        ("id",), lambda key: f"/files/{ids.encode('furnishingfile', key)}", "Where to download it, with the token."
    )


@mapped("furnishing_withheld", "A debt that a batch left out.")
class FurnishingWithheld(Mapped):
    debt_id: strawberry.ID = public_id("debt", "debt_id", "The debt.")
    rule: str = column("rule", "The rule that keeps it back: `CO-BUR-01`, or the code of what the bureau would refuse.")
    from_day: date | None = column("from_day", "From which day on it may be reported, where it only has to wait.")
    remedy: str = column("remedy", "What to do.")


@mapped("furnishing_reject", "A debt that the bureau did not take: it counts as not told, and the next batch tells it.")
class FurnishingReject(Mapped):
    debt_id: strawberry.ID = public_id("debt", "debt_id", "The debt.")
    code: str = column("code", "The bureau's code, or `not_received` where it never got the batch.")
    field: str = column("field", "What of the record is at fault; empty where it is nothing of it.")
    remedy: str = column("remedy", "What to do.")


@node(
    "furnishing",
    "furnishing_batch",
    Permission.BUREAU_READ,
    "Debts of a creditor that a bureau was told of at once, and those that were left out.",
)
class FurnishingBatch(Mapped, Node):
    id: strawberry.ID = public_id("furnishing")
    furnisher: str = column("provider", "The code of the plugin's offer.")
    subscriber: str = column("subscriber", "The agency's number at the bureau.")
    number: int = column("number", "Which batch of the creditor it is within its job, from 1.")
    as_of: date = column("as_of", "The day on which the debts stand so, in the agency's zone.")
    records: int = column("records", "How many debts it tells of.")
    withheld_count: int = column("withheld", "How many debts were left out.")
    withheld_by_rule: JSON = column("withheld_by_rule", 'The same by rule: `{"CO-BUR-01": 3}`.')
    state: FurnishingState = choice("state", FurnishingState, "What became of it.")
    receipt: str | None = column("receipt", "The bureau's number of the submission.")
    error_code: str | None = column(
        "error_code", "Why it was not submitted, or not yet; or why there is no answer yet."
    )
    requested_by: str = column("requested_by", "Who asked for it.")
    prepared_at: datetime = column("prepared_at", "When it was made.")
    settled_at: datetime | None = column("settled_at", "When its outcome was known.")
    job_id: strawberry.ID = public_id("job", "job_id", "The job that made it.")
    answer: FurnishingAnswer | None = choice(
        "answer", FurnishingAnswer, "What the bureau says of its records; null where no answer is expected."
    )
    accepted_count: int | None = column("accepted", "How many records the bureau took, once it has decided.")
    rejected_count: int | None = column("rejected", "How many it did not take.")
    answered_at: datetime | None = column("answered_at", "When it had decided.")

    creditor: Creditor | None = one("creditor_id", "Whose debts they are.")
    files: list[FurnishingFile] = many(
        "batch_id",
        "t.from_bureau, t.name",
        "Its files, once it is submitted, and the bureau's, once it has answered with one.",
    )
    withheld: Connection[FurnishingWithheld] = pages(
        "batch_id", Order("furnishing-withheld", (Key("t.debt_id", KeyType.UUID),)), "The debts that were left out."
    )
    rejects: Connection[FurnishingReject] = pages(
        "batch_id", Order("furnishing-rejects", (Key("t.debt_id", KeyType.UUID),)), "The debts that it did not take."
    )
