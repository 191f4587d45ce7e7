"""The rule pack, the scorer and the validator that every defect starts from, and which have none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, JsonValue

from recobro_sdk import (
    ContactRequest,
    DebtFacts,
    Decision,
    FurnishingRequest,
    Identifier,
    IdentifierVerdict,
    PackDescription,
    PluginContext,
    RejectedByProvider,
    RequiredNotice,
    RuleSource,
    Score,
    ScorerDescription,
    ScoreReason,
    Text,
    Verdict,
    strictest,
)

HORIZON: Final = date(2027, 12, 31)
BARRED_AFTER_DAYS: Final = 5 * 365
LARGEST_BATCH: Final = 1000
_WEIGHTS: Final = (3, 7, 13, 17, 19, 23, 29, 37, 41)
_IGNORED: Final = str.maketrans("", "", " .-")


def rule(code: str, citation: str, summary: Text, *, version: int = 1, until: date | None = None) -> RuleSource:
    """A rule of the pack."""
    since = date(2023, 10, 10)
    return RuleSource(
        rule=code, version=version, citation=citation, summary=summary, effective_from=since, effective_to=until
    )


RULES: Final = {
    one.rule: one
    for one in (
        rule("HOUR", "Ley 2300 de 2023 art. 3", Text("Horario de contacto", "Hours of contact")),
        rule("CHANNEL", "Ley 2300 de 2023 art. 2", Text("Canal autorizado", "Authorised channel")),
        rule("HORIZON", "Ley 2300 de 2023 art. 3", Text("Calendario desconocido", "Unknown calendar")),
        rule("NOTICE", "Ley 1266 de 2008 art. 12", Text("Aviso previo", "Prior notice")),
        rule("BAR", "Código Civil art. 2536", Text("Prescripción", "Time bar")),
    )
}
OLD: Final = rule(
    "OLD", "Ley 2300 de 2023 art. 3", Text("Redacción anterior", "Earlier wording"), until=date(2025, 1, 1)
)


class NoSettings(BaseModel):
    """None."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HonestPack:
    """A rule pack without a defect. Subclasses override the one step that they do wrong."""

    code: ClassVar[str] = "hostile_pack"

    def __init__(self, settings: NoSettings, context: PluginContext) -> None:
        self._settings, self._context = settings, context

    def describe(self) -> PackDescription:
        """What it covers; see `JurisdictionPack.describe`."""
        return PackDescription(
            code=self.code,
            version="1",
            country="CO",
            title=Text("Horario", "Hours"),
            horizon=HORIZON,
            rules=(*RULES.values(), OLD),
        )

    def may_contact(self, request: ContactRequest) -> Decision:
        """Known calendar, authorised channel, hours in every zone; see `JurisdictionPack.may_contact`."""
        if request.at.date() > HORIZON:
            return self.decided("HORIZON", Verdict.DENY)
        channel = self.decided("CHANNEL", Verdict.ALLOW if self.is_authorised(request) else Verdict.DENY)
        return self.together([channel, *(self.in_zone(request.at, zone) for zone in request.zones)])

    def together(self, decisions: Sequence[Decision]) -> Decision:
        """All of them have to allow it."""
        return strictest(decisions)

    def is_authorised(self, request: ContactRequest) -> bool:
        """Whether the person agreed to the channel, and still does."""
        return request.action in request.authorised - request.opted_out

    def in_zone(self, at: datetime, zone: str) -> Decision:
        """Whether it is a lawful hour there."""
        local = self.local(at, zone)
        hours = {5: (time(8), time(15)), 6: None}.get(local.weekday(), (time(7), time(19)))
        if hours is not None and hours[0] <= local.time() < hours[1]:
            return self.decided("HOUR", Verdict.ALLOW)
        return self.decided("HOUR", Verdict.DEFER, not_before=self.opens(local).astimezone(UTC))

    def local(self, at: datetime, zone: str) -> datetime:
        """The moment, as clocks there show it."""
        return at.astimezone(ZoneInfo(zone))

    def opens(self, local: datetime) -> datetime:
        """When it may be tried again."""
        return datetime.combine(local.date() + timedelta(days=1), time(8), local.tzinfo)

    def may_furnish(self, request: FurnishingRequest) -> Decision:
        """After 20 days from the notice; see `JurisdictionPack.may_furnish`."""
        if request.on > HORIZON:
            return self.decided("HORIZON", Verdict.DENY)
        waited = any(one.sent_at.date() + timedelta(days=20) < request.on for one in request.notices)
        allowed = waited and request.is_authorised and not request.is_disputed
        return self.decided("NOTICE", Verdict.ALLOW if allowed else Verdict.DENY)

    def may_sue(self, debt: DebtFacts, on: date) -> Decision:
        """Within five years; see `JurisdictionPack.may_sue`."""
        if on > HORIZON:
            return self.decided("HORIZON", Verdict.DENY)
        days = (on - debt.due_on).days
        return self.decided("BAR", Verdict.ALLOW if days < BARRED_AFTER_DAYS else Verdict.REVIEW, days=days)

    def rate_cap(self, debt: DebtFacts, on: date) -> Decimal | None:
        """As certified; see `JurisdictionPack.rate_cap`."""
        if on > HORIZON:
            raise ValueError("no rate is certified for that day")
        return Decimal("28.17")

    def notices(self, debt: DebtFacts, on: date) -> tuple[RequiredNotice, ...]:
        """Before furnishing, and before a suit; see `JurisdictionPack.notices`."""
        return (self.notice("prior", on), self.notice("demand", on + timedelta(days=20)))

    def notice(self, code: str, due_on: date) -> RequiredNotice:
        """One of them."""
        return RequiredNotice(
            code=code,
            title=Text("Aviso previo", "Prior notice"),
            citation=RULES["NOTICE"].citation,
            due_on=due_on,
            contents=("amount", "creditor"),
        )

    def decided(
        self, code: str, verdict: Verdict, *, not_before: datetime | None = None, **inputs: JsonValue
    ) -> Decision:
        """A decision by a rule, and the facts that it rests on."""
        return Decision(
            verdict=verdict,
            rule=code,
            rule_version=1,
            citation=RULES["HOUR"].citation if code not in RULES else RULES[code].citation,
            not_before=not_before,
            inputs=inputs,
        )


