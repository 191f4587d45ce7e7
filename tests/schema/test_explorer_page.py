"""The API explorer page: what is served and how, that nothing comes from outside, and what its modules do."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from html.parser import HTMLParser
from pathlib import Path
from typing import Annotated

import httpx
import pytest
import strawberry
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from strawberry.file_uploads import Upload

import schema.explorer as explorer
from schema.explorer import DemoSignIn, Example, routes

FOLDER = Path(explorer.__file__).resolve().parent
ASSETS = sorted(path for path in FOLDER.iterdir() if path.suffix in {".html", ".css", ".js", ".svg"})
MODULES = [path for path in ASSETS if path.suffix == ".js"]
SERVED = [path for path in ASSETS if path.suffix != ".html"]
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed: the page's modules cannot be run")

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


class Client:
    def __init__(self, found: Sequence[BaseRoute]) -> None:
        self.app = Starlette(routes=list(found))

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return self.send("GET", path, headers)

    def send(self, method: str, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://explorer.test") as asker:
                return await asker.request(method, path, headers=headers)

        return asyncio.run(ask())


def client(found: Sequence[BaseRoute]) -> Client:
    return Client(found)


def name_of(path: Path) -> str:
    return path.name


# --- what is served -------------------------------------------------------------------------------------------------


def policy_of(header: str) -> dict[str, list[str]]:
    parts = [part.split() for part in header.split(";")]
    return {name: values for name, *values in parts}


def assert_guarded(headers: Mapping[str, str], path: str) -> None:
    policy = policy_of(headers["content-security-policy"])
    assert policy["default-src"] == ["'self'"], path
    assert not any("unsafe" in value or "*" in value for values in policy.values() for value in values), path
    for closed in ("base-uri", "form-action", "frame-ancestors", "object-src"):
        assert policy[closed] == ["'none'"], path
    assert headers["x-content-type-options"] == "nosniff", path


@pytest.mark.parametrize("asset", SERVED, ids=name_of)
def test_every_asset_is_served_with_its_type_and_guards(asset: Path) -> None:
    answer = client(routes()).get(f"/explorer/{asset.name}")
    assert answer.status_code == 200
    assert answer.content == asset.read_bytes()
    assert answer.headers["content-type"] == TYPES[asset.suffix]
    assert_guarded(answer.headers, asset.name)


def test_the_page_and_its_lists_are_guarded() -> None:
    page = client(routes(sign_ins=lambda: []))
    assert page.get("/explorer").headers["content-type"] == "text/html; charset=utf-8"
    for path in ("/explorer", "/explorer/examples.json", "/explorer/sign-ins.json"):
        answer = page.get(path)
        assert answer.status_code == 200, path
        assert_guarded(answer.headers, path)


def test_nothing_else_of_the_folder_is_served() -> None:
    page = client(routes())
    for path in ("__init__.py", "index.html", "..%2f__init__.py", "../__init__.py", "nothing.js"):
        assert page.get(f"/explorer/{path}").status_code == 404, path
    assert page.send("POST", "/explorer").status_code == 405


def test_development_is_never_cached_and_otherwise_the_etag_revalidates() -> None:
    developing = client(routes(development=True))
    for path in ("/explorer", "/explorer/app.js"):
        assert developing.get(path).headers["cache-control"] == "no-store"
    page = client(routes())
    first = page.get("/explorer/app.js")
    assert first.headers["cache-control"] == "no-cache"
    again = page.get("/explorer/app.js", headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert again.status_code == 304
    assert again.content == b""
    assert page.get("/explorer/app.js", headers={"If-None-Match": '"other"'}).status_code == 200


class Links(HTMLParser):
    """What a page asks for, and whether it holds code or style of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.inline: list[str] = []
        self.body: dict[str, str | None] = {}
        self.ids: list[str] = []
        self.controls: list[str] = []
        self.unnamed: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [str(given[name]) for name in ("src", "href") if name in given]
        self.inline += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        if tag == "body":
            self.body = given
        self.ids += [str(given["id"])] if "id" in given else []
        pointers = ("aria-controls", "popovertarget", "aria-labelledby")
        self.controls += [str(given[name]) for name in pointers if name in given]
        if given.get("role") in {"tablist", "separator"} and not given.get("aria-label"):
            self.unnamed.append(tag)


def read_page(found: Sequence[BaseRoute], path: str) -> Links:
    answer = client(found).get(path)
    assert answer.status_code == 200
    assert "{{" not in answer.text
    links = Links()
    links.feed(answer.text)
    return links


