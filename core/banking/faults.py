"""What refuses a bank file whole: each fault with its code, where it stands and what to do. The file itself is kept."""

from collections.abc import Iterable, Iterator

from core.kit.errors import DomainError, InvalidInput
from core.kit.money import Money


class StatementFault(DomainError):
    """The file can not be used as it stands: it becomes REJECTED with this code, message and remedy."""

    code = "STATEMENT_UNUSABLE"


def fault(code: str, message: str, remedy: str) -> StatementFault:
    return StatementFault(message, code=code, field="file", remedy=remedy)


def at_line(line: int | None) -> str:
    return f" (line {line})" if line else ""


def line_numbers(data: bytes, places: Iterable[int], first: int = 1) -> Iterator[int]:
    """The line of each place, in rising order. `first`: the number of the line in which the data begins."""
    before = 0
    for place in places:
        first += data.count(b"\n", before, place)
        before = place
        yield first


def read_amount(text: str, currency: str, line: int | None = None) -> Money:
    """An amount as the bank wrote it. Raises: StatementFault (UNKNOWN_CURRENCY, AMOUNT_TOO_PRECISE, INVALID_AMOUNT)."""
    whole, _, fraction = text.strip().partition(".")
    # Zeros behind the minor unit say nothing; banks pad with them.
    plain = f"{whole or '0'}.{fraction.rstrip('0')}".rstrip(".")
    try:
        return Money.parse(plain, currency)
    except InvalidInput as problem:
        code = problem.code
        if code == "INVALID_AMOUNT" and plain.lstrip("+-").replace(".", "", 1).isdecimal():
            code = "AMOUNT_TOO_PRECISE"
        raise fault(
            code, f"{problem.message}{at_line(line)}", "Ask the bank for the statement again; nothing of it was posted."
        ) from problem


def incomplete(what: str, line: int | None) -> StatementFault:
    return fault(
        "ENTRY_INCOMPLETE",
        f"An entry has no {what}{at_line(line)}.",
        "Ask the bank for the statement again; nothing of it was posted.",
    )


def no_statement() -> StatementFault:
    return fault(
        "NO_STATEMENT", "There is no statement in this file.", "Check that it is the whole file, as the bank gave it."
    )
