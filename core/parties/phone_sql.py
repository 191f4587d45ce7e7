"""Phone numbers of whole files: the numbering plans of the library `phonenumbers`, matched by PostgreSQL.

A number goes through the same steps as in `phonenumbers.parse`: international prefix, country code, national prefix,
then the patterns of the plan by line type. A plan is the one of a country code; several countries may share it.
"""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

from dataclasses import dataclass
from functools import lru_cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from core.kit.pages import Args
from core.parties.rules import EXTENSION

# In the order in which phonenumbers asks; fixed lines and mobiles come after them and may be one and the same.
_SPECIAL = ("premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail")


@dataclass(frozen=True, slots=True)
class Plan:
    """Patterns of one country code; `types` are (line type, pattern)."""

    code: str
    international_prefix: str | None
    national_prefix: str | None
    transform: str | None
    general: str
    lengths: tuple[int, ...]
    types: tuple[tuple[str, str], ...]
    fixed: str | None
    mobile: str | None


def plan_of_country(country: str) -> Plan | None:
    """The plan that numbers without a country code belong to, in a country of ISO 3166."""
    metadata = PhoneMetadata.metadata_for_region(country, None)
    return plan_of_code(str(metadata.country_code), country) if metadata is not None else None


@lru_cache(maxsize=64)
def plan_of_code(code: str, country: str | None = None) -> Plan | None:
    """The plan of a country code; `country` says whose prefixes count where several share it."""
    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(code), ())
    every = [PhoneMetadata.metadata_for_region_or_calling_code(int(code), region) for region in regions]
    found = [metadata for metadata in every if metadata is not None]
    if not found:
        return None
    own = PhoneMetadata.metadata_for_region(country, None) if country else None
    first = own or found[0]

    def union(name: str) -> str | None:
        descriptions = [getattr(metadata, name) for metadata in found]
        patterns = [one.national_number_pattern for one in descriptions if one and one.national_number_pattern]
        return f"^(?:{'|'.join(dict.fromkeys(patterns))})$" if patterns else None

    return Plan(
        code=code,
        international_prefix=first.international_prefix,
        national_prefix=first.national_prefix_for_parsing,
        transform=first.national_prefix_transform_rule,
        general=union("general_desc") or "^$",
        lengths=tuple(first.general_desc.possible_length) if first.general_desc else (),
        types=tuple((name.upper(), pattern) for name in _SPECIAL if (pattern := union(name))),
        fixed=union("fixed_line"),
        mobile=union("mobile"),
    )


def code_of(digits: str) -> str | None:
    """The country code that an international number begins with; none begins with 0, and none is the start of
    another."""
    starts = (digits[:n] for n in (1, 2, 3) if digits[:1] != "0" and len(digits) >= n)
    return next((code for code in starts if int(code) in COUNTRY_CODE_TO_REGION_CODE), None)


def international(source: str, plan: Plan, args: Args) -> str:
    """SELECT of `source` (with a column `given`) with two columns more: `digits`, NULL where no number can be read, and
    `abroad`, the digits from the country code on where the number has one."""
    extension = args.add(EXTENSION)
    narrow = "translate(given, '０１２３４５６７８９＋', '0123456789+')"
    bare = f"CASE WHEN given ~ '^[0-9]+$' THEN given ELSE regexp_replace({narrow}, {extension}::text, '', 'i') END"
    begun = "substring(bare FROM '[+0-9].*$')"
    idd = args.add(f"^(?:{plan.international_prefix})(?!0)" if plan.international_prefix else "^$")
    return (
        "SELECT b.*, CASE WHEN plus THEN digits WHEN digits ~ "
        f"{idd}::text THEN regexp_replace(digits, {idd}::text, '') END AS abroad FROM ("
        f"SELECT a.*, left({begun}, 1) = '+' AS plus, CASE WHEN bare ~ '^[0-9]+$' THEN bare "
        f"WHEN bare !~ '[[:alpha:]]' THEN regexp_replace({begun}, '[^0-9]', '', 'g') END AS digits FROM ("
        f"SELECT s.*, {bare} AS bare FROM ({source}) s OFFSET 0) a OFFSET 0) b OFFSET 0"
    )


def national(abroad: str, home: str, plan: Plan, args: Args) -> str:
    """The digits after the country code of `plan`, its national prefix still there: of a number with the code in front
    (`abroad`), or of one from home, which may carry the code without a plus."""
    width = len(plan.code)
    bare = f"substr({home}, {width + 1})"
    stripped = strip_prefix(bare, plan, args)
    general = args.add(plan.general)
    code_given = (
        f"left({home}, {width}) = '{plan.code}' AND (length({home}) > {max(plan.lengths, default=17)} "
        f"OR ({home} !~ {general}::text AND {stripped} ~ {general}::text))"
    )
    return (
        f"CASE WHEN {abroad} IS NOT NULL THEN substr({abroad}, {width + 1}) "
        f"WHEN {code_given} THEN {stripped} ELSE {home} END"
    )


def strip_prefix(number: str, plan: Plan, args: Args) -> str:
    """The number without the national prefix, where it has one and is not complete with it."""
    if not plan.national_prefix:
        return number
    prefix = args.add(f"^(?:{plan.national_prefix})")
    bare = f"regexp_replace({number}, {prefix}::text, '')"
    if plan.transform:
        groups = plan.national_prefix.replace("(?", "").count("(")
        changed = f"regexp_replace({number}, {prefix}::text, {args.add(plan.transform)}::text)"
        bare = (
            f"CASE WHEN (regexp_match({number}, {prefix}::text))[{groups}] IS NOT NULL THEN {changed} ELSE {bare} END"
        )
    general = args.add(plan.general)
    return (
        f"CASE WHEN {number} ~ {prefix}::text AND NOT ({number} ~ {general}::text AND {bare} !~ {general}::text) "
        f"THEN {bare} ELSE {number} END"
    )


def without_prefix(number: str, plan: Plan, args: Args) -> str:
    """As `strip_prefix`, unless what is left has a length that the plan does not know."""
    stripped = strip_prefix(number, plan, args)
    if stripped == number:
        return number
    lengths = ", ".join(str(length) for length in plan.lengths) or "0"
    fits = f"length({stripped}) IN ({lengths}) OR length({stripped}) > {max(plan.lengths, default=17)}"
    return f"CASE WHEN {fits} THEN {stripped} ELSE {number} END"


def line_type(number: str, plan: Plan, args: Args) -> str:
    """The line type of a national number, NULL where the plan knows no such number."""
    cases = [f"WHEN {number} ~ {args.add(pattern)}::text THEN '{name}'" for name, pattern in plan.types]
    mobile = f"{number} ~ {args.add(plan.mobile)}::text" if plan.mobile else "false"
    if plan.fixed:
        either = f"CASE WHEN {mobile} THEN 'FIXED_LINE_OR_MOBILE' ELSE 'FIXED_LINE' END"
        cases.append(f"WHEN {number} ~ {args.add(plan.fixed)}::text THEN {either}")
    unknown = f"WHEN {number} !~ {args.add(plan.general)}::text THEN NULL"
    return f"CASE {unknown} {' '.join(cases)} WHEN {mobile} THEN 'MOBILE' END"