class HonestScorer:
    """A scorer without a defect. Subclasses override the one step that they do wrong."""

    code: ClassVar[str] = "hostile_scorer"

    def __init__(self, settings: NoSettings, context: PluginContext) -> None:
        self._settings, self._context = settings, context

    def describe(self) -> ScorerDescription:
        """0 to 1 000; see `Scorer.describe`."""
        title = Text("Puntos", "Points")
        return ScorerDescription(code=self.code, title=title, lowest=0, highest=1000, model="points", model_version="1")

    async def score(self, batch: Sequence[DebtFacts]) -> Sequence[Score]:
        """Age and payments; see `Scorer.score`."""
        self.measured(batch)
        return [self.scored(debt) for debt in batch]

    def measured(self, batch: Sequence[DebtFacts]) -> None:
        """Refuse what is too much."""
        if len(batch) > LARGEST_BATCH:
            raise RejectedByProvider("at most 1 000 debts", code="batch_too_large")

    def scored(self, debt: DebtFacts) -> Score:
        """One of them."""
        reasons = self.reasons(debt)
        return Score(reference=debt.reference, value=self.value(debt), reasons=tuple(reasons))

    def value(self, debt: DebtFacts) -> int:
        """In points."""
        return 500 - min(debt.days_past_due, 400) + 100 * min(debt.payments, 3)

    def reasons(self, debt: DebtFacts) -> list[ScoreReason]:
        """The weightiest first."""
        found = [
            ScoreReason(code="age", text=Text("Altura de mora", "Days past due"), points=-min(debt.days_past_due, 400)),
            ScoreReason(code="payments", text=Text("Pagos", "Payments"), points=100 * min(debt.payments, 3)),
        ]
        return sorted(found, key=lambda reason: -abs(reason.points))


class HonestValidator:
    """A validator of the Colombian NIT without a defect. Subclasses override the one step that they do wrong."""

    code: ClassVar[str] = "hostile_validator"

    def __init__(self, settings: NoSettings, context: PluginContext) -> None:
        self._settings, self._context = settings, context

    def types(self) -> frozenset[str]:
        """The NIT; see `IdentifierValidator.types`."""
        return frozenset({"NIT"})

    def validate(self, identifier: Identifier) -> IdentifierVerdict:
        """Nine digits and a check digit; see `IdentifierValidator.validate`."""
        digits = self.plain(identifier.number)
        if self.is_known(identifier) and self.is_ten_digits(digits) and self.fits(digits):
            return IdentifierVerdict(valid=True, normal=digits)
        return IdentifierVerdict(valid=False, problem=self.problem(identifier))

    def is_known(self, identifier: Identifier) -> bool:
        """Whether it is a number of the country and type."""
        return (identifier.country, identifier.type) == ("CO", "NIT")

    def plain(self, number: str) -> str:
        """Without what people write between digits."""
        return number.translate(_IGNORED)

    def is_ten_digits(self, digits: str) -> bool:
        """In plain digits."""
        return len(digits) == 10 and digits.isascii() and digits.isdigit()

    def fits(self, digits: str) -> bool:
        """Whether the last digit is the check of the others."""
        rest = sum(int(one) * weight for one, weight in zip(reversed(digits[:-1]), _WEIGHTS, strict=True)) % 11
        return int(digits[-1]) == (rest if rest < 2 else 11 - rest)

    def problem(self, identifier: Identifier) -> Text:
        """What is wrong."""
        return Text("El NIT no es válido.", "This is no NIT.")
