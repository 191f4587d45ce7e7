"""The explorer of this installation: ready examples, and in the demo the sign-ins of its people."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from core.kit.errors import NotFound
from recobro import demo
from schema.explorer import DemoSignIn, routes
from schema.explorer.examples import EXAMPLES


async def _sign_ins() -> Sequence[DemoSignIn]:
    """Fresh tokens of the demo's people; nobody where no demo was loaded."""
    try:
        return [DemoSignIn(label=person.label, token=await demo.token(person.key)) for person in await demo.people()]
    except NotFound:
        return []


def explorer_routes() -> list[BaseRoute]:
    return routes(path="/explorer", sign_ins=_sign_ins, examples=EXAMPLES, development=True)
