"""How a bank writes its CSV: kept with the account, as CSV says nothing about itself."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.kit.errors import InvalidInput

DateFormat = Literal[
    "YYYY-MM-DD", "YYYY/MM/DD", "YYYY.MM.DD", "YYYYMMDD", "DD/MM/YYYY", "MM/DD/YYYY", "DD-MM-YYYY", "DD.MM.YYYY",
    "DD/MM/YY", "MM/DD/YY", "DD-MM-YY", "DD.MM.YY",
]  # fmt: skip
Column = Field(min_length=1, max_length=120)
Word = Annotated[str, Field(min_length=1, max_length=40)]


class CsvColumns(BaseModel):
    """The names of the columns, as the header writes them; their numbers from "1" where the file has none.

    Either `amount`, negative for money that went out, or `credit` with `debit`, or `amount` with the column of its
    `direction`. `currency`: of each line, which has to be the account's. `text`: all of these columns, in this order,
    are what the payer wrote.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    booked_on: str = Column
    amount: str | None = None
    credit: str | None = None
    debit: str | None = None
    direction: str | None = None
    currency: str | None = None
    value_on: str | None = None
    balance: str | None = None
    bank_reference: str | None = None
    end_to_end_id: str | None = None
    mandate_reference: str | None = None
    creditor_reference: str | None = None
    counterparty_name: str | None = None
    counterparty_account: str | None = None
    return_reason: str | None = None
    text: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_way_to_say_an_amount(self) -> "CsvColumns":
        if (self.amount is None) == (self.credit is None) or (self.credit is None) != (self.debit is None):
            raise ValueError("name either the column of the amount, or those of credit and debit")
        if self.direction is not None and self.amount is None:
            raise ValueError("a direction is that of the column amount")
        return self


class CsvLayout(BaseModel):
    """`skip_lines` stand before the header. Amounts may have thousands separated by what is not the `decimal` mark.

    `debit_words` and `credit_words` are what stands in the column of the direction, in whatever case.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: CsvColumns
    encoding: Literal["utf-8", "utf-16", "cp1252", "iso-8859-1"] = "utf-8"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    decimal: Literal[".", ","] = "."
    date_format: DateFormat = "YYYY-MM-DD"
    skip_lines: int = Field(default=0, ge=0, le=100)
    header: bool = True
    debit_words: Annotated[tuple[Word, ...], Field(max_length=20)] = ()
    credit_words: Annotated[tuple[Word, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _words_of_a_direction(self) -> "CsvLayout":
        debits, credits = ({word.casefold() for word in words} for words in (self.debit_words, self.credit_words))
        if (self.columns.direction is None) == bool(debits or credits) or bool(debits) != bool(credits):
            raise ValueError("the column of the direction goes with debit_words and credit_words")
        if debits & credits:
            raise ValueError("a word means either a debit or a credit")
        return self


def read_csv_layout(given: dict[str, Any]) -> CsvLayout:
    """Raises: InvalidInput (INVALID_LAYOUT), naming the part at fault."""
    try:
        return CsvLayout.model_validate(given)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(
            f"The layout does not fit at '{where or 'columns'}': {first['msg']}.", code="INVALID_LAYOUT",
            field="csv_layout", remedy="Name the columns as the header of the bank's file does.",
        ) from problem  # fmt: skip
