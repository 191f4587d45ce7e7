"""Checks of what an extension declares, before anybody calls it: names, types, permissions, what it asks for."""

from __future__ import annotations

import inspect
from typing import Any

from recobro_sdk.extensions import Extension
from recobro_sdk.graphql import INPUTS, PERMISSIONS, FieldOn, Mutation
from recobro_sdk.manifest import ContributionKind
from recobro_sdk.testing.calls import CallConformance
from recobro_sdk.testing.declared import Types, camel

_READS = ":read"


class DeclarationConformance(CallConformance[Any]):
    """What the host would refuse an extension for when the program starts, found in its tests."""

    hook = "recobro_extensions"
    protocol = object
    must_go_out = False

    def extension(self) -> Extension:
        """The extension under test."""
        every = [one for group in self.hooks().recobro_extensions() for one in group]
        chosen = [one for one in every if self.offer_code in (None, one.offer.code)]
        assert len(chosen) == 1, f"set offer_code to one of {[one.offer.code for one in every]}"
        return chosen[0]

    def test_adds_something(self) -> None:
        """It adds a field, a query, a mutation or a job."""
        assert self.extension().graphql or self.extension().jobs, "an extension without anything to serve"

    def test_contributions_are_declared(self) -> None:
        """The manifest names each kind of contribution that is there, with a reason of several words."""
        extension, said = self.extension(), {one.kind: one.reason for one in self.manifest().contributions}
        kinds = [
            (ContributionKind.GRAPHQL, extension.graphql),
            (ContributionKind.JOBS, extension.jobs),
            (ContributionKind.CALLBACKS, "callbacks" in extension.offer.abilities),
        ]
        missing = [kind.value for kind, there in kinds if there and kind not in said]
        assert missing == [], f"the manifest does not say that it contributes {missing}"
        terse = [kind.value for kind, reason in said.items() if len(reason.split()) < 3]
        assert terse == [], f"nobody can approve this on these words: {terse}"

    def test_names_begin_with_the_plugin(self) -> None:
        """Fields, queries, mutations and types begin with the plugin's name: the API is everybody's."""
        begins = camel(self.manifest().name)
        names = [one.name for one in self.extension().graphql]
        foreign = [name for name in names if not name.startswith(begins) or not name[len(begins) :][:1].isupper()]
        title = begins[0].upper() + begins[1:]
        foreign += [name for name in Types(self.extension()).found if not name.startswith(title)]
        assert foreign == [], f"names that do not begin with {begins}: {foreign}"

    def test_names_are_taken_once(self) -> None:
        """No two fields of an object, queries, mutations or jobs have one name."""
        extension = self.extension()
        places = [
            (one.on.value if isinstance(one, FieldOn) else type(one).__name__, one.name) for one in extension.graphql
        ] + [("job", job.name) for job in extension.jobs]
        assert len(places) == len(set(places)), f"a name is used twice: {sorted(places)}"

    def test_types_can_be_told(self) -> None:
        """Types are frozen dataclasses of what the API has, and they and their fields say what they are."""
        told = [f"{one.name}: {one.why}" for one in Types(self.extension()).wrong]
        assert told == [], "; ".join(told)

    def test_inputs_have_no_hidden_defaults(self) -> None:
        """A field of an input that may be left out is `| None`: another default would be seen by nobody."""
        found = Types(self.extension())
        inputs = [one.input for one in self.extension().graphql if not isinstance(one, FieldOn) and one.input]
        assert [f"{given.__name__}.{name}" for given in inputs for name in found.defaults(given)] == []

    def test_mutations_are_named_by_their_noun(self) -> None:
        """A mutation takes an input and gives a payload of its own, with its name: `XInput`, `XPayload`."""
        for one in self.extension().graphql:
            if isinstance(one, Mutation):
                title = one.name[0].upper() + one.name[1:]
                names = (one.input.__name__, one.payload.__name__)
                assert names == (f"{title}Input", f"{title}Payload"), f"{one.name} has {names}"

    def test_permissions_are_the_hosts(self) -> None:
        """Each field, query and mutation asks for a permission that the host has; a mutation for more than to read."""
        every = [(one.name, str(one.permission)) for one in self.extension().graphql]
        assert [pair for pair in every if pair[1] not in PERMISSIONS] == [], "the host has no such permission"
        open_ones = [
            one.name
            for one in self.extension().graphql
            if isinstance(one, Mutation) and one.permission.endswith(_READS)
        ]
        assert open_ones == [], f"whoever may read may do this: {open_ones}"

    def test_needs_are_asked_for(self) -> None:
        """What fields read of an object is among the scopes of the manifest."""
        scopes = {scope.code for scope in self.manifest().scopes}
        needs = {
            INPUTS[one.on][name] for one in self.extension().graphql if isinstance(one, FieldOn) for name in one.needs
        }
        assert sorted(needs - scopes) == [], "fields read what the manifest does not ask for"

    def test_serves_by_coroutines(self) -> None:
        """What serves a field, a query, a mutation or a job is a coroutine function."""
        extension = self.extension()
        served = [(one.name, one.resolve) for one in extension.graphql] + [
            (job.name, job.work) for job in extension.jobs
        ]
        assert [name for name, function in served if not inspect.iscoroutinefunction(function)] == []
