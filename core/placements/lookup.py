"""Debts by the creditor's reference: one look-up in an index for each row, whatever the planner believes."""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

REFERENCES = "SELECT DISTINCT reference FROM entry WHERE reference IS NOT NULL ORDER BY reference"


def debt_of(reference: str, *, lock: bool) -> str:
    """SELECT of the debt with a reference (SQL). `$1` is the agency, `$2` the creditor; `lock` holds it as
    `core.debts.lock` does, in the order of references.

    The creditor is compared in a way that no index serves: on a table without statistics the planner would take the
      index
    of a creditor's debts, and walk all of them for each row.
    """
    held = " FOR NO KEY UPDATE OF d" if lock else ""
    return (
        "SELECT d.* FROM debt d WHERE d.agency_id = $1 AND (d.creditor_id = $2) IS TRUE "
        f"AND d.reference = {reference} LIMIT 1{held}"
    )
