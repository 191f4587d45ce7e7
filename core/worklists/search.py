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

MIN_SEARCH, MAX_SEARCH = 2, 100
FEW = 2_000


def check_length(text: str) -> None:
    """Raises: InvalidInput (SEARCH_LENGTH)."""
    if not MIN_SEARCH <= len(text.strip()) <= MAX_SEARCH:
        raise InvalidInput(
            f"A search has {MIN_SEARCH} to {MAX_SEARCH} characters.", code="SEARCH_LENGTH", field="search",
            remedy="Give a part of the reference, the name, the document or the phone.",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Search:
    """How one audience searches. Both fields let the same debts through: `few` looks each match up by key, so its time
    goes with the matches; `many` asks of each debt, in the order of the list, whether it is one of them, and ends with
    the page. Nothing tells PostgreSQL how often a term is found, so `finds_many` asks first."""

    function: str
    few: FilterField
    many: FilterField

    async def finds_many(self, tx: Tx, text: str) -> bool:
        """Whether there are more than FEW matches."""
        check_length(text)
        counted = f"SELECT count(*) > {FEW} FROM {self.function}($1)"  # noqa: S608 - nothing of the caller's
        return bool(await tx.fetchval(counted, text))


def _search(function: str, key: str, words: str) -> Search:
    columns = ", ".join(f"f.{column}" for column in key.split(", "))
    mine = ", ".join(f"d.{column}" for column in key.split(", "))
    found = f"({mine}) IN (SELECT {columns} FROM {function}({{}}) f)"  # noqa: S608 - as above

    def field(sql: str) -> FilterField:
        return FilterField("search", sql, FieldType.SEARCH, words=words, check=check_length)

    # IS TRUE: no join, but a hash table that each row is looked up in.
    return Search(function, field(found), field(f"({found}) IS TRUE"))


AGENCY_SEARCH = _search("search_debts", "id", "search of reference, name, document and phone")
CREDITOR_SEARCH = _search("search_own_debts", "agency_id, id", "search of reference, name and document")
