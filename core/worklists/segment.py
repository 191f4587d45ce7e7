"""The debts of a segment, as a worklist reads them.

How many they are is stored with the segment, and nothing else tells PostgreSQL: statements are planned for every
segment alike. Few are looked up by key: the time goes with them. Of many, each debt is asked in the order of the list
whether it is one of them, and that ends with the page; who counts them all joins. Of 100,000 debts a page then takes
0.2 to 0.4 ms of any segment; planned without knowing, 70 ms of 20 members, and 110 ms of 100,000 just found.
"""

from uuid import UUID

from core.kit.db import Tx
from core.kit.pages import Args, fetch_once
from core.kit.scope import Scope
from core.worklists.fields import IN_SEGMENT

FEW = 1_000


async def narrowed(scope: Scope, tx: Tx | None, segment_id: UUID, args: Args) -> tuple[str, str]:
    """What to read instead of `debt`: for a page, and for all. A segment that is not the agency's has nobody in it."""
    # ruff: noqa: S608 - nothing of callers'
    found = await fetch_once(
        scope, tx, "SELECT members FROM segment WHERE agency_id = $1 AND id = $2", scope.agency, segment_id
    )
    place = f"{args.add(segment_id)}::uuid"
    if found and found[0]["members"] > FEW:
        inside = IN_SEGMENT.format(place)
        # OFFSET 0: debt by debt, no join.
        ways = (f"{inside} OFFSET 0", inside)
        page, whole = [f"(SELECT * FROM debt d WHERE EXISTS ({way}))" for way in ways]
        return page, whole
    # OFFSET 0: the key is the only way in.
    agency = f"{args.add(scope.agency)}::uuid"
    members = f"SELECT debt_id FROM segment_member WHERE agency_id = {agency} AND segment_id = {place}"
    keyed = f"(SELECT * FROM debt WHERE agency_id = {agency} AND id = ANY (ARRAY({members})) OFFSET 0)"
    return keyed, keyed
