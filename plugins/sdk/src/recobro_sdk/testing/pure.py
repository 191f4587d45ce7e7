"""Checks of what has no provider and rests on what it is asked alone: rule packs, identifier validators."""

from __future__ import annotations

import contextlib
import copy
import io
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar, get_type_hints

from pydantic import TypeAdapter

from recobro_sdk.testing.base import Seen
from recobro_sdk.testing.checks import inexact_values
from recobro_sdk.testing.clocks import clock_watched
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.plugin_checks import Conformance
from recobro_sdk.testing.state import changed, module_state, shared_objects

T = TypeVar("T")

_SLOWEST_MS: Final = 20


class PureConformance(Conformance[T]):
    """Checks of plain functions that a kit asks: quick, pure, the same for everybody, without I/O."""

    def questions(self) -> Sequence[tuple[str, tuple[Any, ...]]]:
        """What the checks ask: the name of a method of the contract, and its arguments."""
        raise NotImplementedError

    def first_questions(self) -> Sequence[tuple[str, tuple[Any, ...]]]:
        """One for each method: what a module makes at its first use is there after them."""
        return list({name: (name, arguments) for name, arguments in reversed(self.questions())}.values())

    def unanswerable(self, name: str) -> tuple[type[Exception], ...]:
        """Exceptions that the contract has for a question that a method cannot answer."""
        return ()

    def answers(self, service: T) -> list[Any]:
        """The answer to each question, or None for one that cannot be answered."""
        return [self._answer(service, name, arguments) for name, arguments in self.questions()]

    def _answer(self, service: T, name: str, arguments: tuple[Any, ...]) -> Any:
        with contextlib.suppress(*self.unanswerable(name)):
            return getattr(service, name)(*arguments)
        return None

    def _asked(self, *, agency: str = "agency-1", times: int = 1) -> list[list[Any]]:
        async def scenario(service: T, _: FakeContext) -> list[list[Any]]:
            return [self.answers(service) for _ in range(times)]

        return self.run(scenario, offline=True, agency=agency)

    def test_same_question_same_answer(self) -> None:
        """Asked a hundred times, and again at another agency, it says the same."""
        first, *again = self._asked(times=100)
        assert all(one == first for one in again), "a question that is asked again has another answer"
        assert self._asked(agency="agency-2") == [first], "another agency is told something else"

    def test_answers_rest_on_the_question(self) -> None:
        """No file of the package asks for the machine's time, or draws lots: the day is in the question, so that an
        answer of last year can be repeated."""

        async def scenario(service: T, _: FakeContext) -> list[str]:
            with clock_watched(self.package()) as looks:
                self.answers(service)
            return looks

        found = self.run(scenario)
        assert found == [], f"what is answered rests on the machine: {sorted(set(found))}"

    def test_host_clock_changes_nothing(self) -> None:
        """The host's clock is no part of the question either."""

        async def scenario(service: T, context: FakeContext) -> tuple[list[Any], list[Any]]:
            before = self.answers(service)
            context.clock.advance(timedelta(days=1800))
            return before, self.answers(service)

        before, after = self.run(scenario)
        assert before == after, "the same question has another answer on another day"

    def test_questions_stay_as_they_are(self) -> None:
        """What was asked is not changed by answering it: the host goes on with it."""
        before = copy.deepcopy(self.questions())
        self._asked()
        assert list(self.questions()) == list(before), "a question is another one after it was answered"

    def test_answers_cross_processes(self) -> None:
        """Each answer is of the annotated type to its last field, and survives becoming JSON and back, and so does
        each question."""
        (found,) = self._asked()
        for (name, arguments), answer in zip(self.questions(), found, strict=True):
            for value in arguments:
                _crosses(type(value), value)
            if answer is not None or not self.unanswerable(name):
                _crosses(get_type_hints(getattr(self.protocol, name))["return"], answer, strict=True)

    def test_answers_are_exact(self) -> None:
        """No number of an answer is a float, in evidence that it carries included."""
        (found,) = self._asked()
        assert inexact_values(found) == []

    def test_agencies_share_nothing(self) -> None:
        """Two agencies' services have no changeable object in common, and answering changes nothing outside its own."""
        package, services = self.package_name(), list[T]()

        async def first(service: T, _: FakeContext) -> None:
            for name, arguments in self.first_questions():
                self._answer(service, name, arguments)

        async def scenario(service: T, _: FakeContext) -> None:
            services.append(service)
            self.answers(service)

        # What a module makes at its first use, and is then the same for everybody, is not shared state; what it keeps
        # of each question is.
        self.run(first, agency="agency-0")
        before = module_state(package)
        for agency in ("agency-1", "agency-2"):
            self.run(scenario, agency=agency)
        assert shared_objects(services[0], services[1], package) == [], "both agencies hold the same object"
        assert changed(before, module_state(package)) == [], "an answer changes what belongs to every agency"

    def test_does_no_io(self) -> None:
        """It sends nothing, stores nothing, logs nothing and prints nothing."""
        seen, told = Seen(), io.StringIO()

        async def scenario(service: T, context: FakeContext) -> tuple[int, int, str]:
            self.answers(service)
            return len(context.wire.sent), len(context.store.documents), context.logged_text()

        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            found = self.run(scenario, seen=seen)
        assert found[:2] == (0, 0) and found[2] == told.getvalue() == "", "answering leaves a trace"
        assert seen.connections.abroad + seen.connections.beside == []

    def test_answers_are_quick(self) -> None:
        """An answer takes less than 20 ms: one is made for each line of a list. Best of five, for each question."""

        assert self.slow(self.questions()) == [], "it takes too long"

    def slow(self, questions: Sequence[tuple[str, tuple[Any, ...]]]) -> list[str]:
        """Names of the methods that take too long for one of these questions."""

        async def scenario(service: T, _: FakeContext) -> list[str]:
            return [name for name, asked in questions if self._took_ms(service, name, asked) >= _SLOWEST_MS]

        return self.run(scenario)

    def _took_ms(self, service: T, name: str, arguments: tuple[Any, ...]) -> int:
        took: list[int] = []
        while len(took) < 5 and min(took, default=_SLOWEST_MS) >= _SLOWEST_MS:
            started = time.perf_counter_ns()
            self._answer(service, name, arguments)
            took.append((time.perf_counter_ns() - started) // 1_000_000)
        return min(took)


def _crosses(kind: Any, value: Any, *, strict: bool = False) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    if strict:
        adapter.validate_python(value, strict=True)
    assert adapter.validate_json(adapter.dump_json(value, warnings="error")) == value, "JSON changes it"
