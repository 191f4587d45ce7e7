"""Every module that does jobs, imported so that its handlers are known to the worker."""

from importlib import import_module

HANDLERS = (
    "core.placements.validate_batch",
    "core.placements.import_batch",
    "core.debts.refresh_stages",
    "core.payments.clear_payments",
    "core.interest.accrue_due",
    "core.bureaus.settle",
    "core.legal.settle",
    "core.segments.request_evaluation",
    "core.reports.run_report",
)


def load() -> None:
    for module in HANDLERS:
        import_module(module)
