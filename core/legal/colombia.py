"""The civil courts of Colombia: on which days they sit, and which terms the events of a lawsuit begin.

CGP is the Código General del Proceso (Ley 1564 of 2012). Terms are data: a rule that changes is a line that changes.
"""

from datetime import date, timedelta
from functools import lru_cache

from core.legal.court_days import Term, Unit
from core.legal.deadlines import SCHEDULED, DeadlineRule
from core.legal.kinds import DeadlineParty as P
from core.legal.kinds import EventKind as E

_VACATION_FROM, _VACATION_TO = (12, 20), (1, 10)
_DAY_OF_JUSTICE = (12, 17)
_SATURDAY = 5


class ColombianCourts:
    """Monday to Friday, without public holidays and without the judicial recess (CGP art. 118): the collective vacation
    from 20 December to 10 January (Ley 270 of 1996, art. 146), Holy Week, and the day of justice on 17 December
    (Decreto 2766 of 1980). What a single court closes for is not known here: a deadline can be moved by hand."""

    def sits_on(self, day: date) -> bool:
        """Whether courts sit on a day."""
        month_and_day = (day.month, day.day)
        return not (
            day.weekday() >= _SATURDAY
            or month_and_day >= _VACATION_FROM
            or month_and_day <= _VACATION_TO
            or month_and_day == _DAY_OF_JUSTICE
            or day in _feasts(day.year)
        )


@lru_cache(maxsize=64)
def _feasts(year: int) -> frozenset[date]:
    """Public holidays, with all of Holy Week."""
    # Half a second and 20 MB: only processes that count terms have it.
    import holidays

    public = holidays.country_holidays("CO", years=year, language="en_US")
    (good_friday,) = public.get_named("Good Friday")
    return frozenset(public) | {good_friday - timedelta(days=before) for before in range(5)}


COURTS = ColombianCourts()
_NOTICE = "Serve the debtor, so that the filing stopped the time bar"
RULES: tuple[DeadlineRule, ...] = (
    DeadlineRule("court_decides_on_claim", E.FILED, Term(30), P.COURT, "CGP art. 90", "The court decides on the claim"),
    DeadlineRule("correct_claim", E.INADMITTED, Term(5), P.OURS, "CGP art. 90", "Correct the claim"),
    DeadlineRule("appeal_rejection", E.REJECTED, Term(3), P.OURS, "CGP arts. 318, 322", "Appeal against the rejection"),
    DeadlineRule(
        "appeal_denied_order", E.PAYMENT_ORDER_DENIED, Term(3), P.OURS, "CGP arts. 318, 322, 438",
        "Appeal against the refusal of the order to pay",
    ),
    DeadlineRule("serve_to_stop_time_bar", E.PAYMENT_ORDERED, Term(1, Unit.YEARS), P.OURS, "CGP art. 94", _NOTICE),
    DeadlineRule("serve_to_stop_time_bar", E.ADMITTED, Term(1, Unit.YEARS), P.OURS, "CGP art. 94", _NOTICE),
    DeadlineRule(
        "debtor_asks_to_reconsider", E.SERVED, Term(3), P.THEIRS, "CGP arts. 318, 430",
        "The debtor may ask to reconsider the order to pay",
    ),
    DeadlineRule("debtor_pays", E.SERVED, Term(5), P.THEIRS, "CGP art. 431", "The debtor is to pay"),
    DeadlineRule("debtor_opposes", E.SERVED, Term(10), P.THEIRS, "CGP arts. 421, 442", "The debtor may oppose"),
    DeadlineRule("answer_defences", E.OPPOSED, Term(10), P.OURS, "CGP art. 443", "Answer the debtor's defences"),
    DeadlineRule("appeal_judgment", E.JUDGMENT, Term(3), P.OURS, "CGP art. 322", "Appeal against the judgment"),
    DeadlineRule("file_appraisal", E.EXECUTION_CONTINUES, Term(20), P.OURS, "CGP art. 444", "File the appraisal"),
    DeadlineRule(
        "object_to_credit_statement", E.CREDIT_STATEMENT_SERVED, Term(3), P.OURS, "CGP art. 446",
        "Object to the other side's statement of the debt",
    ),
    DeadlineRule(
        "object_to_appraisal", E.APPRAISAL_SERVED, Term(10), P.OURS, "CGP art. 444", "Object to the appraisal"
    ),
    DeadlineRule(
        "act_or_lose_case", E.ACTION_REQUIRED, Term(30), P.OURS, "CGP art. 317",
        "Do what the court requires, or it ends the case",
    ),
)  # fmt: skip
"""Once served within a year of the order, the filing stopped the time bar; otherwise only the service did (art. 94)."""
ENDS: dict[E, frozenset[str]] = {
    E.FILED: frozenset({"appeal_rejection"}),
    E.INADMITTED: frozenset({"court_decides_on_claim"}),
    E.REJECTED: frozenset({"court_decides_on_claim", "correct_claim"}),
    E.ADMITTED: frozenset({"court_decides_on_claim", "correct_claim"}),
    E.PAYMENT_ORDERED: frozenset({"court_decides_on_claim", "correct_claim"}),
    E.PAYMENT_ORDER_DENIED: frozenset({"court_decides_on_claim", "correct_claim"}),
    E.SERVED: frozenset({"serve_to_stop_time_bar"}),
    E.RECONSIDERATION_ASKED: frozenset({"debtor_asks_to_reconsider"}),
    E.OPPOSED: frozenset({"debtor_opposes"}),
    E.HEARING_SET: frozenset({"answer_defences"}),
    E.JUDGMENT: frozenset({"answer_defences"}),
    E.APPEALED: frozenset({"appeal_rejection", "appeal_denied_order", "appeal_judgment"}),
    E.EXECUTION_CONTINUES: frozenset({"debtor_asks_to_reconsider", "debtor_pays", "debtor_opposes"}),
    E.CREDIT_STATEMENT_APPROVED: frozenset({"object_to_credit_statement"}),
    E.APPRAISAL_SERVED: frozenset({"file_appraisal"}),
    E.AUCTION_SET: frozenset({"file_appraisal", "object_to_appraisal"}),
    E.TERMINATED: frozenset({"debtor_pays"}),
}
"""Which deadlines an event says are done with."""
_WORDS = {rule.code: (rule.title, rule.source) for rule in RULES}


def rule_of(code: str) -> tuple[str, str]:
    """What a deadline is about, and the law that it comes from: none for a day that was set."""
    return _WORDS.get(code, (f"Be at the {code}" if code in SCHEDULED.values() else "What was set for this day", ""))
