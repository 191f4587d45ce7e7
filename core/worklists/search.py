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
under the policies as ever. The time goes with what is found, not with what there is.
"""

from core.kit.errors import InvalidInput
from core.kit.filters import FieldType, FilterField

MIN_SEARCH, MAX_SEARCH = 2, 100


def check_length(text: str) -> None:
    """Raises: InvalidInput (SEARCH_LENGTH)."""
    if not MIN_SEARCH <= len(text.strip()) <= MAX_SEARCH:
        raise InvalidInput(
            f"A search has {MIN_SEARCH} to {MAX_SEARCH} characters.", code="SEARCH_LENGTH", field="search",
            remedy="Give a part of the reference, the name, the document or the phone.",
        )  # fmt: skip


def _field(function: str, words: str) -> FilterField:
    # Each pair is one look into the primary key of `debt`, whatever else is asked.
    found = f"(d.agency_id, d.id) IN (SELECT f.agency_id, f.id FROM {function}({{}}) f)"  # noqa: S608 - ours
    return FilterField("search", found, FieldType.SEARCH, words=words, check=check_length)


AGENCY_SEARCH = _field("search_debts", "search of reference, name, document and phone")
CREDITOR_SEARCH = _field("search_own_debts", "search of reference, name and document")