def test_the_page_holds_no_code_or_style_and_its_links_answer() -> None:
    found = routes()
    links = read_page(found, "/explorer")
    assert links.inline == []
    assert len(links.links) >= 3
    page = client(found)
    for link in links.links:
        assert page.get(link).status_code == 200, link
    assert len(links.ids) == len(set(links.ids))
    assert set(links.controls) <= set(links.ids)
    assert links.unnamed == []


def test_the_page_knows_where_it_is() -> None:
    body = read_page(routes(), "/explorer").body
    assert (body["data-base"], body["data-graphql"], body["data-sign-ins"]) == ("/explorer", "/graphql", "no")
    body = read_page(routes(path="/api/try/", graphql_path="/api", sign_ins=lambda: []), "/api/try").body
    assert (body["data-base"], body["data-graphql"], body["data-sign-ins"]) == ("/api/try", "/api", "yes")
    body = read_page([Mount("/tools", routes=routes(path="/x"))], "/tools/x").body
    assert (body["data-base"], body["data-graphql"]) == ("/tools/x", "/graphql")
    body = read_page(routes(path="/"), "/").body
    assert body["data-base"] == ""


def test_paths_are_escaped_and_must_begin_with_a_slash() -> None:
    text = client(routes(graphql_path='/g"><script>')).get("/explorer").text
    assert "<script>" not in text
    with pytest.raises(ValueError, match="start with a slash"):
        routes(path="explorer")
    with pytest.raises(ValueError, match="start with a slash"):
        routes(graphql_path="graphql")


def test_examples_are_listed() -> None:
    example = Example("One case", "query One($id: ID!) { case(id: $id) { id } }", {"id": "7"})
    answer = client(routes(examples=[example, Example("Me", "{ me }")])).get("/explorer/examples.json")
    assert answer.json() == [
        {"title": "One case", "query": example.query, "variables": {"id": "7"}},
        {"title": "Me", "query": "{ me }", "variables": {}},
    ]
    assert client(routes()).get("/explorer/examples.json").json() == []


def test_sign_ins_are_made_afresh_and_never_kept() -> None:
    made: list[int] = []

    def offer() -> list[DemoSignIn]:
        made.append(1)
        return [DemoSignIn("Agency admin", f"token-{len(made)}")]

    page = client(routes(sign_ins=offer))
    assert made == []
    for number in (1, 2):
        answer = page.get("/explorer/sign-ins.json")
        assert answer.json() == [{"label": "Agency admin", "token": f"token-{number}"}]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_sign_ins_may_be_awaited() -> None:
    async def offer() -> list[DemoSignIn]:
        return [DemoSignIn("Creditor viewer", "secret")]

    answer = client(routes(sign_ins=offer)).get("/explorer/sign-ins.json")
    assert answer.json() == [{"label": "Creditor viewer", "token": "secret"}]


def test_without_sign_ins_there_is_no_such_route() -> None:
    assert client(routes()).get("/explorer/sign-ins.json").status_code == 404


def test_a_token_stays_out_of_the_representation() -> None:
    assert "secret" not in repr(DemoSignIn("Agency admin", "secret"))


