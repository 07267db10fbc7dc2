"""Settings of the faces."""

import re
from typing import Annotated, Literal

from msgspec import Meta, Struct

from watchword.delivery.settings import NETWORKS
from watchword.errors import Misconfigured

_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.%\w]+\]|[^\s:/\[\]]+):(\d{1,5})")


def address_of(listen: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT`` or ``[IPv6]:PORT``; port 0 asks for any free one. ValueError otherwise."""
    match = _ADDRESS.fullmatch(listen)
    if match is None or int(match[2]) > 65_535:
        raise ValueError(listen)
    return match[1].strip("[]"), int(match[2])


def _check_listen(listen: str) -> None:
    if listen:
        address_of(listen)


def _check_url(url: str) -> None:
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#@]*)?", url):
        raise ValueError(url)


def _check_issuer(url: str) -> None:
    _check_url(url)
    if url.endswith("/"):
        raise ValueError(url)


def is_link(text: str) -> bool:
    """Whether this may stand behind a word of a page: an address of the web, or a path of ours."""
    return re.fullmatch(r"(https?:/)?/[^\s\"'<>\\]*", text) is not None


def _check_link(link: str) -> None:
    if link and not is_link(link):
        raise ValueError(link)


def _check_colour(colour: str) -> None:
    if colour and not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValueError(colour)


_LINK: dict[str, object] = {
    "check": _check_link,
    "allowed": "an address that begins with https://, http:// or /, or empty",
}


class SessionSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sessions of administrators."""

    administrator_minutes: Annotated[
        int, Meta(ge=1, le=1440, description="How long an administrator's session lasts without a call")
    ] = 30
    legacy: Annotated[
        bool,
        Meta(description="Whether /admin/getsession and the parameter `session` (the older style) are taken"),
    ] = True
    secure_cookies: Annotated[
        Literal["auto", "always"],
        Meta(description="`auto` marks cookies Secure on https only; `always` is for a proxy that ends TLS"),
    ] = "auto"


class ProxySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose word on the client's address counts."""

    trusted: Annotated[
        tuple[str, ...],
        Meta(
            description="Networks of proxies whose X-Forwarded-For is believed",
            extra=NETWORKS,
        ),
    ] = ()


class PageSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How pages look."""

    templates: Annotated[
        str,
        Meta(
            description="Folder with templates and static files that replace ours of the same name; "
            "a relative one counts from the home folder"
        ),
    ] = ""
    name: Annotated[
        str, Meta(min_length=1, max_length=60, description="The name that pages bear in their bar and title")
    ] = "Watchword"
    logo: Annotated[
        str,
        Meta(
            description="File of the logo beside the name (.svg, .png, .webp or .jpg), about as high as wide; "
            "a relative one counts from the home folder"
        ),
    ] = ""
    accent: Annotated[
        str,
        Meta(
            description="The one colour of buttons and links; where texts in it would be hard to read, "
            "a darker or lighter shade of it is used",
            extra={"check": _check_colour, "allowed": "a colour such as #0f6b6f, or empty"},
        ),
    ] = ""
    footer: Annotated[str, Meta(max_length=300, description="A sentence at the foot of every page")] = ""
    imprint: Annotated[
        str, Meta(description="Where the link to the imprint at the foot leads", extra=_LINK)
    ] = ""
    privacy: Annotated[
        str, Meta(description="Where the link to the privacy notice at the foot leads", extra=_LINK)
    ] = ""


class PortalSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The portal, as people reach it."""

    url: Annotated[
        str,
        Meta(
            description="Address of the portal, such as https://otp.example.org/selfservice/; invitations name it",
            extra={
                "check": lambda url: _check_url(url) if url else None,
                "allowed": "a URL that begins with http:// or https://, or empty",
            },
        ),
    ] = ""


class OidcSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The OpenID provider."""

    issuer: Annotated[
        str,
        Meta(
            description="Address of this server as applications know it, such as https://sso.example.org, without "
            "a slash at its end; empty: no OpenID provider",
            extra={
                "check": lambda url: _check_issuer(url) if url else None,
                "allowed": "a URL that begins with https:// or http:// and does not end in a slash, or empty",
            },
        ),
    ] = ""
    key_days: Annotated[
        int, Meta(ge=1, le=3650, description="After how many days ID tokens are signed with the next key")
    ] = 90
    email_verified: Annotated[
        bool,
        Meta(
            description="Whether applications are told that mail addresses of your directories are verified: "
            "say so only if people cannot change them by themselves"
        ),
    ] = False


class VoiceSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The voice challenge service."""

    service: Annotated[
        bool, Meta(description="Whether calls are made for other servers, `/v1/twilio/call`")
    ] = False
    listen: Annotated[
        str,
        Meta(
            description="Address and port of its own, for clients with a certificate; empty: behind the main one",
            extra={"check": _check_listen, "allowed": "HOST:PORT, such as 0.0.0.0:8443, or empty"},
        ),
    ] = ""
    certificate: Annotated[
        str,
        Meta(
            description="PEM file of the certificate shown at `voice.listen`; "
            "a relative one counts from the home folder"
        ),
    ] = ""
    key: Annotated[
        str, Meta(description="PEM file of its key, not encrypted; empty: in the certificate's file")
    ] = ""
    client_authority: Annotated[
        str, Meta(description="PEM file of the authority whose certificates clients must have")
    ] = ""
    twilio_url: Annotated[
        str,
        Meta(
            description="Where the voice service reaches Twilio",
            extra={"check": _check_url, "allowed": "a URL that begins with http:// or https://"},
        ),
    ] = "https://api.twilio.com"

    def __post_init__(self) -> None:
        if not self.service:
            return
        missing = [name for name in ("certificate", "client_authority") if not getattr(self, name)]
        if self.listen and missing:
            raise Misconfigured(
                f"The setting voice.listen needs voice.{' and voice.'.join(missing)}: at an address of its own the "
                "voice service speaks TLS, to clients that have a certificate. Say where the PEM files are."
            )
        said = [name for name in ("certificate", "key", "client_authority") if getattr(self, name)]
        if said and not self.listen:
            raise Misconfigured(
                f"The setting voice.{said[0]} is of use with voice.listen only: behind the main listener, TLS is the "
                "business of the proxy. Say voice.listen, or take it out."
            )


class WebSettings(Struct, frozen=True, kw_only=True):
    """What the faces need to know."""

    sessions: SessionSettings = SessionSettings()
    proxies: ProxySettings = ProxySettings()
    portal: PortalSettings = PortalSettings()
    oidc: OidcSettings = OidcSettings()
