"""`noticeRecord`."""

from datetime import datetime

import strawberry

from core.bureaus.record_notice import RecordNotice, record_notice
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.debts import Debt


@strawberry.input(description="That a debtor was told that a debt will be reported (Ley 1266 de 2008 art. 12).")
class NoticeRecordInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt.")
    sent_at: datetime = strawberry.field(description="When it was sent.")
    medium: str = strawberry.field(description="How: `letter`, `email`.")
    proof: str = strawberry.field(description="Where the proof of sending is kept.")


@strawberry.type(description="The debt of the notice.")
class NoticeRecordPayload(Payload):
    debt: Debt | None = strawberry.field(default=None, description="The debt.")
    recorded: bool = strawberry.field(default=False, description="False where this notice was recorded before.")


@mutation(Permission.BUREAU_FURNISH)
async def notice_record(info: Info, input: NoticeRecordInput) -> NoticeRecordPayload:
    """Keep a prior notice with its proof: without one, a debt is not reported to a bureau.

    Error codes: NOT_FOUND; SENT_AT; INVALID_TEXT; DEBT_CLOSED.
    """
    debt_id = ids.decode("debt", input.debt_id, field="debtId")
    given = RecordNotice(debt_id=debt_id, sent_at=input.sent_at, medium=input.medium, proof=input.proof)
    recorded = await record_notice(info.context.scope, given)
    return NoticeRecordPayload(debt=await loaded(info, Debt, debt_id), recorded=recorded)
