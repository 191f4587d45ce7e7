"""What a process that serves does not load: by name, as megabytes depend on the machine."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {
    "alembic", "arq", "bankfile", "charset_normalizer", "fakeredis", "holidays", "hypothesis", "jinja2", "lxml", "mt940", "openpyxl",
    "phonenumbers", "psutil", "psycopg", "pygments", "pypika_tortoise", "python_calamine", "redis", "reportlab", "rich", "sqlalchemy",
    "stdnum", "tortoise", "xlsxwriter",
}  # fmt: skip
JOBS_ONLY = {
    "core.placements.staging",
    "core.placements.import_batch",
    "core.reports.run_report",
    "core.banking.import_statements",
    "core.remittance.issue_statement",
}

SERVES = """
import sys
from recobro import runtime
from recobro.app import build_app
from recobro.cli import serve
from recobro.queue import queue_of
from recobro.settings import Settings
from core.kit import crypto
from core.plugin_host import host
from recobro import jobs_registry
crypto.use_keys(("a secret key of the test suite, forty letters",))
settings = Settings(environment="production", public_url="https://recobro.example")
build_app(settings, "postgresql://app@127.0.0.1/recobro")
queue_of(settings, "postgresql://app@127.0.0.1/recobro")
jobs_registry.load()
host.load(allowed=(), strict=True)
print(*sys.modules, *[status.name for status in host.plugins()])
"""


def test_what_serves_loads_nothing_that_only_jobs_migrations_and_commands_need() -> None:
    plugins = os.pathsep.join(str(path) for path in sorted(ROOT.glob("plugins/*/src")))
    loaded = subprocess.run(
        [sys.executable, "-c", SERVES],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": plugins}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    modules = set(loaded.stdout.split())
    assert {"strawberry", "asyncpg", "uvloop"} & modules == {"strawberry", "asyncpg"}, "it has loaded the program"
    plugins_own = {name for name in modules if name.startswith("recobro_") and name.partition(".")[0] != "recobro_sdk"}
    assert plugins_own == set() and "recovery_report" in modules, "the plugins are in processes of their own"
    assert {name for name in modules if name.partition(".")[0] in HEAVY or name in JOBS_ONLY} == set()


def test_a_job_brings_along_what_does_it() -> None:
    code = (
        "from core.kit import jobs\nfrom recobro import jobs_registry\njobs_registry.load()\n"
        "assert all(jobs.handler_of(name) for name in jobs_registry.ON_DEMAND)\n"
        "assert jobs.failed_of('placements.validate') and jobs.handler_of('nobody.does') is None"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
