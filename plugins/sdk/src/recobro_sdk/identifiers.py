"""Identifier validators: whether a document's number can exist, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from recobro_sdk.texts import Text


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number as somebody wrote it: `country` ISO 3166 alpha-2, `type` as the country names it (CC, NIT, RFC)."""

    country: str
    type: str
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierVerdict:
    """Whether the number can exist, by its form and check digit; not whether it does.

    `normal` is how it is stored, without dots and spaces, when it is valid; `problem` says what is wrong, without
    repeating the number, when it is not; exactly one of them is given.
    """

    valid: bool
    normal: str | None = field(default=None, repr=False)
    problem: Text | None = None

    def __post_init__(self) -> None:
        if self.valid != (self.normal is not None) or self.valid == (self.problem is not None):
            raise ValueError("a valid number has a normal form, and an invalid one a problem")


@runtime_checkable
class IdentifierValidator(Protocol):
    """Numbers of one country. Its methods are plain functions: quick, pure, without I/O."""

    def types(self) -> frozenset[str]:
        """The types of document that it knows."""
        ...

    def validate(self, identifier: Identifier) -> IdentifierVerdict:
        """Look at a number. Never raises, whatever the number is; a normal form is valid as it is. A number of another
        country, or of a type that it does not know, is invalid."""
        ...
