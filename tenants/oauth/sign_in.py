"""The pages where people sign in with a password, take up an invitation, and sign out."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.kit.errors import DomainError, LimitExceeded, NotFound, Unauthenticated
from tenants import passwords
from tenants.accept_invitation import AcceptInvitation, Invitation, accept_invitation, invitation_of
from tenants.oauth import browser
from tenants.oauth.pages import message, page, retry_after
from tenants.sign_in import SignIn, sign_in

_STALE = "This page was open for too long, or its cookie was lost. Please try again."


async def get_sign_in(request: Request) -> Response:
    goes_to = browser.safe_next(request.query_params.get("next"))
    person = await browser.signed_in(request)
    if person is not None and not goes_to:
        return page("signed_in.html", title="You are signed in", csrf=browser.csrf(request), email=person.email)
    return await _sign_in_page(request, goes_to)


async def post_sign_in(request: Request) -> Response:
    form, ours = await browser.read_form(request)
    goes_to, email = browser.safe_next(form.get("next")), form.get("email", "").strip()[:254]
    if not ours:
        return await _sign_in_page(request, goes_to, email=email, problem=_STALE, status=403)
    try:
        user_id = await sign_in(SignIn(email=email, password=form.get("password", ""), address=_address(request)))
    except Unauthenticated as error:
        return await _sign_in_page(request, goes_to, email=email, problem=error.message, field="email", status=401)
    except LimitExceeded as error:
        problem = f"{error.message} {error.remedy or ''}"
        answer = await _sign_in_page(request, goes_to, email=email, problem=problem, status=429)
        answer.headers.update(retry_after(error))
        return answer
    browser.start(request, user_id, goes_to=goes_to)
    return RedirectResponse(goes_to or "/sign-in", status_code=303)


async def _sign_in_page(
    request: Request,
    goes_to: str,
    *,
    email: str = "",
    problem: str | None = None,
    field: str | None = None,
    status: int = 200,
) -> Response:
    origins, client_name = await browser.leads_to(goes_to)
    return page(
        "sign_in.html",
        status=status,
        leads_to=origins,
        title="Sign in",
        problem=problem,
        field=field,
        csrf=browser.csrf(request),
        next=goes_to,
        next_query=browser.next_query(goes_to),
        email=email,
        client_name=client_name,
    )


async def sign_out(request: Request) -> Response:
    """GET asks, POST does it: a link must not be able to sign anybody out."""
    if request.method == "GET":
        person = await browser.signed_in(request)
        if person is None:
            return message("You are signed out", "You can close this page.", link="/sign-in", link_text="Sign in")
        return page("signed_in.html", title="Sign out?", csrf=browser.csrf(request), email=person.email)
    form, ours = await browser.read_form(request)
    if not ours:
        return message("Not signed out", _STALE, status=403, link="/sign-out", link_text="Try again")
    request.session.clear()
    goes_to = browser.safe_next(form.get("next"))
    if goes_to:
        return RedirectResponse(f"/sign-in{browser.next_query(goes_to)}", status_code=303)
    return message("You are signed out", "You can close this page.", link="/sign-in", link_text="Sign in")


async def get_invitation(request: Request) -> Response:
    code = request.query_params.get("code", "")
    try:
        return _invitation_page(request, code, await invitation_of(code))
    except NotFound as error:
        return message("Invitation", error.message, error.remedy or "", status=404)


async def post_invitation(request: Request) -> Response:
    form, ours = await browser.read_form(request)
    code, password = form.get("code", ""), form.get("password", "")
    try:
        invitation = await invitation_of(code)
        if not ours:
            return _invitation_page(request, code, invitation, _STALE, status=403)
        if invitation.new and password != form.get("again"):
            return _invitation_page(request, code, invitation, "The two passwords differ.", "again", 422)
        command = AcceptInvitation(code=code, password=password, address=_address(request))
        accepted = await accept_invitation(command)
    except NotFound as error:
        return message("Invitation", error.message, error.remedy or "", status=404)
    except LimitExceeded:
        raise
    except DomainError as error:
        return _invitation_page(request, code, await invitation_of(code), error.message, "password", 422)
    browser.start(request, accepted.user_id)
    return RedirectResponse("/sign-in", status_code=303)


def _invitation_page(
    request: Request,
    code: str,
    invitation: Invitation,
    problem: str | None = None,
    field: str | None = None,
    status: int = 200,
) -> Response:
    return page(
        "invitation.html",
        status=status,
        title="Your invitation",
        problem=problem,
        field=field,
        csrf=browser.csrf(request),
        code=code,
        email=invitation.email,
        new=invitation.new,
        where=invitation.creditor or invitation.agency or "this installation",
        what=invitation.role.replace("_", " ").lower(),
        min_length=passwords.MIN_LENGTH,
    )


def _address(request: Request) -> str:
    """Of the browser; behind a proxy, as the ASGI server has it from a trusted one."""
    return request.client.host if request.client else ""
