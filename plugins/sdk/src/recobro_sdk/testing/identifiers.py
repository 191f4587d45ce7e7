"""Conformance of validators of documents' numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

from recobro_sdk.identifiers import Identifier, IdentifierValidator, IdentifierVerdict
from recobro_sdk.testing.base import assert_not_in
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.pure import PureConformance

_ODD: Final = ("", " ", "٣" * 9, "9" * 100_000, "1\x002", "王秀英", "-1", "1e9")
_OTHER_DIGITS: Final = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


class IdentifierConformance(PureConformance[IdentifierValidator], inputs=("valid", "invalid")):
    """Subclass, set `plugin`, some `valid` numbers and some `invalid` ones, of every type that the validator knows."""

    hook = "recobro_identifier_validators"
    protocol = IdentifierValidator

    valid: ClassVar[Sequence[Identifier]]
    invalid: ClassVar[Sequence[Identifier]]

    def questions(self) -> Sequence[tuple[str, tuple[Any, ...]]]:
        """The types, and a look at every number."""
        return (("types", ()), *(("validate", (one,)) for one in (*self.valid, *self.invalid)))

    def first_questions(self) -> Sequence[tuple[str, tuple[Any, ...]]]:
        """The types, and one number of each."""
        first = {one.type: one for one in reversed(self.valid)}
        return (("types", ()), *(("validate", (one,)) for one in first.values()))

    def odd(self) -> list[Identifier]:
        """Numbers that are none: empty, endless, of other scripts, with a null in them; of each type."""
        kinds = dict.fromkeys((one.country, one.type) for one in self.valid)
        return [Identifier(country, kind, number) for country, kind in kinds for number in _ODD]

    def looked_at(self, identifiers: Sequence[Identifier]) -> list[IdentifierVerdict]:
        """What the validator says."""

        async def scenario(validator: IdentifierValidator, _: FakeContext) -> list[IdentifierVerdict]:
            return [validator.validate(one) for one in identifiers]

        return self.run(scenario, offline=True)

    def test_valid_numbers(self) -> None:
        """Valid numbers are valid, and their normal form is, and is its own normal form."""
        found = self.looked_at(self.valid)
        assert found and all(one.valid for one in found), "a valid number is refused"
        again = self.looked_at(
            [replace(one, number=two.normal or "") for one, two in zip(self.valid, found, strict=True)]
        )
        assert [one.normal for one in again] == [one.normal for one in found]

    def test_invalid_numbers(self) -> None:
        """Invalid numbers are refused, with a reason in both languages that does not repeat them."""
        found = self.looked_at(self.invalid)
        assert found and not any(one.valid for one in found), "an invalid number is taken"
        for given, verdict in zip(self.invalid, found, strict=True):
            assert verdict.problem is not None and verdict.problem.es and verdict.problem.en
            # A number of a few digits is in many sentences by chance.
            assert len(given.number) < 4 or given.number not in f"{verdict.problem}", "the reason repeats the number"

    def test_one_wrong_digit_is_seen_or_allowed_for_all(self) -> None:
        """Changing the last digit of a number with a check digit makes it invalid, for every other digit."""
        for one, verdict in zip(self.valid, self.looked_at(self.valid), strict=True):
            normal = verdict.normal or ""
            changed = [replace(one, number=normal[:-1] + digit) for digit in "0123456789" if digit != normal[-1:]]
            answers = {found.valid for found in self.looked_at(changed)}
            assert len(answers) == 1, f"some wrong check digits of a {one.type} are taken, and some are not"

    def test_never_raises(self) -> None:
        """Whatever the number is, there is a verdict: empty, endless, of other scripts, with a null in it."""
        self.looked_at(self.odd())

    def test_odd_numbers_are_quick(self) -> None:
        """Such a number takes less than 20 ms, too: somebody pastes a whole letter where a number belongs."""
        assert self.slow([("validate", (one,)) for one in self.odd()]) == [], "it takes too long"

    def test_knows_its_types(self) -> None:
        """The types are those of the numbers that it is tested with."""

        async def scenario(validator: IdentifierValidator, _: FakeContext) -> frozenset[str]:
            return validator.types()

        assert self.run(scenario) == {one.type for one in (*self.valid, *self.invalid)}

    def test_spelling_does_not_matter(self) -> None:
        """Dots, spaces and hyphens, which people write or not, do not change the normal form."""
        for one, verdict in zip(self.valid, self.looked_at(self.valid), strict=True):
            normal = verdict.normal or ""
            spelt = [replace(one, number=f" {normal} "), replace(one, number=f"{normal[:-1]}-{normal[-1:]}")]
            assert {found.normal for found in self.looked_at(spelt)} == {normal}

    def test_verdicts_hide_the_number(self) -> None:
        """Neither an identifier nor a verdict shows the number in its `repr`."""
        for one, verdict in zip(self.valid, self.looked_at(self.valid), strict=True):
            assert_not_in([one.number, verdict.normal or ""], f"{one!r} {verdict!r}", "a repr")

    def test_other_digits_are_no_other_number(self) -> None:
        """A number in the digits of another script is invalid, or has the normal form of the number that it is."""
        spelt = [replace(one, number=one.number.translate(_OTHER_DIGITS)) for one in self.valid]
        for found, verdict in zip(self.looked_at(spelt), self.looked_at(self.valid), strict=True):
            assert not found.valid or found.normal == verdict.normal, "one number has two normal forms"

    def test_other_numbers_have_other_forms(self) -> None:
        """A number with a digit more, or the last one less, does not have the normal form of the number without."""
        for one, verdict in zip(self.valid, self.looked_at(self.valid), strict=True):
            normal = verdict.normal or ""
            others = [replace(one, number=number) for number in (f"{normal}0", f"1{normal}", normal[:-1])]
            assert normal not in {found.normal for found in self.looked_at(others)}, "two numbers have one normal form"

    def test_other_countries_and_types_are_refused(self) -> None:
        """A number of another country, or of a type that nobody knows, is invalid: it was not looked at."""
        others = [other for one in self.valid for other in (replace(one, country="ZZ"), replace(one, type="NO_TYPE"))]
        assert not any(found.valid for found in self.looked_at(others)), "a number that nobody looked at is valid"
