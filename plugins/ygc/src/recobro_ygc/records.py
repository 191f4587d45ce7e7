"""YGC files: which way a record goes, who is who in it, and its four common fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from recobro_sdk.layouts import Layout, Problem, Readable, Record, Reject, Value, parse_layout

PACKAGE: Final = "recobro_ygc"
RESOURCE: Final = "ygc.toml"

OUTBOUND: Final = frozenset(
    {"account", "debtor", "codebtors", "message_out", "direct_payment", "address_history", "payment_history"}
)
"""Records of the sender: code 29 and lower. All others come back from the receiver."""

_COMMON: Final = ("FILENO", "FORW_FILE", "MASCO_FILE", "FORW_ID", "FIRM_ID")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account that a record is about.

    `file_number` is the forwarder's, `creditor_account` the creditor's, `firm_file` the law firm's (empty until it has
    given one). `forwarder` may carry a portfolio after a point (`VAXX.CBANK`).
    """

    file_number: str
    creditor_account: str = ""
    firm_file: str = ""
    forwarder: str
    firm: str

    @property
    def network_id(self) -> str:
        """The forwarder without its portfolio."""
        return self.forwarder.partition(".")[0]

    @property
    def portfolio(self) -> str:
        """The forwarder's portfolio, or nothing."""
        return self.forwarder.partition(".")[2]


@cache
def layout() -> Layout:
    """The layout; made once."""
    return parse_layout(files(PACKAGE).joinpath(RESOURCE).read_text("utf-8"))


def read(source: Readable) -> Iterator[Record | Reject]:
    """The records of a file, one at a time, and what could not be read."""
    return layout().read(source)


def check(items: Iterable[Record | Reject]) -> Iterator[Problem]:
    """Everything that is wrong with them."""
    return layout().check(items)


def account_of(record: Record) -> Account:
    """The account of a record. The layout knows which id stands first in which direction."""
    text = {name: str(record.values.get(name) or "") for name in _COMMON}
    return Account(
        file_number=text["FILENO"],
        creditor_account=text["FORW_FILE"],
        firm_file=text["MASCO_FILE"],
        forwarder=text["FORW_ID"],
        firm=text["FIRM_ID"],
    )


def record(kind: str, account: Account, **fields: Value) -> Record:
    """A record of one type about an account, with the fields of its own by their names in the layout."""
    common: dict[str, Value] = {
        "FILENO": account.file_number,
        "FORW_FILE": account.creditor_account or None,
        "MASCO_FILE": account.firm_file or None,
        "FORW_ID": account.forwarder,
        "FIRM_ID": account.firm,
    }
    return Record(kind, {**common, **fields})


def wrong_way(items: Iterable[Record | Reject], *, outbound: bool) -> Iterator[Problem]:
    """The records of a file that go the other way: a file has one direction, and a mix is somebody's mistake."""
    for item in items:
        if isinstance(item, Record) and (item.type in OUTBOUND) is not outbound:
            why = "it goes the other way" + (": it comes from a law firm" if outbound else ": it goes to a law firm")
            yield Problem(item.number, item.type, "wrong_direction", why, "send it in a file of its own direction")