# --- the assets themselves ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asset", ASSETS, ids=name_of)
def test_nothing_comes_from_outside(asset: Path) -> None:
    text = asset.read_text(encoding="utf-8")
    found = re.findall(r"(?:https?|wss?)://[^\s\"'<>)]*", text)
    assert [url for url in found if not re.match(r"https?://www\.w3\.org/", url)] == []
    assert not re.search(r"[\"'(]//\w", text)
    assert "@import" not in text
    assert not re.search(r"url\(", text)


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_modules_are_small_and_write_no_markup(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 300
    for banned in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert banned not in text
    for imported in re.findall(r"from \"([^\"]+)\"", text):
        assert (FOLDER / imported).is_file(), imported


def test_tokens_never_go_to_local_storage() -> None:
    auth = (FOLDER / "auth.js").read_text(encoding="utf-8")
    assert "localStorage" not in re.sub(r"//.*", "", auth)
    assert "sessionStorage" in auth


@needs_node
@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_modules_parse(module: Path, tmp_path: Path) -> None:
    copy = tmp_path / f"{module.stem}.mjs"
    copy.write_bytes(module.read_bytes())
    checked = subprocess.run([str(NODE), "--check", str(copy)], capture_output=True, text=True, timeout=30, check=False)
    assert checked.returncode == 0, checked.stderr


# --- what the modules do --------------------------------------------------------------------------------------------

RunJs = Callable[..., object]


@pytest.fixture(scope="module")
def run_js(tmp_path_factory: pytest.TempPathFactory) -> RunJs:
    folder = tmp_path_factory.mktemp("modules")
    for module in MODULES:
        shutil.copy(module, folder / module.name)
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")

    def run(code: str, given: object = None) -> object:
        """Runs the body of an async function of `given` and returns what it returns."""
        script = folder / "run.js"
        imports = "\n".join(re.findall(r"^import .*$", code, re.MULTILINE))
        body = re.sub(r"^import .*$", "", code, flags=re.MULTILINE)
        script.write_text(
            f"{imports}\nimport {{ readFileSync }} from 'node:fs';\n"
            f"const given = JSON.parse(readFileSync(0, 'utf8'));\n"
            f"const result = await (async () => {{ {body} }})();\n"
            f"process.stdout.write(JSON.stringify(result ?? null));\n",
            encoding="utf-8",
        )
        done = subprocess.run(
            [str(NODE), str(script)], input=json.dumps(given), capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@strawberry.enum
class Status(Enum):
    OPEN = "open"
    PAID = "paid"


@strawberry.type
class Debtor:
    id: strawberry.ID
    email: str | None = strawberry.field(default=None, deprecation_reason="Use contacts.")


@strawberry.type
class Case:
    id: strawberry.ID
    status: Status
    debtor: Debtor


@strawberry.type
class Missing:
    message: str


@strawberry.input
class CaseFilter:
    status: Status | None = None
    urgent: bool | None = None


@strawberry.input
class Scan:
    title: str
    file: Upload


Found = Annotated[Case | Missing, strawberry.union("Found")]


@strawberry.type
class Query:
    @strawberry.field
    def cases(self, first: int = 10, filter: CaseFilter | None = None) -> list[Case]:
        return []

    @strawberry.field
    def case(self, id: strawberry.ID) -> Found:
        return Missing(message="")


@strawberry.type
class Mutation:
    @strawberry.mutation
    def attach(self, scan: Scan) -> bool:
        return True


@pytest.fixture(scope="module")
def introspected(run_js: RunJs) -> object:
    query = run_js("import { INTROSPECTION } from './schema.js';\nreturn INTROSPECTION;")
    result = strawberry.Schema(Query, Mutation).execute_sync(str(query))
    assert result.errors is None
    return result.data


COMPLETION = """import { Schema } from './schema.js';
import { suggestionsAt } from './context.js';
const schema = new Schema(given.schema);
const cursor = given.text.indexOf('|');
const found = suggestionsAt(given.text.replace('|', ''), cursor, schema);
return found && found.items.map((item) => item.label);
"""


@needs_node
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ | }", ["cases", "case", "__typename"]),
        ("{ cas| }", ["cases", "case"]),
        ("|", ["query", "mutation", "fragment"]),
        ("mutation { | }", ["attach", "__typename"]),
        ("{ cases { | } }", ["id", "status", "debtor", "__typename"]),
        ("{ cases(first: 1) { id debtor { e| } } }", ["email", "__typename"]),
        ("{ mine: cases { st| } }", ["status"]),
        ("{ cases(|) { id } }", ["first", "filter"]),
        ("{ cases(first: 1, |) { id } }", ["filter"]),
        ("{ cases(filter: { | }) { id } }", ["status", "urgent"]),
        ("{ cases(filter: { status: | }) { id } }", ["OPEN", "PAID"]),
        ("query A($s: Status) { cases(filter: { status: | }) { id } }", ["OPEN", "PAID", "$s"]),
        ("query A($s: Status) { cases(filter: { status: $| }) { id } }", ["$s"]),
        ("query A($s: Status = |) { cases { id } }", ["OPEN", "PAID"]),
        ("query A($s: CaseF|) { cases { id } }", ["CaseFilter"]),
        ("{ case(id: 1) { ... on | } }", ["Case", "Found", "Missing"]),
        ("{ case(id: 1) { ... on Missing { m| } } }", ["message", "__typename"]),
        ("{ case(id: 1) { ...| } } fragment F on Case { id }", ["on", "F"]),
        ("fragment F on Case { de| }", ["debtor"]),
        ("{ cases @sk| { id } }", ["@skip"]),
        ("{ cases @skip(|) { id } }", ["if"]),
        ("{ cases @skip(if: |) { id } }", ["true", "false"]),
        ('{ case(id: "cas|") { id } }', None),
        ("# cas|", None),
    ],
)
def test_completion(run_js: RunJs, introspected: object, text: str, expected: list[str] | None) -> None:
    assert run_js(COMPLETION, {"schema": introspected, "text": text}) == expected


