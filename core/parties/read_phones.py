"""Reads the phones of a whole file: numbers as given in, E.164 with line type and validity out, without a row in
Python."""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

from core.kit.db import Tx
from core.kit.errors import InvalidInput
from core.kit.pages import Args
from core.parties.phone_sql import (
    Plan,
    code_of,
    international,
    line_type,
    national,
    plan_of_code,
    plan_of_country,
    without_prefix,
)

_TABLE = (
    "CREATE TEMP TABLE phone_read (n bigint, slot int, given text, abroad text, value text, line_type text, valid "
    "boolean) "
    "ON COMMIT DROP"
)


async def read_phones(tx: Tx, country: str, source: str) -> None:
    """Fill the temporary table `phone_read` from `source`, a SELECT of `n`, `slot` and `given` (not NULL).

    `value` is the number in E.164, or NULL where none can be read; `country` is where numbers without a country code
      are
    at home. Raises: InvalidInput for a country without a numbering plan.
    """
    plan = plan_of_country(country)
    if plan is None:
        raise InvalidInput(
            f"'{country}' is no country with a numbering plan.", code="UNKNOWN_COUNTRY", field="country",
            remedy="Give the two letters of ISO 3166, such as CO.",
        )  # fmt: skip
    await tx.execute(_TABLE)
    args = Args()
    home = (
        f"SELECT n, slot, given, abroad, digits, CASE WHEN abroad IS NULL OR left(abroad, {len(plan.code)}) = "
        f"'{plan.code}' THEN {national('abroad', 'digits', plan, args)} END AS dialled "
        f"FROM ({international(source, plan, args)}) i OFFSET 0"
    )
    await _insert(tx, plan, home, args)
    await _read_foreign(tx)


async def _read_foreign(tx: Tx) -> None:
    """One statement for each country code in the file, however many numbers it has."""
    begun = await tx.fetch(
        "SELECT DISTINCT left(abroad, 3) AS digits FROM phone_read WHERE value IS NULL AND abroad <> ''"
    )
    for code in sorted({code for row in begun if (code := code_of(row["digits"]))}):
        plan = plan_of_code(code)
        if plan is not None:
            args = Args()
            given = (
                "SELECT n, slot, given, abroad, abroad AS digits, "
                f"{national('abroad', 'abroad', plan, args)} AS dialled FROM gone OFFSET 0"
            )
            gone = (
                f"DELETE FROM phone_read WHERE value IS NULL AND left(abroad, {len(code)}) = '{code}' "
                "RETURNING n, slot, given, abroad"
            )
            await _insert(tx, plan, given, args, f"WITH gone AS ({gone}) ")


async def _insert(tx: Tx, plan: Plan, dialled: str, args: Args, before: str = "") -> None:
    numbers = (
        "SELECT n, slot, given, abroad, CASE WHEN length(number) BETWEEN 2 AND 17 THEN number END AS number FROM ("
        f"SELECT d.*, {without_prefix('dialled', plan, args)} AS number FROM ({dialled}) d OFFSET 0) e OFFSET 0"
    )
    typed = f"SELECT f.*, {line_type('number', plan, args)} AS line_type FROM ({numbers}) f OFFSET 0"
    await tx.execute(
        f"{before}INSERT INTO phone_read (n, slot, given, abroad, value, line_type, valid) "
        f"SELECT n, slot, given, abroad, '+{plan.code}' || number, line_type, line_type IS NOT NULL FROM ({typed}) t",
        *args.values,
    )
