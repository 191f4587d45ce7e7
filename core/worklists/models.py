# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""What is searched of debts."""

from uuid import UUID

from tortoise import fields

from core.kit.tables import Ix, Security, TableRules, TenantModel


class DebtSearch(TenantModel):
    """The reference, the debtor's name and document of the debt `id`, folded for search. Triggers on `debt` write it.

    A table of its own: every payment changes an indexed column of `debt`, and would write the fifty or so trigrams of
    the row anew.
    """

    creditor_id: UUID = fields.UUIDField()
    party_id: UUID = fields.UUIDField()
    text: str = fields.TextField()

    rules = TableRules(
        security=Security.AGENCY_SEARCHED,
        indexes=(Ix(("agency_id", "creditor_id", "text"), using="gin", ops=(("text", "gin_trgm_ops"),)),),
    )

    class Meta:
        table = "debt_search"
