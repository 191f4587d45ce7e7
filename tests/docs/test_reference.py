"""What the documents list is what the program has: events, settings, roles, make targets."""

import re
import subprocess
from pathlib import Path

from recobro.settings import Settings
from tenants.models import Role

ROOT = Path(__file__).resolve().parents[2]
EMITTED = re.compile(
    r'"((?:payment|debt|dispute|bureau|legal|report|placement|mandate|creditor|portfolio|plugin|segment|bank_account|bank_file|bank_entry|'
    r'commission_schedule|fee|remittance|remittance_order|statement)\.[a-z_]+)"'
)
# Jobs and permissions have names of the same form.
NOT_EVENTS = re.compile(
    r"\.(read|run|manage|record|reverse|work|handoff|inquire|import|validate|settle|adjust|charge|refresh_stages|issue|reinstate)$"
)


def test_every_event_is_listed() -> None:
    listed = (ROOT / "docs/integrator.md").read_text()
    table = listed[listed.index("| event | when |") :]
    known: set[str] = set()
    for cell in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE):
        area = ""
        for name in re.findall(r"`([a-z_.]+)`", cell):
            area = name.partition(".")[0] or area
            known.add(area + name if name.startswith(".") else name)
    emitted: set[str] = set()
    for path in [*ROOT.glob("core/**/*.py"), *ROOT.glob("tenants/**/*.py")]:
        if re.search(r"\bemit\(|INSERT INTO event", path.read_text()):
            emitted |= {name for name in EMITTED.findall(path.read_text()) if not NOT_EVENTS.search(name)}
    assert emitted - known == set(), "not in docs/integrator.md"


def test_every_setting_is_described() -> None:
    text = (ROOT / "docs/operator.md").read_text()
    missing = [name for name in Settings.model_fields if f"RECOBRO_{name.upper()}" not in text]
    assert missing == []


def test_every_role_is_described() -> None:
    text = (ROOT / "docs/agency.md").read_text() + (ROOT / "docs/creditor.md").read_text()
    assert [role for role in Role if role is not Role.OPERATOR and role.value not in text] == []


def test_make_alone_lists_every_target_with_a_line_of_help() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert all(re.search(rf"^  {target} +\S", shown, re.MULTILINE) for target in phony[1].split()), shown
