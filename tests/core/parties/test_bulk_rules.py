"""What reads one identifier, phone or address reads a file of them alike: SQL against the libraries."""

import csv
import random
from pathlib import Path

import phonenumbers
import pytest
from stdnum.co import nit

from core.kit import db
from core.kit.db import Database
from core.kit.ids import new_id
from core.kit.pages import Args
from core.kit.scope import Actor, agency_scope
from core.parties import rules, sql
from core.parties.models import IdentifierType
from core.parties.read_phones import read_phones

SCOPE = agency_scope(new_id(), Actor("user", "user_test"))


async def _identifiers(kind: str, given: list[str]) -> list[tuple[str, bool, bool]]:
    args = Args(given, kind)
    number = sql.compact("$2::text", "g", args)
    async with db.transaction(SCOPE) as tx:
        rows = await tx.fetch(
            f"SELECT number, {sql.wellformed('$2::text', 'number', args)} AS fits, "
            f"CASE WHEN {sql.wellformed('$2::text', 'number', args)} THEN {sql.verified('$2::text', 'number')} END "
            "AS right "
            f"FROM (SELECT o, {number} AS number FROM unnest($1::text[]) WITH ORDINALITY AS u(g, o) OFFSET 0) n "
            "ORDER BY o",
            *args.values,
        )
    return [(row["number"], row["fits"], bool(row["right"])) for row in rows]


def _alone(kind: IdentifierType, given: str) -> tuple[str, bool, bool]:
    number = rules.compact(kind, given)
    try:
        return number, True, rules.read_identifier(kind, given).verified
    except rules.InvalidInput:
        return number, False, False


async def test_every_nit_of_the_corpus_reads_as_python_stdnum_reads_it(database: Database, shared_data: Path) -> None:
    with (shared_data / "identifiers/nit_colombia.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 256
    for row, (number, fits, right) in zip(rows, await _identifiers("NIT", [row["input"] for row in rows]), strict=True):
        assert (number, fits and right) == (row["compact"], row["valid"] == "True"), row
        assert fits and right == nit.is_valid(row["input"]), row


async def test_numbers_made_up_read_alike_in_bulk_and_alone(database: Database) -> None:
    lots = random.Random(7)
    bodies = ["".join(lots.choices("0123456789", k=lots.randint(5, 18))) for _ in range(3000)]
    given = [body + nit.calc_check_digit(body) if lots.random() < 0.5 else body for body in bodies]
    given = [
        f"{one[:3]}{lots.choice(['.', '', ' ', '–', ' '])}{one[3:-1]}{lots.choice(['-', '', ' - '])}{one[-1]}"
        for one in given
    ]
    given += ["CAÑ-930616-R66", "c&a030828px7", "niñ7409256u1"]
    assert all(_alone(IdentifierType.TAX_ID, one)[1] for one in given[-3:])
    given += ["", "abc", "12.345.678-A", "-", "１２３", "é" * 9, "AB-123", "x" * 90, " 12 "]
    for kind in IdentifierType:
        alone = [_alone(kind, one) for one in given]
        for text, bulk, single in zip(given, await _identifiers(kind.value, given), alone, strict=True):
            assert bulk == single, (kind, text)


async def _phones(country: str, given: list[str]) -> list[tuple[str | None, bool, str | None]]:
    async with db.transaction(SCOPE) as tx:
        await tx.execute("CREATE TEMP TABLE given (n bigint, slot int, given text) ON COMMIT DROP")
        await tx.execute("INSERT INTO given SELECT o, 1, g FROM unnest($1::text[]) WITH ORDINALITY AS u(g, o)", given)
        await read_phones(tx, country, "SELECT n, slot, given FROM given")
        rows = await tx.fetch("SELECT value, valid, line_type FROM phone_read ORDER BY n")
    return [(row["value"], bool(row["valid"]), row["line_type"]) for row in rows]


async def test_every_phone_of_the_corpus_reads_as_expected_in_bulk_and_alone(
    database: Database, shared_data: Path
) -> None:
    with (shared_data / "identifiers/phone_numbers_co.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 34
    bulk = await _phones("CO", [row["input"] for row in rows])
    for row, (e164, valid, line) in zip(rows, bulk, strict=True):
        assert (e164 or "", str(valid)) == (row["e164"], row["valid"]), row
        if row["valid"] == "True":
            assert line == row["type"], row
        alone = rules.read_phone(row["input"], "CO")
        assert (alone.e164 if alone else None, bool(alone and alone.valid)) == (e164, valid), row


@pytest.mark.parametrize("country", ["CO", "US", "MX", "BR", "AR", "ES", "GB", "PE", "CL", "DE", "IT"])
async def test_phones_of_the_world_read_alike_in_bulk_and_alone(database: Database, country: str) -> None:
    lots = random.Random(country)
    given: list[str] = []
    for region in [country, country, country, "CO", "US", "ES", "KZ", "RU", "JM", "IT", "DE", "AR"]:
        for kind in (0, 1, 2, 3, 4, 7):
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            for form in (0, 1, 2):
                given.append(phonenumbers.format_number(example, form))
            given.append(phonenumbers.format_number(example, 0)[1:])
    for one in list(given):
        digits = list(one)
        for place in range(len(digits)):
            if digits[place].isdigit() and lots.random() < 0.25:
                digits[place] = lots.choice("0123456789")
        given.append("".join(digits))
    given += ["CAÑ-930616-R66", "c&a030828px7", "niñ7409256u1"]
    assert all(_alone(IdentifierType.TAX_ID, one)[1] for one in given[-3:])
    given += ["", "abc", "+", "+999 12345", "300 123 4567 ext. 12", "300-123-4567 x9", "１２３", "+0 123 456", "12"]
    alone = [rules.read_phone(one, country) for one in given]
    expected = [(one.e164, one.valid, one.line_type) if one else (None, False, None) for one in alone]
    bulk = await _phones(country, given)
    assert [(t, b, e) for t, b, e in zip(given, bulk, expected, strict=True) if b != e] == []


async def test_addresses_of_e_mail_read_alike_in_bulk_and_alone(database: Database) -> None:
    given = [
        "Ana@Example.COM",
        " a@b.co ",
        "a@b",
        "a b@c.co",
        "a@@b.co",
        "ñ@b.co",
        "a@-b.co",
        "x" * 250 + "@b.co",
        "",
        "a@b..co",
    ]
    args = Args(given)
    async with db.transaction(SCOPE) as tx:
        rows = await tx.fetch(
            f"SELECT {sql.email('g', args)} AS e FROM unnest($1::text[]) WITH ORDINALITY u(g, o) ORDER BY o",
            *args.values,
        )
    assert (
        [row["e"] for row in rows]
        == [rules.read_email(one) for one in given]
        == ["ana@example.com", "a@b.co", *[None] * 8]
    )
