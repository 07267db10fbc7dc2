"""The doors of the OpenID provider."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from watchword.api.linotp.doors import Door
from watchword.api.oidc import administering, devices, reading, tokens
from watchword.api.oidc.about import About, keys
from watchword.api.oidc.authorizing import Authorizing
from watchword.api.oidc.entering import SigningIn
from watchword.api.oidc.leaving import Leaving
from watchword.api.oidc.refusals import PREFLIGHT, Astray, Refusal, refused
from watchword.api.oidc.signing.entrance import Signing
from watchword.errors import Unreachable
from watchword.web.answers import Raw
from watchword.web.call import Call
from watchword.web.showing import trouble

Endpoint = Callable[[Call], Awaitable[Raw]]


def doors(sign: SigningIn | None = None) -> tuple[Door, ...]:
    """All of them; they are there where the setting ``oidc.issuer`` is said."""
    sign = sign or Signing()
    authorizing, leaving, about = Authorizing(sign), Leaving(sign), About(sign)
    spoken = {
        "/.well-known/openid-configuration": ("G", about.configuration),
        "/.well-known/oauth-authorization-server": ("G", about.configuration),
        "/.well-known/jwks.json": ("G", keys),
        "/oidc/token": ("P", tokens.token),
        "/oidc/userinfo": ("GP", reading.userinfo),
        "/oidc/introspect": ("P", reading.introspect),
        "/oidc/revoke": ("P", reading.revoke),
        "/oidc/par": ("P", authorizing.push),
        "/oidc/device_authorization": ("P", devices.begin),
    }
    shown: dict[str, tuple[str, Endpoint]] = {
        "/oidc/authorize": ("GP", authorizing.authorize),
        "/oidc/continue/{request}": ("GP", authorizing.go_on),
        "/oidc/return/{request}": ("G", authorizing.returned),
        "/oidc/logout": ("GP", leaving.log_out),
        "/oidc/device": ("GP", devices.enter),
        "/oidc/login/{request}": ("GP", authorizing.log_in),
    }
    return (
        *administering.DOORS,
        *(
            Door(path, f"{methods}O", _speaking(endpoint), guard="none", audited=False)
            for path, (methods, endpoint) in spoken.items()
        ),
        *(
            Door(path, methods, _showing(endpoint), guard="none", audited=False, page=True)
            for path, (methods, endpoint) in shown.items()
        ),
    )


def _speaking(endpoint: Endpoint) -> Endpoint:
    """For programs: refusals are JSON, and written down."""

    async def answered(call: Call) -> Raw:
        if call.method == "OPTIONS":
            return Raw(b"", "text/plain", HTTPStatus.NO_CONTENT, PREFLIGHT)
        try:
            await _look_up(call)
            return await endpoint(call)
        except Refusal as refusal:
            await call.record(success=False, detail=refusal.message)
            return refused(refusal)
        except Unreachable:
            return refused(Refusal("temporarily_unavailable", "try again in a minute", status=503))

    return answered


def _showing(endpoint: Endpoint) -> Endpoint:
    """For browsers: what cannot be answered to the client is a page of ours."""

    async def answered(call: Call) -> Raw:
        try:
            await _look_up(call)
            return await endpoint(call)
        except Astray as astray:
            await call.record(success=False, detail=astray.message)
            return trouble(
                call.house, "impossible", call.path, call.headers, call.cookies, told=astray.message
            )

    return answered


async def _look_up(call: Call) -> None:
    """See what administrators have said up to now, on whichever node: clients that were removed, say."""
    call.snapshot = await call.house.snapshots.latest()
