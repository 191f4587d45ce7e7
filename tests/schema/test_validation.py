"""Our way to validate finds what graphql-core's own way finds: the same errors, in the same order; and what counts as
valid beyond doubt is valid."""

import random
import re

import pytest
from graphql import BREAK, SKIP, FieldNode, GraphQLError, ValidationRule, parse, specified_rules, validate
from graphql.validation import NoSchemaIntrospectionCustomRule
from strawberry.schema.schema import validate_document

from schema.kit.certain import KNOWN, MOST_NODES, certain
from schema.kit.validation import together
from schema.schema import build_schema
from tests.schema.operations import operation, operations
from tests.schema.sql.generator import Operation

SCHEMA = build_schema()._schema
RULES = (*specified_rules, NoSchemaIntrospectionCustomRule)
WRONG = {
    "a field that is not there": "{ nonsense debts { nodes { refrence } } }",
    "an operation twice": "query A { viewer { id } } query A { viewer { id } }",
    "an operation without a name among others": "{ viewer { id } } query A { viewer { id } }",
    "a selection that is missing": "{ debts }",
    "a selection of a scalar": "{ viewer { id { x } } }",
    "an argument that is not there": "{ debts(size: 3, first: 1) { totalCount } }",
    "an argument twice": "{ debts(first: 1, first: 2) { totalCount } }",
    "an argument that is missing": "{ debt { id } }",
    "a value of another type": '{ debts(first: "x", filter: {stages: [NEVER], daysPastDueFrom: 1.5}) { totalCount } }',
    "a variable that nobody declared": "{ debts(first: $n) { totalCount } }",
    "a variable that nobody uses": "query($n: Int) { viewer { id } }",
    "a variable twice": "query($n: Int, $n: Int) { debts(first: $n) { totalCount } }",
    "a variable of another type": "query($n: String) { debts(first: $n) { totalCount } }",
    "a variable of an output type": "query($n: Debt) { debts(first: $n) { totalCount } }",
    "a type that nobody knows": "query($n: Nonsense) { viewer { id } ... on Nonsense { id } }",
    "fragments that go round": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "a fragment that is not there": "{ ...A }",
    "a fragment that nobody uses": "{ viewer { id } } fragment A on Query { viewer { id } }",
    "a fragment twice": "{ ...A } fragment A on Query { viewer { id } } fragment A on Query { viewer { id } }",
    "a fragment on a scalar": "{ ...A } fragment A on String { x }",
    "a fragment that never applies": "{ viewer { ... on Debt { id } } }",
    "fields that do not merge": "{ a: viewer { id } a: debts { totalCount } viewer { x: id x: __typename } }",
    "a directive that is not there": "{ viewer @nonsense { id @skip } }",
    "a directive where it may not be": "query @skip(if: true) { viewer { id } }",
    "a directive twice": "{ viewer @skip(if: true) @skip(if: false) { id } }",
    "a subscription of two fields": "subscription { a: jobProgress(jobId: 1) { id } b: jobProgress(jobId: 1) { id } }",
    "an input without its fields": "mutation { paymentRecord(input: {amount: {}, amount: 3}) { errors { code } } }",
    "a definition of a type": "type A { b: Int } { viewer { id } }",
    "an introspection": "{ __schema { types { name } } __type(name: 3) { name } }",
    "everything at once": "query A($x: Nonsense, $x: Int) { debts(first: $y, first: {a: 1}) { ...F ...G @u } z } query A { a }",
    "more errors than are told": "{ " + " ".join(f"wrong{n}" for n in range(150)) + " }",
}


def _told(errors: list[GraphQLError]) -> list[object]:
    return [(error.formatted, [node.kind for node in error.nodes or ()]) for error in errors]


@pytest.mark.parametrize("name", WRONG)
def test_the_same_errors_are_found_in_the_same_order(name: str) -> None:
    document = parse(WRONG[name])
    expected = validate_document(SCHEMA, document, RULES)
    assert expected
    assert not certain(SCHEMA, document, RULES)
    assert _told(validate_document(SCHEMA, document, (together(RULES),))) == _told(expected)


