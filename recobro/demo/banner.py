"""What the terminal shows when the server is ready: where it is, what to try, who can sign in."""

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from core.kit import ids
from recobro.demo import address
from recobro.demo.persons import EVERYBODY, PASSWORD
from recobro.demo.start import Loaded, loaded
from recobro.settings import Settings


def announcement(settings: Settings) -> RenderableType:
    """The address of the explorer; with the demo also requests to paste and its sign-ins. No line is wider than 80."""
    address.remember(settings)
    url = settings.issuer
    parts: list[RenderableType] = [
        Rule("Recobro", style="green"),
        Text.assemble("Explorer  ", (f"{url}/explorer", "bold cyan underline")),
        Text.assemble("GraphQL   ", (f"{url}/graphql", "cyan")),
    ]
    demo = loaded()
    if demo is not None:
        parts += ["", Text("Try it in another terminal, in this folder:", style="bold"), *_requests(url, demo)]
        parts += ["", sign_ins(), Text.assemble("Everybody's password: ", (PASSWORD, "bold")), ""]
    parts.append(Text("Ctrl-C ends it."))
    return Group(*parts)


def _requests(url: str, demo: Loaded) -> list[Text]:
    bank = ids.encode("creditor", demo.bank_id)
    return [
        _request(
            "The worklist of the first agency",
            url,
            "agency-admin",
            "{ debts(first: 5, order: OLDEST_DUE) {\n"
            "    totalCount nodes { debtorName daysPastDue stage balance { formatted } } } }",
        ),
        _request(
            "What the bank recovered by month, at both agencies",
            url,
            "creditor-admin",
            f'{{ recovery(groupBy: MONTH,\n    creditorId: "{bank}") {{\n'
            "    rows { key payments recovered { formatted } } } }",
        ),
    ]


def _request(title: str, url: str, key: str, query: str) -> Text:
    return Text.assemble(
        (f"\n# {title}\n", "dim"),
        f"TOKEN=$(.venv/bin/python -m recobro demo token {key})\n",
        f"curl -sG {url}/graphql \\\n",
        '  -H "Authorization: Bearer $TOKEN" \\\n',
        f"  --data-urlencode 'query={query}'",
        no_wrap=True,
        overflow="ignore",
    )


def sign_ins() -> Table:
    """The demo's people by place: their keys for `demo token`, which say their roles, and their e-mail addresses."""
    table = Table("demo token …", "e-mail", box=None, padding=(0, 3, 0, 0), title_justify="left")
    place = None
    for person in EVERYBODY:
        if person.place != place:
            place = person.place
            table.add_row(Text(place, style="bold"))
        table.add_row(f"  {person.key}", person.email or "(client credentials)")
    return table
