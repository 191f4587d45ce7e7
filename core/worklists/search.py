"""The search box: debts by a part of the reference, the debtor's name, document or phone.

Every word must be found, in any order; one of three characters or more anywhere, a shorter one at the beginning of a
word. Case, accents and punctuation do not count, nor how a number is grouped: "perez" finds "PÉREZ", "12.345.678" finds
"12345678", "300 123 4567" finds "+573001234567". Digits alone are one number. `%` and `_` mean themselves.

An agency searches the reference, name and document of its debts, and the phones and identifiers of their debtors: words
with a digit and three characters or more are looked for there too (a customer number as its creditor writes it). A
creditor searches what it placed: reference, name and document.

Under row-level security LIKE is a condition on rows, never on an index (it is not leakproof): every debt of the agency
would be read. So the functions `search_debts` and `search_own_debts` (migration 0004) belong to a role for which the
policies hide nothing, take the tenant from the settings that the policies read, and return ids only; the rows are read
under the policies as ever.
"""

from dataclasses import dataclass

from core.kit.db import Tx
from core.kit.errors import InvalidInput
from core.kit.filters import FieldType, FilterField
from core.kit.pages import Args, fetch_once
from core.kit.scope import Scope

MIN_SEARCH, MAX_SEARCH = 2, 100
FEW = 1_000


def check_length(text: str) -> None:
    """Raises: InvalidInput (SEARCH_LENGTH)."""
    if not MIN_SEARCH <= len(text.strip()) <= MAX_SEARCH:
        raise InvalidInput(
            f"A search has {MIN_SEARCH} to {MAX_SEARCH} characters.", code="SEARCH_LENGTH", field="search",
            remedy="Give a part of the reference, the name, the document or the phone.",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Search:
    """How one audience searches. `found` is the condition on `d` that a debt is found, with `{}` for the text."""

    function: str
    found: str
    words: str

    @property
    def field(self) -> FilterField:
        """For trees of the filter language: `{"field": "search", "op": "finds", "value": "perez"}`."""
        return FilterField("search", self.found, FieldType.SEARCH, words=self.words, check=check_length)

    async def narrowed(self, scope: Scope, tx: Tx | None, text: str, args: Args) -> str:
        """What to read instead of `debt`: the debts that are found, in the way that suits how many they are, which
        nothing tells PostgreSQL beforehand.

        Few matches are looked up by key: the time goes with them. Of many, each debt is asked in the order of the list
        whether it is one of them (IS TRUE: a hash table, no join), and that ends with the page.
        """
        looked_up = f"SELECT agency_id, id FROM {self.function}($1) LIMIT {FEW + 1}"  # noqa: S608 - nothing of callers'
        rows = await fetch_once(scope, tx, looked_up, text)
        if len(rows) > FEW:
            return f"(SELECT * FROM debt d WHERE ({self.found.format(f'{args.add(text)}::text')}) IS TRUE)"  # noqa: S608
        # OFFSET 0: the key is the only way in. Without statistics, as of a table just filled, another index of the
        # agency's debts, in the order of the list, would seem as good.
        agencies, debts = list({row["agency_id"] for row in rows}), [row["id"] for row in rows]
        one = len(agencies) == 1
        agency = f"= {args.add(agencies[0])}::uuid" if one else f"= ANY ({args.add(agencies)}::uuid[])"
        keys = f"agency_id {agency} AND id = ANY ({args.add(debts)}::uuid[])"
        return f"(SELECT * FROM debt WHERE {keys} OFFSET 0)"  # noqa: S608 - as above


AGENCY_SEARCH = Search(
    "search_debts",
    "d.id IN (SELECT f.id FROM search_debts({}) f)",
    "search of reference, name, document and phone",
)
CREDITOR_SEARCH = Search(
    "search_own_debts",
    "(d.agency_id, d.id) IN (SELECT f.agency_id, f.id FROM search_own_debts({}) f)",
    "search of reference, name and document",
)
