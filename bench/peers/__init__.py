"""The field: what a user would pick instead. Each folder holds our own code for one, as its documentation recommends
and tuned as well as we can. One process and ten connections each; the tenant is set in each transaction."""

from collections.abc import Callable, Mapping
from pathlib import Path

from bench.candidates import Candidate, peer_environment
from bench.database import Stage
from bench.peers import postgraphile, prepare

HERE = Path(__file__).resolve().parent


def _node(name: str) -> Candidate:
    return Candidate(
        name,
        lambda _: [prepare.node(), "server.mjs"],
        peer_environment,
        folder=prepare.INSTALLED / name,
        prepare=lambda: prepare.javascript(name),
    )


def _python(folder: str, command: Callable[[int], list[str]], **settings: str) -> Candidate:
    """`command` is what follows `python -m`; the peer's own folder and the shared one are on its path."""

    def environment(stage: Stage, port: int) -> Mapping[str, str]:
        path = f"{HERE / folder}:{HERE / 'django_shared'}"
        return {**peer_environment(stage, port), "PYTHONPATH": path, **settings}

    interpreter = str(prepare.INSTALLED / folder / "bin" / "python")
    return Candidate(
        folder.replace("_", "-"),
        lambda port: [interpreter, "-m", *command(port)],
        environment,
        prepare=lambda: prepare.python(folder),
    )


def _uvicorn(port: int) -> list[str]:
    return ["uvicorn", "server:app", "--port", str(port), "--log-level", "warning", "--no-access-log"]


def _gunicorn(port: int) -> list[str]:
    return [
        "gunicorn", "-w", "1", "-k", "gthread", "--threads", "10", "--worker-connections", "1000",
        "--keep-alive", "120", "--log-level", "warning", "-b", f"127.0.0.1:{port}", "server:application",
    ]  # fmt: skip


PEERS: tuple[Candidate, ...] = (
    postgraphile.candidate(_node("postgraphile")),
    _node("yoga"),
    _node("mercurius"),
    _python("strawberry_tortoise", _uvicorn),
    _python("strawberry_django", _gunicorn, DJANGO_APPS="django.contrib.contenttypes strawberry_django"),
    _python("graphene_django", _gunicorn, DJANGO_APPS="django.contrib.contenttypes graphene_django"),
)
