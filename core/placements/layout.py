"""How a creditor's file reads: its format, and which of its columns means what. Stored as JSON, checked when it is
saved.

A source is the name of a column, or an object: `{"column": "Due", "format": "M/D/YYYY", "values": {"Yes": "true"}}`, or
`{"constant": "NIT"}`. Examples: docs/examples/.
"""

import codecs
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from core.kit.errors import InvalidInput
from core.mandates.kinds import FileKind
from core.mandates.terms import ComponentKind
from core.placements.dates import DateFormat

ENCODINGS = (
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "ascii", "cp1252", "iso8859-1", "iso8859-15", "cp850",
    "cp437", "cp858", "mac-roman", "cp1250", "cp1251", "iso8859-2",
)  # fmt: skip
MAX_COLUMNS = 400

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True, pattern=r"^[^\x00]*$")]


def _encoding(value: str) -> str:
    if value == "auto":
        return value
    try:
        found = codecs.lookup(value).name
    except LookupError as problem:
        raise ValueError(f"'{value[:40]}' is no encoding; give one of: auto, {', '.join(ENCODINGS)}") from problem
    if found not in ENCODINGS:
        raise ValueError(f"'{value[:40]}' is not supported; give one of: auto, {', '.join(ENCODINGS)}")
    return found


def _notation(value: str) -> str:
    return DateFormat.parse(value).notation


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Source(_Strict):
    """Where a value comes from: a column or a constant. `values` translates what the creditor writes, whatever its
    case."""

    column: Name | None = None
    constant: Name | None = None
    values: dict[Name, Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]] | None = None
    required: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_of_both(self) -> "Source":
        if (self.column is None) == (self.constant is None):
            raise ValueError("give either a column or a constant")
        return self


class DateSource(Source):
    """A date; `format` where it differs from the file's `dates`."""

    format: Annotated[str, BeforeValidator(_notation)] | None = None


class Component(Source):
    """An amount of one component kind; `due_on` where each has a due date of its own."""

    kind: Annotated[ComponentKind, Field(strict=False)]
    due_on: DateSource | None = None


class Address(_Strict):
    lines: Annotated[list[Source], Field(min_length=1, max_length=4)]
    city: Source | None = None
    region: Source | None = None
    postal_code: Source | None = None


class Trailer(_Strict):
    """A last line with control totals: its first value is `marker`; the others by position, counted from 1."""

    marker: Name
    rows: Annotated[int, Field(ge=2, le=100)] | None = None
    sum: Annotated[int, Field(ge=2, le=100)] | None = None
    sums: dict[Annotated[ComponentKind, Field(strict=False)], Annotated[int, Field(ge=2, le=100)]] = {}


class NewColumns(_Strict):
    """A NEW file: debts with their debtors. With `instalment` each row is an instalment, due on `due_on`, and the rows
    of one reference are one debt."""

    reference: Source
    instalment: Source | None = None
    debtor_name: Source
    debtor_kind: Source | None = None
    identifier_type: Source | None = None
    identifier_number: Source | None = None
    birth_date: DateSource | None = None
    phones: Annotated[list[Source], Field(max_length=8)] = []
    emails: Annotated[list[Source], Field(max_length=8)] = []
    address: Address | None = None
    opened_on: DateSource | None = None
    due_on: DateSource | None = None
    placed_on: DateSource | None = None
    product: Source | None = None
    currency: Source | None = None
    portfolio: Source | None = None
    disputed: Source | None = None
    components: Annotated[list[Component], Field(min_length=1, max_length=12)]
    attributes: Annotated[list[Name], Field(max_length=200)] = []

    @model_validator(mode="after")
    def _identifier_is_whole(self) -> "NewColumns":
        if (self.identifier_number is None) != (self.identifier_type is None):
            raise ValueError("identifier_type and identifier_number go together")
        return self

    @model_validator(mode="after")
    def _instalments_fall_due(self) -> "NewColumns":
        if self.instalment is not None and None in (self.instalment.column, self.due_on and self.due_on.column):
            raise ValueError("instalment and its due_on are columns, and go together")
        return self


class PaymentColumns(_Strict):
    """A FINANCIAL file: payments. With `components`, the split is the creditor's own; else the mandate's order
    decides."""

    reference: Source
    paid_on: DateSource
    amount: Source | None = None
    components: Annotated[list[Component], Field(max_length=10)] = []
    method: Source | None = None
    payment_reference: Source | None = None
    received_by: Source | None = None
    currency: Source | None = None

    @model_validator(mode="after")
    def _has_money(self) -> "PaymentColumns":
        if self.amount is None and not self.components:
            raise ValueError("give amount, or components with the creditor's own split")
        return self


