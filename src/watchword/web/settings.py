"""Settings of the faces."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from watchword.delivery.settings import NETWORKS


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


class WebSettings(Struct, frozen=True, kw_only=True):
    """What the faces need to know."""

    sessions: SessionSettings = SessionSettings()
    proxies: ProxySettings = ProxySettings()
