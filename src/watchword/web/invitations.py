"""Invitations in words: a letter to print, or a mail. Both hold the password, and are shown or sent once."""

import base64
from collections.abc import Mapping
from typing import Any

from watchword.clock import instant
from watchword.delivery.carriers import carriers
from watchword.delivery.outbox import packed
from watchword.enrolment.changing import remove
from watchword.enrolment.inviting import Invitation
from watchword.enrolment.occasion import Occasion
from watchword.enrolment.qr import qr_png
from watchword.errors import BadParameter, Misconfigured, Refused
from watchword.model.errand import Errand
from watchword.model.message import Channel, Fate, Message
from watchword.model.token import Token
from watchword.web.house import House
from watchword.web.translating import _, said, translations

_STYLES = ("letter.css", "accent.css", "brand.css")
_PATIENCE = 8.0
"""Seconds for which whoever invites waits for the mail's outcome."""


def portal_of(house: House) -> str:
    """Where the portal is, as people reach it; Misconfigured where nobody has said it.

    The name by which the server was called is not taken for it: whoever calls may write any.
    """
    url = house.web.portal.url
    if not url:
        raise Misconfigured(
            "Say in the setting portal.url where people reach the portal, such as "
            "https://otp.example.org/selfservice/: the invitation names it."
        )
    return url


def letter(house: House, invitation: Invitation, language: str, *, alone: bool = False) -> bytes:
    """A page to print. ``alone``: with its style in it, for a file."""
    link = portal_of(house)
    png = qr_png(link)
    shown: Mapping[str, Any] = {
        **_told(invitation),
        "link": link,
        "picture": f"data:image/png;base64,{base64.b64encode(png).decode()}" if png is not None else "",
        "styles": _styles(house, alone=alone),
    }
    return house.pages.render("invitation/letter.html", _spoken(language), shown)


def mail(house: House, invitation: Invitation, language: str) -> Message:
    """The mail; BadParameter if the directory has no address of the person."""
    told, address = _told(invitation), invitation.owner.attributes.get("email", "").strip()
    if not address:
        raise BadParameter(
            f"The directory has no e-mail address of {invitation.owner.login}: print a letter instead."
        )
    brand = house.pages.brand.name
    spoken = translations()[_spoken(language)]
    paragraphs = (
        _("Hello {name},", name=told["name"]),
        _("You are invited to set up your second factor for {house}.", house=brand),
        _("1. Open {link}", link=portal_of(house)),
        _(
            "2. Log in as {login} with your usual password. Where a code is asked for, type:",
            login=told["login"],
        ),
        f"    {invitation.password}",
        _("3. Enrol a device of your own, and log in with it once."),
        _(
            "This is good until {until}, and for you alone: without your usual password it opens nothing.",
            until=told["until"],
        ),
        _("You did not expect this? Then tell your help desk, and do nothing else."),
    )
    return Message(
        channel=Channel.EMAIL,
        to=address,
        subject=said(_("Your invitation to {house}", house=brand), spoken),
        text="\n\n".join(said(one, spoken) for one in paragraphs) + "\n",
        language=_spoken(language),
    )


def errand_of(house: House, occasion: Occasion, invitation: Invitation, message: Message) -> Errand:
    """The mail for the outbox; Misconfigured where no provider could bring it."""
    about, rules = occasion.about(invitation.owner), occasion.snapshot.rules
    providers = carriers(
        message.channel, lambda action: rules.ask(action, about).value, occasion.configuration
    )
    if not providers:
        raise Misconfigured("No provider is set for e-mail: connect one, or print a letter instead.")
    return packed(message, providers, house.ring, house.dice, now=occasion.now, expires=invitation.until)


async def bring(house: House, occasion: Occasion, token: Token, errand: Errand) -> bool:
    """Bring the mail of an invitation that is written down; whether it surely went out.

    Refused if it surely did not: then the invitation is withdrawn.
    """
    receipt = await house.dispatch.bring(errand, occasion.configuration, _PATIENCE)
    if receipt.fate in {Fate.REFUSED, Fate.UNAVAILABLE}:
        async with house.store.unit() as unit:
            await remove(unit, token)
        raise Refused(f"The mail could not be sent, and the invitation is withdrawn: {receipt.reason}")
    return receipt.fate is Fate.ACCEPTED


def _told(invitation: Invitation) -> dict[str, str]:
    owner = invitation.owner
    names = (owner.attributes.get(part, "") for part in ("givenname", "surname"))
    return {
        "name": " ".join(" ".join(names).split()) or owner.login,
        "login": owner.login,
        "realm": owner.realm,
        "password": invitation.password,
        "until": instant(invitation.until).strftime("%Y-%m-%d %H:%M UTC"),
    }


def _spoken(language: str) -> str:
    return language if language in translations() else "en"


def _styles(house: House, *, alone: bool) -> list[str]:
    """Where the letter's styles are; those of a page in a file are in their own addresses."""
    assets = house.pages.assets
    names = [name for name in _STYLES if assets.has(name)]
    if not alone:
        return [assets.url(name) for name in names]
    return [f"data:text/css;base64,{base64.b64encode(assets.body(name)).decode()}" for name in names]
