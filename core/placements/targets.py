"""What a column can mean, each as text → typed value → checks. The codes that a row is refused with are made here."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from core.parties import sql as party_sql
from core.placements.dates import DateFormat
from core.placements.kinds import RowOutcome
from core.placements.layout import DateSource, Source
from core.placements.plan import Plan

MAX_WHOLE_DIGITS = 13
MAX_ROUNDED_DECIMALS = 18
_TRUE = ("true", "t", "yes", "y", "1", "si", "sí", "s", "x")
_FALSE = ("false", "f", "no", "n", "0")


def add_text(plan: Plan, name: str, source: Source | None, *, longest: int, required: bool = False) -> None:
    """A text of at most `longest` characters; NULL where it is not mapped."""
    if source is None:
        plan.typed[name] = ("text", "NULL::text")
        return
    text = plan.text(name, source)
    plan.typed[name] = ("text", text)
    _require(plan, source, text, required)
    plan.check(source, "TOO_LONG", f"length({text}) > {longest}")


def _require(plan: Plan, source: Source, text: str, required: bool) -> None:
    if required or source.required:
        plan.check(source, "MISSING_VALUE", f"{text} IS NULL")


def add_choice(
    plan: Plan, name: str, source: Source | None, choices: Iterable[StrEnum], code: str = "INVALID_VALUE"
) -> None:
    """One of an enum's values, whatever its case."""
    if source is None:
        plan.typed[name] = ("text", "NULL::text")
        return
    text = plan.text(name, source)
    listed = ", ".join(f"'{choice.value}'" for choice in choices)
    plan.typed[name] = ("text", f"CASE WHEN upper({text}) IN ({listed}) THEN upper({text}) END")
    _require(plan, source, text, False)
    plan.check(source, code, f"{text} IS NOT NULL AND {name} IS NULL")


def add_number(plan: Plan, name: str, source: Source, *, most: int, code: str) -> None:
    """A whole number from 1 to `most`, at most a smallint."""
    text = plan.text(name, source)
    plan.typed[name] = (
        "smallint",
        f"CASE WHEN {text} !~ '^0{{0,4}}[1-9][0-9]{{0,4}}$' THEN NULL WHEN {text}::int <= {most} "
        f"THEN {text}::smallint END",
    )
    _require(plan, source, text, True)
    plan.check(source, code, f"{text} IS NOT NULL AND {name} IS NULL")


def add_boolean(plan: Plan, name: str, source: Source | None) -> None:
    if source is None:
        plan.typed[name] = ("boolean", "NULL::boolean")
        return
    text = plan.text(name, source)

    def among(words: tuple[str, ...]) -> str:
        listed = ", ".join(f"'{word}'" for word in words)
        return f"lower({text}) IN ({listed})"

    plan.typed[name] = ("boolean", f"CASE WHEN {among(_TRUE)} THEN true WHEN {among(_FALSE)} THEN false END")
    _require(plan, source, text, False)
    plan.check(source, "INVALID_VALUE", f"{text} IS NOT NULL AND {name} IS NULL")


def add_date(
    plan: Plan, name: str, source: DateSource | None, *, today: date, future: bool = False, required: bool = False
) -> None:
    """A day in the notation of its column; without `future` one after `today` is refused."""
    if source is None:
        plan.typed[name] = ("date", "NULL::date")
        return
    notation = DateFormat.parse(source.format or plan.layout.dates)
    text = plan.text(name, source)
    if "MMM" in notation.tokens:
        plan.texts[text] = f"upper({plan.texts[text]})"
    plan.typed[name] = ("date", notation.sql(text))
    _require(plan, source, text, required)
    plan.check(source, "INVALID_DATE", f"{text} IS NOT NULL AND {name} IS NULL")
    if not future:
        plan.check(source, "DATE_IN_FUTURE", f"{name} > {plan.args.add(today)}::date")


def add_amount(plan: Plan, name: str, source: Source, digits: int, *, required: bool = False) -> None:
    """An amount in minor units, exactly as it is written: another separator, sign or scale than agreed is refused."""
    text = plan.text(name, source)
    rounds = plan.layout.excess_decimals == "round"
    plan.typed[name] = ("bigint", amount_sql(text, plan.layout.decimal, plan.layout.thousands, digits, rounds=rounds))
    _require(plan, source, text, required)
    if rounds:
        excess = f"length(split_part({text}, '{plan.layout.decimal}', 2)) > {digits}"
        plan.check(source, "ROUNDED_AMOUNT", f"{name} IS NOT NULL AND {excess}", RowOutcome.WARNING)
    plan.check_as(source, _amount_code(plan.raw(source), plan, digits), f"{text} IS NOT NULL AND {name} IS NULL")


