"""Who is measured: how each is started, and how it is spoken to.

Everybody answers the operations of bench/workloads.py as they stand, but PostGraphile, whose schema is the database's.
Recobro is given a signed token, everybody else the agency's id in a header that is believed.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from bench import workloads
from bench.database import ISSUER, SECRET, Stage
from core.kit import ids
from recobro.settings import ROOT

HERE = Path(__file__).resolve().parent
Json = dict[str, Any]


@dataclass(frozen=True)
class Candidate:
    """`command` and `environment` start the server on a port; `public` says that its ids are Recobro's public ones.

    `prepare` installs what it needs, and raises CannotInstall.
    `operations` and `variables` translate the workloads, `answer` an answer, for who speaks another schema.
    """

    name: str
    command: Callable[[int], list[str]]
    environment: Callable[[Stage, int], Mapping[str, str]]
    public: bool = False
    token: bool = False
    operations: Mapping[str, str] = field(default_factory=lambda: workloads.OPERATIONS)
    variables: Callable[[str, str, Json], Json] = lambda _workload, _agency, given: given
    answer: Callable[[str, Json], Json] = lambda _, given: given
    folder: Path = ROOT
    prepare: Callable[[], object] = lambda: None

    def identity(self, prefix: str, value: UUID) -> str:
        return ids.encode(prefix, value) if self.public else str(value)

    def headers(self, stage: Stage, agency: UUID) -> tuple[str, str]:
        """The one header that says who asks."""
        return ("authorization", f"Bearer {stage.tokens[agency]}") if self.token else ("x-agency-id", str(agency))

    def body(self, workload: str, agency: UUID, variables: Json) -> str:
        query = self.operations[workload]
        return json.dumps({"query": query, "variables": self.variables(workload, str(agency), variables)})


def _recobro(stage: Stage, port: int) -> Mapping[str, str]:
    return {
        "RECOBRO_ENVIRONMENT": "production",
        "RECOBRO_DATABASE_URL": stage.owner,
        "RECOBRO_SECRET_KEYS": SECRET,
        "RECOBRO_PUBLIC_URL": ISSUER,
        "RECOBRO_DATA_DIR": str(HERE / ".data" / "recobro"),
        "RECOBRO_POOL_SIZE": "10",
    }


def peer_environment(stage: Stage, port: int) -> Mapping[str, str]:
    return {"DATABASE_URL": stage.peer, "PORT": str(port), "POOL": "10", "NODE_ENV": "production"}


def _uvicorn(app: str) -> Callable[[int], list[str]]:
    return lambda port: [
        sys.executable, "-m", "uvicorn", app, "--port", str(port), "--log-level", "warning", "--no-access-log",
        "--loop", "uvloop", "--http", "httptools",
    ]  # fmt: skip


RECOBRO = Candidate(
    "recobro",
    lambda port: [sys.executable, "-m", "recobro", "serve", "--no-demo", "--port", str(port)],
    _recobro,
    public=True,
    token=True,
)
LIMIT = Candidate("limit", _uvicorn("bench.limit.app:app"), peer_environment, public=True)


def known() -> dict[str, Candidate]:
    """Everybody, in the order of the tables."""
    from bench.peers import PEERS

    return {one.name: one for one in (LIMIT, RECOBRO, *PEERS)}


def environment(candidate: Candidate, stage: Stage, port: int) -> dict[str, str]:
    """Nothing of ours that could lead a server elsewhere."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return {**kept, **candidate.environment(stage, port)}