UGLY = """query  A($id:ID!,$n:Int=3 $f:[Status!]!=[OPEN,PAID]){case(id:$id){...on Case@include(if:true){id,status # now
}...F}
# about the rest
other:cases(first:$n,filter:{status:OPEN,urgent:true}){id}}
fragment F on Case{id}"""

PRETTY = """query A($id: ID!, $n: Int = 3, $f: [Status!]! = [OPEN, PAID]) {
  case(id: $id) {
    ... on Case @include(if: true) {
      id
      status # now
    }
    ...F
  }
  # about the rest
  other: cases(first: $n, filter: { status: OPEN, urgent: true }) {
    id
  }
}

fragment F on Case {
  id
}
"""

LONG = """mutation {
  attach(
    first: "a text that is long enough to push the line beyond its width"
    # why
    second: { list: [1, 2, 3], nothing: null, other: $variable }
    third: \"\"\"
    kept
      as it is
    \"\"\"
  )
}
"""

PRETTIFY = "import { prettify } from './prettify.js';\ntry { return prettify(given); } catch (e) { return e.message; }"


@needs_node
def test_prettify(run_js: RunJs) -> None:
    assert run_js(PRETTIFY, UGLY) == PRETTY
    assert run_js(PRETTIFY, PRETTY) == PRETTY
    assert run_js(PRETTIFY, LONG) == LONG
    assert run_js(PRETTIFY, "{ a { b }") == "Cannot prettify: { has no match (line 1, column 1)."
    assert run_js(PRETTIFY, "{ a %") == 'Cannot prettify: "%" has no place in a query (line 1, column 5).'


@needs_node
def test_operations_are_found(run_js: RunJs) -> None:
    code = "import { outline } from './operations.js';\nreturn outline(given);"
    text = "query A($id: ID!, $f: [Upload!] = null) @d(a: {b: 1}) { a(x: {y: 1}) } subscription B { b }"
    text += " fragment F on T { c }"
    found = run_js(code, text)
    assert isinstance(found, dict)
    assert [(each["kind"], each["name"]) for each in found["operations"]] == [("query", "A"), ("subscription", "B")]
    assert found["operations"][0]["variables"] == [
        {"name": "id", "type": "ID!", "named": "ID", "list": False, "required": True},
        {"name": "f", "type": "[Upload!]", "named": "Upload", "list": True, "required": False},
    ]
    assert found["fragments"] == [{"name": "F", "type": "T"}]


@needs_node
def test_json_keeps_numbers_and_names_its_faults(run_js: RunJs) -> None:
    code = "import { printJson, readObject, memberText } from './json.js';\n"
    text = '{"a":12345678901234567890,"b":10.50,"c":"\\u00e9","d":[],"e":{}}'
    printed = '{\n  "a": 12345678901234567890,\n  "b": 10.50,\n  "c": "é",\n  "d": [],\n  "e": {}\n}'
    assert run_js(code + "return printJson(given);", text) == printed
    message = '{"x":{"payload":1},"payload":{"n":1.50}}'
    assert run_js(code + "return memberText(given, 'payload');", message) == '{"n":1.50}'
    for wrong, fault in {
        '{"a": 1,}': "Variables: no comma may stand before the end (line 1, column 8).",
        "{'a': 1}": "Variables: expected a name in double quotes (line 1, column 2).",
        '{\n"a": [1 2]}': "Variables: expected a comma or ] (line 2, column 9).",
        "[1]": 'Variables must be a JSON object, such as { "name": "value" }.',
        "{": "Variables: this { is never closed (line 1, column 1).",
    }.items():
        assert run_js(code + "return readObject(given, 'Variables').error;", wrong) == fault
    assert run_js(code + "return readObject(given, 'Variables').value;", " ") == {}