def amount_sql(text: str, decimal: str, thousands: str, digits: int, *, rounds: bool = False) -> str:
    """Minor units of the SQL expression `text`, NULL where it is not an amount with at most `digits` decimals; with
    `rounds` up to 18 decimals are rounded half to even."""
    plain = f"replace({text}, '{_quoted(thousands)}', '')" if thousands else text
    plain = f"replace({plain}, ',', '.')" if decimal == "," else plain
    fits = f"{text} ~ '{_pattern(decimal, thousands, MAX_ROUNDED_DECIMALS if rounds else digits)}'"
    minor = f"({plain})::numeric * {10**digits}"
    if rounds:  # round() of numeric goes away from zero at a half
        minor = f"CASE WHEN ({minor}) % 1 = 0.5 THEN 2 * round(({minor}) / 2) ELSE round({minor}) END"
    return f"CASE WHEN {fits} THEN ({minor})::bigint END"


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _pattern(decimal: str, thousands: str, digits: int | None, sign: str = "[+]?") -> str:
    """`digits` None: any number of decimals."""
    whole = f"[0-9]{{1,{MAX_WHOLE_DIGITS}}}" if digits is not None else "[0-9]+"
    if thousands:
        groups = f"{{1,{(MAX_WHOLE_DIGITS - 1) // 3}}}" if digits is not None else "+"
        whole = f"({whole}|[0-9]{{1,3}}([{_quoted(thousands)}][0-9]{{3}}){groups})"
    decimals = "" if digits == 0 else f"([{decimal}][0-9]{{1,{digits}}})?" if digits else f"([{decimal}][0-9]+)?"
    return f"^{sign}{whole}{decimals}$"


def _amount_code(text: str, plan: Plan, digits: int) -> str:
    """Why a text is no amount, from its text alone."""
    decimal, thousands = plan.layout.decimal, plan.layout.thousands
    loose = _pattern(decimal, thousands, None)
    whole = f"length(regexp_replace(split_part({text}, '{decimal}', 1), '[^0-9]', '', 'g'))"
    return (
        f"CASE WHEN {text} ~ '{_pattern(decimal, thousands, None, '-')}' THEN 'NEGATIVE_AMOUNT' "
        f"WHEN {text} ~ '{loose}' AND {whole} > {MAX_WHOLE_DIGITS} THEN 'AMOUNT_TOO_LARGE' "
        f"WHEN {text} ~ '{loose}' AND length(split_part({text}, '{decimal}', 2)) > {digits} THEN 'TOO_MANY_DECIMALS' "
        "ELSE 'INVALID_AMOUNT' END"
    )


def add_currency(plan: Plan, source: Source | None, currency: str) -> None:
    """A check only: a file has its mandate's currency."""
    if source is not None:
        text = plan.text("currency", source)
        plan.check(source, "CURRENCY_MISMATCH", f"upper({text}) <> '{currency}'")


def add_identifier(plan: Plan, kind: Source | None, number: Source | None, country: str, creditor: str) -> None:
    """`id_type`, `id_number`, `id_issuer`, `id_verified` and `document`, the number as given. The issuer is
    the country, or for its customer numbers the creditor."""
    if kind is None or number is None:
        for name in ("id_type", "id_number", "id_issuer", "document"):
            plan.typed[name] = ("text", "NULL::text")
        plan.typed["id_verified"] = ("boolean", "NULL::boolean")
        return
    country, creditor = f"{plan.args.add(country)}::text", f"{plan.args.add(creditor)}::text"
    choice, text = plan.text("id_type", kind), plan.text("id_number", number)
    listed = ", ".join(f"'{one.value}'" for one in (*party_sql.DOCUMENTS, party_sql.IdentifierType.CUSTOMER))
    plan.typed["id_type"] = ("text", f"CASE WHEN upper({choice}) IN ({listed}) THEN upper({choice}) END")
    plan.typed["compacted"] = ("text", party_sql.compact(f"upper({choice})", text, plan.args))
    plan.hidden.add("compacted")
    plan.typed["document"] = ("text", text)
    fits = party_sql.wellformed("id_type", "compacted", plan.args)
    plan.derived["id_number"] = ("text", f"CASE WHEN {fits} THEN compacted END")
    plan.derived["id_verified"] = ("boolean", f"CASE WHEN {fits} THEN {party_sql.verified('id_type', 'compacted')} END")
    plan.derived["id_issuer"] = ("text", f"CASE WHEN id_type = 'CUSTOMER' THEN {creditor} ELSE {country} END")
    _require(plan, number, text, False)
    plan.check(kind, "MISSING_VALUE", f"{text} IS NOT NULL AND {choice} IS NULL")
    plan.check(kind, "INVALID_IDENTIFIER_TYPE", f"{text} IS NOT NULL AND {choice} IS NOT NULL AND id_type IS NULL")
    plan.check(number, "INVALID_IDENTIFIER", f"{text} IS NOT NULL AND id_type IS NOT NULL AND id_number IS NULL")
    plan.check(number, "CHECK_DIGIT", "id_type = 'NIT' AND NOT id_verified", RowOutcome.WARNING)
