"""Files from creditors and what was found in them."""

from datetime import datetime

import strawberry

from core.mandates.kinds import FileKind
from core.permissions import Permission
from core.placements.kinds import BatchState, RowOutcome
from schema.kit.fields import Mapped, choice, column, computed, many, mapped, money, one, public_id
from schema.kit.money import Money
from schema.kit.node import Node, node
from schema.kit.scalars import JSON, BigInt
from schema.types.jobs import Job
from schema.types.mandates import Creditor, Mandate, Portfolio

strawberry.enum(BatchState, description="How far a file has come.")
strawberry.enum(RowOutcome, description="What became of a row that was not simply accepted.")


@mapped("placement_issue", "A row that was not simply accepted: where it stands and what is wrong with it.")
class PlacementIssue(Mapped):
    line: BigInt = column("line", "The line of the file; the header is line 1.")
    outcome: RowOutcome = choice("outcome", RowOutcome, "What became of the row.")
    code: str = column("code", "What is wrong, as a stable code (docs/agency.md).")
    given: str = column("given", "What stood there, cut at 200 letters.")
    reference: str = column("reference", "The creditor's reference in that row.")
    message: str = column("message", "What is wrong, in a sentence.")
    remedy: str = column("remedy", "What to do about it.")
    # The last one: from here on the name means the field.
    column: str = column("column", "The column at fault, as the creditor names it.")


@strawberry.type(description="How often an issue was found.")
class IssueCount:
    code: str = strawberry.field(description="What is wrong.")
    rows: BigInt = strawberry.field(description="In how many rows.")


@node("batch", "placement_batch", Permission.PLACEMENT_READ, "One file of a creditor, from upload to its end.")
class PlacementBatch(Mapped, Node):
    id: strawberry.ID = public_id("batch")
    kind: FileKind = choice("kind", FileKind, "What it brings.")
    state: BatchState = choice("state", BatchState, "How far it has come.")
    file_name: str = column("file_name", "The name it was uploaded under.")
    file_sha256: str = column("file_sha256", "Its hash, in hex.")
    file_size: BigInt = column("file_size", "In bytes.")
    encoding: str = column("encoding", "The encoding that was found.")
    rows_total: BigInt = column("rows_total", "Rows in the file, without header and trailer.")
    rows_accepted: BigInt = column("rows_accepted", "Rows that are, or in a dry run would be, accepted.")
    rows_duplicate: BigInt = column("rows_duplicate", "Rows that are there already.")
    rows_rejected: BigInt = column("rows_rejected", "Rows that cannot be used.")
    sum_total: Money = money("sum_total_minor", "The sum of all rows that have an amount.")
    sum_accepted: Money = money("sum_accepted_minor", "The sum of the accepted rows.")
    error_code: str | None = column("error_code", "Why the whole file was refused.")
    error_message: str | None = column("error_message", "The same in a sentence.")
    error_remedy: str | None = column("error_remedy", "What to do about it.")
    details: JSON = column("details", "The acknowledgement, and figures of the runs.")
    created_at: datetime = column("created_at", "When it was uploaded.")
    validated_at: datetime | None = column("validated_at", "When the dry run ended.")
    accepted_at: datetime | None = column("accepted_at", "When it was accepted.")
    issue_counts: list[IssueCount] = computed(
        ("issues_by_code",),
        lambda counts: [IssueCount(code=code, rows=BigInt(count)) for code, count in sorted(counts.items())],
        "How often each issue was found.",
    )

    creditor: Creditor | None = one("creditor_id", "Whose file it is.")
    mandate: Mandate | None = one("mandate_id", "The mandate it was given under.")
    portfolio: Portfolio | None = one("portfolio_id", "The portfolio its debts go to.")
    jobs: list[Job] = many(
        "subject_id",
        "t.created_at DESC, t.id DESC",
        "The jobs that work on it, newest first, with their progress. For the agency.",
        limit=20,
        requires=Permission.JOB_READ,
    )