@needs_node
def test_requests_are_written_by_the_specifications(run_js: RunJs) -> None:
    code = "import { jsonBody, multipartBody } from './client.js';\n"
    body = run_js(code + "return jsonBody({ query: '{ a }', operationName: 'A', variablesText: '{\"n\": 1.50}' });")
    assert body == '{"query":"{ a }","operationName":"A","variables":{"n": 1.50}}'
    form = run_js(
        code
        + """const file = (name) => new File(['x'], name);
        const files = [{ path: ['one'], list: false, chosen: [file('a')] },
                       { path: ['in', 'all'], list: true, chosen: [file('b'), file('c')] }];
        const form = multipartBody({ query: 'q', variables: { in: { title: 't' } }, files });
        const shown = (value) => (typeof value === 'string' ? JSON.parse(value) : value.name);
        return [...form.entries()].map(([name, value]) => [name, shown(value)]);
        """
    )
    assert form == [
        ["operations", {"query": "q", "variables": {"in": {"title": "t", "all": [None, None]}, "one": None}}],
        ["map", {"0": ["variables.one"], "1": ["variables.in.all.0"], "2": ["variables.in.all.1"]}],
        ["0", "a"],
        ["1", "b"],
        ["2", "c"],
    ]


@needs_node
def test_secrets_are_taken_out_before_local_storage(run_js: RunJs) -> None:
    code = "import { redactQuery, redactVariables } from './redact.js';\n"
    query = 'mutation { signIn(email: "a@b.c", password: "hunter2", note: "eyJhbGciOi.eyJzdWIi.x") { id } }'
    assert run_js(code + "return redactQuery(given);", query) == (
        'mutation { signIn(email: "a@b.c", password: "", note: "") { id } }'
    )
    variables = '{"refreshToken": "abc", "name": "Ann", "codes": {"apiKey": ["k1", "k2"]}, "pinned": "no"}'
    assert run_js(code + "return redactVariables(given);", variables) == (
        '{"refreshToken": "", "name": "Ann", "codes": {"apiKey": ["", ""]}, "pinned": "no"}'
    )


@needs_node
def test_drafts_are_valid_operations(run_js: RunJs, introspected: object) -> None:
    code = """import { Schema } from './schema.js';
import { draftOperation } from './skeleton.js';
const schema = new Schema(given);
const drafts = (kind) => schema.root(kind).fields.map((field) => draftOperation(schema, kind, field));
return ['query', 'mutation'].flatMap(drafts);
"""
    drafts = run_js(code, introspected)
    assert isinstance(drafts, list)
    assert len(drafts) == 3
    served = strawberry.Schema(Query, Mutation)
    for draft in drafts:
        variables = json.loads(draft["variables"] or "{}")
        result = served.execute_sync(draft["query"], variable_values=variables)
        messages = [error.message for error in result.errors or []]
        assert all("Upload" in message or "file" in message for message in messages), messages


@needs_node
def test_uploads_are_found_inside_inputs(run_js: RunJs, introspected: object) -> None:
    code = "import { Schema } from './schema.js';\nreturn new Schema(given).uploads('Scan');"
    assert run_js(code, introspected) == [{"path": ["file"], "list": False}]


KEYS = """import { editFor } from './keys.js';
const [key, text, more] = given;
const at = text.indexOf('|');
const plain = text.replace('|', '');
const event = { key, code: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more };
const edit = editFor(event, plain, at, at, { inString: more?.inString ?? false, graphql: true });
if (!edit) return null;
const after = plain.slice(0, edit.start) + edit.text + plain.slice(edit.end);
return after.slice(0, edit.select[0]) + '|' + after.slice(edit.select[0]);
"""


@needs_node
@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("{", "a |", "a {|}"),
        ("}", "a {|}", "a {}|"),
        ("(", "a|b", None),
        ('"', "a: |", 'a: "|"'),
        ('"', 'a: "x|"', 'a: "x"|'),
        ('"', 'a: ""|', 'a: """|"""'),
        ("Backspace", "a {|}", "a |"),
        ("Enter", "  a {|}", "  a {\n    |\n  }"),
        ("Enter", "  a|", "  a\n  |"),
        ("Tab", "a|", "a  |"),
        ("x", "|", None),
    ],
)
def test_keys(run_js: RunJs, key: str, text: str, expected: str | None) -> None:
    assert run_js(KEYS, [key, text, {}]) == expected


@needs_node
def test_comment_toggles(run_js: RunJs) -> None:
    assert run_js(KEYS, ["/", "  name|", {"ctrlKey": True}]) == "  # name|"
    assert run_js(KEYS, ["/", "  # name|", {"ctrlKey": True}]) == "  name|"
