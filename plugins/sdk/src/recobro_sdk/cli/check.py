"""`recobro-sdk check`: the tier of a plugin, and the next rule that is missing."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from recobro_sdk.cli.ladder import RULES, Rule, Tier
from recobro_sdk.cli.problems import CommandError
from recobro_sdk.cli.project import Project


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser("check", help="print the quality tier and what is missing")
    parser.add_argument("path", nargs="?", type=Path, default=Path(), help="the plugin's folder (the current one)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--list", action="store_true", help="print every rule, and look at nothing")
    parser.set_defaults(act=lambda given: _listed() if given.list else _act(given.path, given.json))


def _listed() -> int:
    for rule in RULES:
        sys.stdout.write(f"{rule.tier.name.title():7} {rule.code:20} {rule.asks}\n")
    return 0


def judged(project: Project) -> list[tuple[Rule, bool]]:
    """Each rule and whether it holds, up to the end of the first tier with one that does not."""
    found: list[tuple[Rule, bool]] = []
    for tier in (Tier.BRONZE, Tier.SILVER, Tier.GOLD):
        for rule in (one for one in RULES if one.tier is tier):
            found.append((rule, _holds(rule, project)))
            if not found[-1][1] and rule.code in ("entry_point", "manifest"):
                return found  # the rest cannot be looked at
        if not all(held for _, held in found):
            break
    return found


def _holds(rule: Rule, project: Project) -> bool:
    try:
        return rule.holds(project)
    except CommandError:
        raise
    except Exception as error:  # the plugin's own code ran, and may fail in any way
        raise CommandError(f"{rule.code} cannot be looked at: {type(error).__name__}: {error}") from error


def tier_of(found: list[tuple[Rule, bool]]) -> Tier:
    """The highest tier all of whose rules hold, and all of those below."""
    missing = [rule.tier for rule, held in found if not held]
    return Tier(min(missing) - 1) if missing else Tier.GOLD


def _act(path: Path, as_json: bool) -> int:
    project = Project.at(path)
    found = judged(project)
    tier, missing = tier_of(found), [rule for rule, held in found if not held]
    if as_json:
        rules = {rule.code: held for rule, held in found}
        following = missing[0].code if missing else None
        sys.stdout.write(json.dumps({"tier": tier.name.lower(), "next": following, "rules": rules}) + "\n")
        return 0 if tier else 1
    for rule, held in found:
        sys.stdout.write(f"{'yes' if held else 'NO ':4}{rule.tier.name.title():7} {rule.asks}\n")
    sys.stdout.write(f"\n{project.declared.get('name')}: {tier.name.title() if tier else 'no tier yet'}\n")
    if missing:
        sys.stdout.write(f"Next ({missing[0].code}): {missing[0].remedy}.\n")
    return 0 if tier else 1
