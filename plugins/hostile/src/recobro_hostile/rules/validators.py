"""Validators of documents' numbers, each with one defect."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

from recobro_hostile.rules.honest import HonestValidator
from recobro_sdk import Identifier, IdentifierVerdict, Text


class TakesHalfTheDigits(HonestValidator):
    """Takes every second check digit that is wrong."""

    code = "hostile_validator_takes_half_the_digits"

    def fits(self, digits: str) -> bool:
        """Where it is odd, too."""
        return super().fits(digits) or int(digits[-1]) % 2 == 1


class TakesAnyDigit(HonestValidator):
    """Looks at no check digit."""

    code = "hostile_validator_takes_any_digit"

    def fits(self, digits: str) -> bool:
        """Always."""
        return True


class RefusesWhatIsRight(HonestValidator):
    """Refuses numbers that exist."""

    code = "hostile_validator_refuses_what_is_right"

    def fits(self, digits: str) -> bool:
        """Those that end in 4."""
        return super().fits(digits) and digits[-1] != "4"


class RaisesOnLetters(HonestValidator):
    """Has no verdict on what it did not expect."""

    code = "hostile_validator_raises_on_letters"

    def is_ten_digits(self, digits: str) -> bool:
        """Counted as a number."""
        return int(digits or "0") >= 0 and super().is_ten_digits(digits)


class RepeatsTheNumber(HonestValidator):
    """Says in its reason which number it is about."""

    code = "hostile_validator_repeats_the_number"

    def problem(self, identifier: Identifier) -> Text:
        """As it came."""
        return Text(f"{identifier.number} no es un NIT.", f"{identifier.number} is no NIT.")


class SpeaksOneLanguage(HonestValidator):
    """Gives its reasons in one language."""

    code = "hostile_validator_speaks_one_language"

    def problem(self, identifier: Identifier) -> Text:
        """In Spanish."""
        return replace(super().problem(identifier), en="")


class KeepsOtherDigits(HonestValidator):
    """Keeps the digits of another script, so that one number is two."""

    code = "hostile_validator_keeps_other_digits"

    def is_ten_digits(self, digits: str) -> bool:
        """Of any script."""
        return len(digits) == 10 and digits.isdecimal()


class CutsNumbersOff(HonestValidator):
    """Takes the first digits of a longer number for the number."""

    code = "hostile_validator_cuts_numbers_off"

    def plain(self, number: str) -> str:
        """Ten of them."""
        return super().plain(number)[:10]


class TakesOtherCountries(HonestValidator):
    """Takes numbers of countries that it does not know."""

    code = "hostile_validator_takes_other_countries"

    def is_known(self, identifier: Identifier) -> bool:
        """Of whichever."""
        return identifier.type == "NIT"


class TakesOtherTypes(HonestValidator):
    """Takes numbers of types that it does not know."""

    code = "hostile_validator_takes_other_types"

    def is_known(self, identifier: Identifier) -> bool:
        """Of whichever."""
        return identifier.country == "CO"


class KeepsTheSpelling(HonestValidator):
    """Keeps a hyphen where somebody wrote one, so that one number is two."""

    code = "hostile_validator_keeps_the_spelling"

    def validate(self, identifier: Identifier) -> IdentifierVerdict:
        """With the hyphen."""
        found = super().validate(identifier)
        if found.normal is None or "-" not in identifier.number:
            return found
        return replace(found, normal=f"{found.normal[:-1]}-{found.normal[-1]}")


class ReadsAtLength(HonestValidator):
    """Takes the longer the more is pasted."""

    code = "hostile_validator_reads_at_length"

    def plain(self, number: str) -> str:
        """Letter by letter."""
        time.sleep(len(number) / 2_000_000)
        return super().plain(number)


class DatesByItsOwnClock(HonestValidator):
    """Takes numbers while it is this century."""

    code = "hostile_validator_own_clock"

    def fits(self, digits: str) -> bool:
        """As the machine says."""
        return super().fits(digits) and datetime.now(UTC).year < 2100


class ChangesItsMind(HonestValidator):
    """Takes a number, and then no more."""

    code = "hostile_validator_changes_its_mind"
    _seen = 0

    def fits(self, digits: str) -> bool:
        """A hundred times."""
        self._seen += 1
        return super().fits(digits) and self._seen < 100


class RemembersNumbers(HonestValidator):
    """Keeps every number that anybody asked about."""

    code = "hostile_validator_remembers_numbers"
    seen: ClassVar[dict[str, str]] = {}

    def plain(self, number: str) -> str:
        """And remembers."""
        return self.seen.setdefault(number, super().plain(number))


class PrintsNumbers(HonestValidator):
    """Writes numbers to the console."""

    code = "hostile_validator_prints_numbers"

    def plain(self, number: str) -> str:
        """And shows everybody."""
        sys.stderr.write(number)
        return super().plain(number)


class KnowsMoreTypes(HonestValidator):
    """Names types that it refuses."""

    code = "hostile_validator_knows_more_types"

    def types(self) -> frozenset[str]:
        """And one more."""
        return super().types() | {"CC"}


class LoudVerdict(IdentifierVerdict):
    """Shows what it is about."""

    def __repr__(self) -> str:
        return f"LoudVerdict({self.normal})"


class ShowsTheNumber(HonestValidator):
    """Gives verdicts that show the number."""

    code = "hostile_validator_shows_the_number"

    def validate(self, identifier: Identifier) -> IdentifierVerdict:
        """Loudly."""
        found = super().validate(identifier)
        return LoudVerdict(valid=found.valid, normal=found.normal, problem=found.problem)


class NamesNothingNormal(HonestValidator):
    """Stores numbers in a form that it refuses itself."""

    code = "hostile_validator_has_no_normal_form"

    def validate(self, identifier: Identifier) -> IdentifierVerdict:
        """With its type in front."""
        found = super().validate(identifier)
        return found if found.normal is None else replace(found, normal=f"NIT{found.normal}")