class ChangeColumns(_Strict):
    """A MAINTENANCE file: what changed. A blank means no change; `components` hold the new balances."""

    reference: Source
    due_on: DateSource | None = None
    effective_on: DateSource | None = None
    components: Annotated[list[Component], Field(max_length=10)] = []
    product: Source | None = None
    disputed: Source | None = None
    currency: Source | None = None
    phones: Annotated[list[Source], Field(max_length=8)] = []
    emails: Annotated[list[Source], Field(max_length=8)] = []
    address: Address | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> "ChangeColumns":
        if not (
            self.due_on
            or self.components
            or self.product
            or self.disputed
            or self.phones
            or self.emails
            or self.address
        ):
            raise ValueError("map at least one column that changes something")
        return self


class RecallColumns(_Strict):
    """A RECALL file: debts that the creditor takes back."""

    reference: Source
    reason: Source | None = None
    closed_on: DateSource | None = None


class Layout(_Strict):
    """A file as a whole. `thousands` is empty where the creditor writes none; `header_row` counts from 1.

    `excess_decimals` "round": amounts with more decimals than the currency are rounded half to even, with a warning."""

    format: Literal["auto", "csv", "xlsx"] = "auto"
    delimiter: Literal["auto", ",", ";", "\t", "|", ":", "^", "~"] = "auto"
    encoding: Annotated[str, BeforeValidator(_encoding)] = "auto"
    quote: Literal['"', "'", ""] = '"'
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'"] = ""
    excess_decimals: Literal["refuse", "round"] = "refuse"
    dates: Annotated[str, BeforeValidator(_notation)] = "YYYY-MM-DD"
    header_row: Annotated[int, Field(ge=1, le=100)] = 1
    sheet: Name | None = None
    trailer: Trailer | None = None
    other_columns: Literal["ignore", "keep", "refuse"] = "ignore"
    columns: NewColumns | PaymentColumns | ChangeColumns | RecallColumns

    @model_validator(mode="after")
    def _separators_differ(self) -> "Layout":
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands must differ")
        kinds = [component.kind for component in getattr(self.columns, "components", ())]
        if not isinstance(self.columns, NewColumns) and len(set(kinds)) != len(kinds):
            raise ValueError("a component kind stands there twice")
        return self


class NewLayout(Layout):
    columns: NewColumns  # pyright: ignore[reportIncompatibleVariableOverride] - frozen, so narrower is safe


class PaymentLayout(Layout):
    columns: PaymentColumns  # pyright: ignore[reportIncompatibleVariableOverride] - frozen, so narrower is safe


class ChangeLayout(Layout):
    columns: ChangeColumns  # pyright: ignore[reportIncompatibleVariableOverride] - frozen, so narrower is safe


class RecallLayout(Layout):
    columns: RecallColumns  # pyright: ignore[reportIncompatibleVariableOverride] - frozen, so narrower is safe


_LAYOUTS: Mapping[FileKind, type[Layout]] = {
    FileKind.NEW: NewLayout,
    FileKind.FINANCIAL: PaymentLayout,
    FileKind.MAINTENANCE: ChangeLayout,
    FileKind.RECALL: RecallLayout,
}


def read_layout(kind: FileKind, data: Mapping[str, Any]) -> Layout:
    """A layout of a kind of file, checked.

    Raises: InvalidInput (INVALID_LAYOUT): `field` is the path of the first fault (`columns.components.0.kind`), the
      message
    names all of them.
    """
    try:
        return _LAYOUTS[kind].model_validate(dict(data))
    except ValidationError as problem:
        faults = problem.errors(include_url=False, include_context=False, include_input=False)
        texts = [f"{_path(fault['loc'])}: {fault['msg'].removeprefix('Value error, ')}" for fault in faults]
        raise InvalidInput(
            f"The layout can not be used: {'; '.join(texts)[:2000]}.", code="INVALID_LAYOUT",
            field=_path(faults[0]["loc"]), remedy="Correct what is named; docs/examples has layouts that work.",
        ) from problem  # fmt: skip


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "layout"


def sources(layout: Layout) -> Iterator[tuple[str, Source]]:
    """Every source of the layout with its path (`components.0.due_on`)."""
    yield from _sources("", layout.columns)


def _sources(path: str, value: Any) -> Iterator[tuple[str, Source]]:
    if isinstance(value, Source):
        yield path, value
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _sources(f"{path}.{name}".lstrip("."), getattr(value, name))
    elif isinstance(value, list):
        for number, one in enumerate(value):  # pyright: ignore[reportUnknownVariableType]
            yield from _sources(f"{path}.{number}", one)
