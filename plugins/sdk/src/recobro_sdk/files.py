"""File layouts that a plugin brings along: a name, what kind of file it is, and where its schema lies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Final

from recobro_sdk.texts import Text

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{1,62}")


class LayoutKind(StrEnum):
    """What a file of a layout holds."""

    PLACEMENT = "placement"
    PAYMENTS = "payments"
    BANK_STATEMENT = "bank_statement"
    BUREAU = "bureau"
    LEGAL = "legal"
    REMITTANCE = "remittance"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLayout:
    """A layout as one schema file inside the plugin's package (see `recobro_sdk.layouts` for what is in it).

    `code` is unique in an installation: start it with the plugin's name. `package` is the importable package and
    `resource` the path of the schema below it. `version` counts the layout's wordings: files of an old one stay
    readable.
    """

    code: str
    version: int
    kind: LayoutKind
    title: Text
    package: str
    resource: str

    def __post_init__(self) -> None:
        if _CODE.fullmatch(self.code) is None:
            raise ValueError(f"malformed layout code {self.code!r}")
        if self.resource.startswith("/") or ".." in self.resource.split("/"):
            raise ValueError("the schema lies inside the package")

    def read(self) -> str:
        """The schema's text. Raises `FileNotFoundError`, or `ModuleNotFoundError` for the package."""
        return files(self.package).joinpath(self.resource).read_text("utf-8")
