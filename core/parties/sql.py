"""The rules of `core/parties/rules.py` as SQL expressions, for files of hundreds of thousands of rows.

Everything here returns SQL text around expressions of the program; values and patterns go in through `Args`.
"""

from core.kit.pages import Args
from core.parties.kinds import IdentifierType
from core.parties.rules import EMAIL, FORMATS, MAX_EMAIL, SEPARATORS

# Weights of the NIT from the right, the check digit left out, and the check digit by remainder: as python-stdnum, which
# follows DIAN. Fifteen digits at most stand before it.
_NIT_WEIGHTS = (3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71)
_NIT_DIGITS = "01987654321"

DOCUMENTS = tuple(kind for kind in IdentifierType if kind is not IdentifierType.CUSTOMER)


def compact(kind: str, given: str, args: Args) -> str:
    """The compact form of the number `given` of the type `kind` (both SQL expressions)."""
    without = f"translate(upper({given}), {args.add(SEPARATORS)}::text, '')"
    return f"CASE WHEN {kind} = 'CUSTOMER' THEN btrim({given}) ELSE {without} END"


def wellformed(kind: str, number: str, args: Args) -> str:
    """Whether a compact number can be one of its type."""
    cases = " ".join(
        f"WHEN '{one.value}' THEN {number} ~ {args.add(f'^{FORMATS[one]}$')}::text" for one in IdentifierType
    )
    return f"CASE {kind} {cases} ELSE false END"


def verified(kind: str, number: str) -> str:
    """Whether the check digit of a well-formed compact number is right, or its type has none."""
    return f"CASE {kind} WHEN 'NIT' THEN {nit_is_right(number)} WHEN 'TAX_ID' THEN false ELSE true END"


def nit_is_right(number: str) -> str:
    """Whether the last digit of 8 to 16 digits is the check digit of those before it."""
    body = f"lpad(left({number}, -1), 15, '0')"
    products = (f"ascii(substr({body}, {15 - place}, 1)) * {weight}" for place, weight in enumerate(_NIT_WEIGHTS))
    # Each ascii() is 48 too much.
    total = f"({' + '.join(products)} - {48 * sum(_NIT_WEIGHTS)})"
    return f"(substr('{_NIT_DIGITS}', {total} % 11 + 1, 1) = right({number}, 1))"


def email(given: str, args: Args) -> str:
    """The address in lower case, NULL where its syntax is wrong."""
    lower = f"lower(btrim({given}))"
    fits = f"length({lower}) <= {MAX_EMAIL} AND {lower} ~ {args.add(f'^{EMAIL}$')}::text"
    return f"CASE WHEN {fits} THEN {lower} END"
