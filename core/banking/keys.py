"""How an entry is known when the bank tells it again: in the next file, in another format, in a report before it."""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256

import orjson

from core.banking.statement import BankEntry, BankStatement


def keyed(statement: BankStatement) -> Iterator[tuple[str, BankEntry]]:
    """The booked entries with their keys.

    A key is made of the bank's reference, day, amount and direction; without a reference, of all that the line says.
    Lines that are the same in this are told apart by counting them within the statement.
    """
    seen = Counter[str]()
    for entry in statement.booked:
        what = [entry.booked_on, entry.signed_minor, entry.reversal]
        if entry.bank_reference:
            base = _digest([entry.bank_reference, *what])
        else:
            said = [
                [
                    part.amount.minor_units, part.end_to_end_id, part.mandate_reference, part.creditor_reference,
                    part.text, part.counterparty_name, part.counterparty_account, part.return_reason,
                ]
                for part in entry.parts
            ]  # fmt: skip
            base = _digest([entry.value_on, said, *what])
        yield f"{base}:{seen[base]}", entry
        seen[base] += 1


def statement_digest(statement: BankStatement, keys: list[str]) -> str:
    """The same for a statement that is told twice, whatever file it is in."""
    balances = [balance.minor_units if balance else None for balance in (statement.opening, statement.closing)]
    said = [statement.reference, statement.from_on, statement.to_on, balances, keys]
    return sha256(orjson.dumps(said)).hexdigest()


def _digest(said: list[object]) -> str:
    return sha256(orjson.dumps(said)).hexdigest()[:40]