SURE = {
    "variables": "query A($n: Int = 3, $s: Stage!, $o: Boolean!) { debts(first: $n, filter: {stages: [$s, EARLY]}) "
    "{ totalCount @include(if: $o) nodes @skip(if: false) { id } } }",
    "a variable with a default where a value must be": 'query A($n: ID = "x") { debt(id: $n) { id } }',
    "fragments": "query A { ...B } fragment B on Query { debts { nodes { ...C ...C } } } "
    "fragment C on Debt { id ...D } fragment D on Node { id __typename }",
    "leaves twice": "{ debts { nodes { id id ... on Node { id } reference ... { reference } } } }",
    "fields of several types": '{ node(id: "x") { id ... on Debt { reference } ... on Creditor { name } } }',
    "a list, an object, an enum, null": "{ debts(filter: {stages: [EARLY], daysPastDueFrom: null}) { totalCount } }",
    "a mutation": "mutation A($i: PaymentRecordInput!) { paymentRecord(input: $i) { errors { code __typename } } }",
}
UNSURE = {
    "two operations": "query A { viewer { id } } query B { viewer { id } }",
    "an object twice": "{ debts { nodes { debtor { id } debtor { name } } } }",
    "a key with two arguments": "{ a: debts(first: 1) { totalCount } a: debts(first: 2) { totalCount } }",
    "a key with two fields": "{ debts { nodes { id id: reference } } }",
    "a leaf with arguments twice": "{ debts { nodes { age: daysPastDue age: daysPastDue ...A } } } "
    "fragment A on Debt { age: currency }",
    "too large": "{ debts { nodes { " + "id " * MOST_NODES + "} } }",
    "fragments that double": "{ debts { nodes { ...F0 } } } "
    + " ".join(f"fragment F{n} on Debt {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60))
    + " fragment F60 on Debt { id }",
    "an object where a list of objects and a variable are": "query A($i: Int) { debts(filter: {stages: {a: $i}}) "
    "{ totalCount } }",
    "a variable that is null, perhaps, in a list": "query A($s: Stage) { debts(filter: {stages: [$s]}) { totalCount } }",
    "a variable in a variable's default": "query A($n: Int, $m: Int = $n) { debts(first: $m, last: $n) { totalCount } }",
    "a variable that an unused fragment uses": "query A($n: Int) { viewer { id } } "
    "fragment B on Query { debts(first: $n) { totalCount } }",
    "a subscription": "subscription { jobProgress(jobId: 1) { id } }",
    "an introspection": "{ __typename __schema { types { name } } }",
}


@pytest.mark.parametrize("name", SURE)
def test_what_is_plainly_valid_is_certain(name: str) -> None:
    document = parse(SURE[name])
    assert validate(SCHEMA, document) == []
    assert certain(SCHEMA, document, RULES)


@pytest.mark.parametrize("name", UNSURE)
def test_what_is_not_plain_is_not(name: str) -> None:
    try:
        document = parse(UNSURE[name])
    except GraphQLError:
        return
    assert not certain(SCHEMA, document, RULES)


def test_every_rule_of_the_library_is_known() -> None:
    assert {rule.__name__ for rule in RULES} == KNOWN
    document = parse(SURE["variables"])
    assert not certain(SCHEMA, document, (*RULES, _Heard)), "beside one that is not known, nothing is certain"


def test_documents_made_of_the_schema_and_spoilt_at_random_are_judged_alike() -> None:
    chance, wrong, sure = random.Random(20_261_122), 0, 0
    fields = [(root, *one) for root in ("Query", "Mutation") for one in operations(SCHEMA, root)]
    for root, name, field in fields:
        words = operation(root, name, field, lambda kind: kind)["query"].split(" ")
        assert certain(SCHEMA, parse(" ".join(words)), RULES)
        for _ in range(5):
            spoilt = [*words]
            spoilt[chance.randrange(len(spoilt))] = chance.choice(words)
            try:
                document = parse(" ".join(spoilt))
            except GraphQLError:
                continue
            expected = validate_document(SCHEMA, document, RULES)
            wrong += bool(expected)
            sure += certain(SCHEMA, document, RULES)
            assert not (expected and certain(SCHEMA, document, RULES)), " ".join(spoilt)
            assert _told(validate_document(SCHEMA, document, (together(RULES),))) == _told(expected)
    assert wrong > 20 and sure > 20


def test_what_is_certain_of_documents_made_at_random_and_spoilt_is_valid() -> None:
    chance, wrong, sure = random.Random(20_261_123), 0, 0
    queries = SCHEMA.query_type
    assert queries is not None
    for seed in range(80):
        text = Operation(SCHEMA, seed, {"debt": ["debt_1"]}, ["c"]).text([chance.choice(list(queries.fields))])
        assert certain(SCHEMA, parse(text), RULES), text
        tokens = re.findall(r'\.\.\.|"[^"]*"|\w+|\S', text)
        for _ in range(8):
            spoilt = [*tokens]
            place = chance.randrange(len(spoilt))
            spoilt[place : place + chance.randrange(2)] = chance.sample(tokens, chance.randrange(2))
            try:
                document = parse(" ".join(spoilt))
            except GraphQLError:
                continue
            if certain(SCHEMA, document, RULES):
                sure += 1
                assert validate_document(SCHEMA, document, (together(RULES),)) == [], " ".join(spoilt)
            else:
                wrong += 1
    assert wrong > 20 and sure > 20


class _Heard(ValidationRule):
    """Says what it is asked at each field, and what it answers there."""

    skipped = "b"
    last = "d"

    def enter_field(self, node: FieldNode, *_: object) -> object:
        self.report_error(GraphQLError(f"into {node.name.value}"))
        return SKIP if node.name.value == self.skipped else BREAK if node.name.value == self.last else None

    def leave_field(self, node: FieldNode, *_: object) -> object:
        self.report_error(GraphQLError(f"out of {node.name.value}"))
        return BREAK if node.name.value == "e" else None


class _Whole(_Heard):
    skipped = last = ""


def test_a_rule_that_skips_or_ends_is_asked_as_ever() -> None:
    """`b` is skipped with what is below it, `d` ends a rule on its way in, `e` on its way out."""
    for text in ("{ a { b { c } d { c } } e { c } f }", "{ a { e { b } c } b { d } }", "{ b b { c } a e a }"):
        document = parse(text)
        for rules in ((_Heard,), (_Heard, _Whole), (_Whole, _Heard, _Heard)):
            expected = _told(validate(SCHEMA, document, rules))
            assert expected
            assert _told(validate(SCHEMA, document, (together(rules),))) == expected
