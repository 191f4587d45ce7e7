"""Measurements that the conformance classes share."""

from __future__ import annotations

import ast
import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from recobro_sdk.testing.waiting import waited_ns

R = TypeVar("R")

HOST_PACKAGES: Final = frozenset({"recobro", "core", "schema", "tenants", "tests"})
"""The host's own packages, which a plugin may not import."""


def forbidden_imports(package: Path, own: str | None = None) -> list[str]:
    """Imports in a package of something of Recobro that is not the SDK, as `file:line name`; read, not executed.

    `own` is the name of the package at the top, when the folder is one below it.
    """
    found: list[str] = []
    for file, node in _nodes(package):
        for name in _imported(node):
            top = name.partition(".")[0]
            ours = top in HOST_PACKAGES or top.startswith("recobro_")
            if ours and top not in ("recobro_sdk", own or package.name):
                found.append(f"{file.name}:{node.lineno} {name}")
    return found


def _imported(node: Any) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        return [node.module]
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        name = node.args[0].value
        return [name] if called in ("import_module", "__import__") and isinstance(name, str) else []
    return []


def float_conversions(package: Path) -> list[str]:
    """Places in a package that name `float`, as `file:line`: money never goes through one."""
    return [
        f"{file.name}:{node.lineno}"
        for file, node in _nodes(package)
        if isinstance(node, ast.Name) and node.id == "float"
    ]


def _nodes(package: Path) -> Iterator[tuple[Path, Any]]:
    for file in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            yield file, node


def inexact_values(value: Any, path: str = "") -> list[str]:
    """Paths of floats inside dataclasses, sequences and mappings."""
    if isinstance(value, float):
        return [path or "value"]
    found: list[str] = []
    if is_dataclass(value) and not isinstance(value, type):
        for item in fields(value):
            found += inexact_values(getattr(value, item.name), f"{path}.{item.name}")
    elif isinstance(value, dict):
        for key, item in cast("dict[Any, Any]", value).items():
            found += inexact_values(item, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(cast("list[Any]", value)):
            found += inexact_values(item, f"{path}[{index}]")
    return found


def signature_differences(service: object, protocol: type) -> list[str]:
    """Methods of `protocol` that `service` lacks, or has with other parameters, or with the other kind of `def`."""
    found: list[str] = []
    for name, wanted in vars(protocol).items():
        if name.startswith("_") or not inspect.isfunction(wanted):
            continue
        have = getattr(service, name, None)
        if not callable(have):
            found.append(f"{name} is missing")
        elif inspect.iscoroutinefunction(have) != inspect.iscoroutinefunction(wanted):
            found.append(f"{name} is async in one and not in the other")
        else:
            theirs = [(item.name, item.kind) for item in inspect.signature(have).parameters.values()]
            ours = [(item.name, item.kind) for item in list(inspect.signature(wanted).parameters.values())[1:]]
            if theirs != ours:
                found.append(f"{name} has other parameters")
    return found


async def longest_gap_ms(work: Callable[[], Awaitable[object]]) -> int:
    """Run `work` and return the longest time, in whole milliseconds, that the event loop could do nothing else.

    What the machine spent on others meanwhile is taken off, where the system tells it.
    """
    gaps = [0]

    async def heartbeat() -> None:
        last = time.perf_counter_ns() - waited_ns()
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter_ns() - waited_ns()
            gaps.append(now - last)
            last = now

    beating = asyncio.create_task(heartbeat())
    await asyncio.sleep(0.005)
    gaps.clear()
    try:
        await work()
        await asyncio.sleep(0.002)
    finally:
        beating.cancel()
    return max(gaps, default=0) // 1_000_000


async def swallowed_cancellations(work: Callable[[], Coroutine[Any, Any, object]], *, points: int = 8) -> list[int]:
    """Cancel `work` at its first, second, ... wait, and return the waits at which it went on as if nothing was."""
    swallowed: list[int] = []
    for point in range(1, points + 1):
        task = asyncio.create_task(work())
        for _ in range(point):
            await asyncio.sleep(0)
        if task.done():
            task.result()
            break
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=5)
        if not done or not task.cancelled():
            swallowed.append(point)
    return swallowed
