"""The authorization endpoint: an application asks, a person answers, a code goes back."""

from uuid import UUID

from authlib.oauth2 import OAuth2Error
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tenants import identity, subjects
from tenants.oauth import browser
from tenants.oauth.browser import SignedIn
from tenants.oauth.config import SignInConfig
from tenants.oauth.http import HttpRequest, query_request
from tenants.oauth.pages import message, page
from tenants.oauth.server import SignInServer, in_thread


class Authorize:
    def __init__(self, config: SignInConfig) -> None:
        self._config = config

    async def get(self, request: Request) -> Response:
        """Check the application's request, then sign the person in, then ask as whom; at once if that is clear."""
        server, asked, refused = await self._check(request)
        if refused is not None:
            return refused
        here = _here(request)
        person = await browser.signed_in(request)
        if person is None:
            return RedirectResponse(f"/sign-in{browser.next_query(here)}", status_code=303)
        if not person.places:
            return _no_access(person)
        if browser.take_fresh(request, here) and len(person.places) == 1:
            return await self._answer(server, asked, person.places[0].id)
        return self._choose(request, asked, person)

    async def post(self, request: Request) -> Response:
        """The person's answer."""
        server, asked, refused = await self._check(request)
        if refused is not None:
            return refused
        form, ours = await browser.read_form(request)
        person = await browser.signed_in(request)
        if person is None or not ours:
            return RedirectResponse(_here(request), status_code=303)
        if form.get("decision") != "continue":
            return await self._answer(server, asked, None)
        chosen = next((place.id for place in person.places if str(place.id) == form.get("membership")), None)
        if chosen is None:
            return self._choose(request, asked, person, "Choose one of these.")
        return await self._answer(server, asked, chosen)

    async def _check(self, request: Request) -> tuple[SignInServer, HttpRequest, Response | None]:
        """Raises: OAuth2Error for what must not be sent to an address that nobody has vouched for."""
        server, asked = SignInServer(), query_request(self._config, request)
        try:
            asked.grant = await in_thread(server.get_consent_grant, asked)
        except OAuth2Error as error:
            if not error.redirect_uri:
                raise
            return server, asked, server.error_at_client(asked, error).to_starlette()
        return server, asked, None

    async def _answer(self, server: SignInServer, asked: HttpRequest, membership_id: UUID | None) -> Response:
        """A code for this membership, or the refusal; both go to the application."""
        async with identity.transaction("oauth") as tx:
            server.begin(tx)
            subject = await subjects.member(tx, membership_id) if membership_id else None
            response = await in_thread(server.answer_authorization, asked, subject)
        return response.to_starlette()

    def _choose(self, request: Request, asked: HttpRequest, person: SignedIn, problem: str | None = None) -> Response:
        return page(
            "choose.html",
            status=422 if problem else 200,
            leads_to=[browser.origin(asked.payload.redirect_uri)],
            title="Continue",
            problem=problem,
            field="member-1" if problem else None,
            csrf=browser.csrf(request),
            action=_here(request),
            email=person.email,
            client_name=asked.client.name,
            places=person.places,
        )


def _here(request: Request) -> str:
    return f"{browser.AUTHORIZE}?{request.scope['query_string'].decode('latin-1')}"


def _no_access(person: SignedIn) -> Response:
    return message(
        "No access yet",
        f"{person.email} has no access here. Open your invitation first, or ask your administrator for one.",
        status=403,
        link="/sign-in",
        link_text="Use another account",
    )
