"""Every module that does jobs, so that its handlers are known to the worker: at once, or when the first job comes."""

from importlib import import_module

from core.kit import jobs

HANDLERS = (
    "core.debts.refresh_stages",
    "core.payments.clear_payments",
    "core.payments.reprocess_payments",
    "core.interest.accrue_due",
    "core.write_offs.write_off_small_debts",
    "core.commissions.assess_due",
    "core.plugin_host.do_callback",
    "core.plugin_host.run_job",
    "core.agreements.judge_due",
    "core.bureaus.furnish",
    "core.bureaus.settle",
    "core.bureaus.settle_batch",
    "core.bureaus.take_answer",
    "core.legal.settle",
    "core.legal.book_money",
    "core.legal.follow_case",
    "core.legal.tell_cost",
    "core.legal.watch_deadlines",
    "core.segments.request_evaluation",
)
ON_DEMAND = {
    "banking.import": "core.banking.import_statements",
    "banking.match": "core.banking.match_entries",
    "banking.match_remittance": "core.banking.match_remittance",
    "placements.validate": "core.placements.validate_batch",
    "placements.import": "core.placements.import_batch",
    "remittance.issue": "core.remittance.issue_requested",
    "reports.run": "core.reports.run_report",
}
"""Large ones, by the names of their jobs."""


def load() -> None:
    for module in HANDLERS:
        import_module(module)
    for name, module in ON_DEMAND.items():
        jobs.on_demand(name, module)
