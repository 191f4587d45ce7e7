"""`recobro-sdk new bureau acme`: a complete distribution that fails one test until its one method is written."""

from __future__ import annotations

import argparse
import re
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from recobro_sdk.cli.kinds import KINDS, Kind, kind_of
from recobro_sdk.cli.problems import CommandError
from recobro_sdk.hooks import CONTRACTS

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,30}")
_SIGNING: Final = (
    "    signing_secret: SecretStr = Field(\n"
    '        min_length=16, description="Secret with which {title} signs its calls, base64 as in Standard Webhooks"\n'
    "    )\n"
)
_SETTINGS_ROWS: Final = (
    ("api_key", "the key sent with every request (secret)"),
    ("signing_secret", "the secret with which calls are signed (secret)"),
    ("base_url", "where it is"),
    ("timeout_s", "the longest wait for an answer, in seconds"),
)


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser("new", help="begin a plugin: bureau, legal, report, ...")
    parser.add_argument("kind", choices=[kind.code for kind in KINDS], help="what it offers")
    parser.add_argument("name", help="whose it is, in lower case: acme")
    parser.add_argument("--dir", type=Path, default=Path(), help="folder in which its folder is made (the current one)")
    parser.set_defaults(act=lambda given: _act(given.kind, given.name, given.dir))


def _act(code: str, name: str, folder: Path) -> int:
    kind = kind_of(code)
    made = begin(kind, name, folder)
    sys.stdout.write(
        f"{made}\n"
        f"Next: cd {made}, pip install -e '.[dev]', pytest. One test is red until\n"
        f"{kind.method}() in src/{_words(kind, name)['package']}/{kind.module}.py is written.\n"
    )
    return 0


def begin(kind: Kind, name: str, folder: Path) -> Path:
    """Write the distribution below `folder` and return its folder. Raises `CommandError`; never overwrites."""
    if _NAME.fullmatch(name) is None:
        raise CommandError(f"{name!r} is no name: 2 to 31 lower-case letters, digits and underscores, a letter first")
    words = _words(kind, name)
    root = folder / words["dist"]
    if root.exists():
        raise CommandError(f"{root} is there already")
    package = f"src/{words['package']}"
    for template, target in {
        "common/pyproject.toml": "pyproject.toml",
        "common/README.md": "README.md",
        "common/CHANGELOG.md": "CHANGELOG.md",
        "common/init.py": f"{package}/__init__.py",
        "common/plugin.py": f"{package}/plugin.py",
        f"{'common' if kind.server else kind.code}/settings.py": f"{package}/settings.py",
        f"{kind.code}/{kind.module}.py": f"{package}/{kind.module}.py",
        "common/test.py": f"tests/test_{words['plugin']}.py",
    }.items():
        path = root / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_filled(template, words), "utf-8")
    (root / package / "py.typed").touch()
    return root


def _words(kind: Kind, name: str) -> dict[str, str]:
    title = name.replace("_", " ").title()
    plugin = f"{kind.code}_{name}"
    scopes = [(code, reason.format(title=title)) for code, reason in kind.scopes]
    rows = [row for row in _SETTINGS_ROWS if kind.signs or row[0] != "signing_secret"]
    if not kind.server:
        rows = [("separator", "what stands between two columns")]
    return {
        "name": name,
        "title": title,
        "plugin": plugin,
        "dist": f"recobro-{plugin}".replace("_", "-"),
        "package": f"recobro_{plugin}",
        "class": f"{title.replace(' ', '')}{kind.suffix}",
        "what": kind.what,
        "contract": kind.contract,
        "capability": kind.capability.name,
        "hook": next(one.hook for one in CONTRACTS if one.capability is kind.capability),
        "module": kind.module,
        "method": kind.method,
        "kit": kind.kit,
        "server": kind.server or kind.kit,
        "server_import": f", {kind.server}" if kind.server else "",
        "kit_body": (
            f"    settings: ClassVar[Mapping[str, object]] = {{}}\n    server = {kind.server}"
            if kind.server
            else '    settings: ClassVar[Mapping[str, object]] = {"separator": ";"}'
        ),
        "signing": _SIGNING.format(title=title) if kind.signs else "",
        "scopes": "\n".join(f'            PluginScope("{code}", "{reason}"),' for code, reason in scopes),
        "scopes_table": "\n".join(f"| `{code}` | {reason} |" for code, reason in scopes),
        "settings_table": "\n".join(["| setting | meaning |", "|---|---|", *(f"| `{a}` | {b} |" for a, b in rows)]),
    }


def _filled(template: str, words: dict[str, str]) -> str:
    text = files("recobro_sdk").joinpath("templates", f"{template}.tmpl").read_text("utf-8")
    return re.sub(r"@@(\w+)@@", lambda found: words[found[1]], text)
