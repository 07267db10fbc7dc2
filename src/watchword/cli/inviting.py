"""``invite``: a rollout token for somebody, and the words that bring it."""

import os
from datetime import timedelta
from pathlib import Path

from watchword.cli.opening import write_down
from watchword.clock import iso
from watchword.directory.names import split
from watchword.enrolment.inviting import Invitation, invite, prepare_invitation
from watchword.enrolment.occasion import Occasion
from watchword.errors import BadParameter, NoSuchUser
from watchword.model.token import Token
from watchword.selfservice.notification import ENROLLMENT, notify
from watchword.web.house import House
from watchword.web.invitations import bring, errand_of, letter, mail, portal_of


async def invite_user(
    house: House,
    user: str,
    *,
    realm: str,
    valid: timedelta,
    email: bool,
    sheet: Path | None,
    language: str,
) -> list[str]:
    """Invite somebody; the lines to tell the operator. The password is in them unless mail or letter brings it."""
    snapshot = await house.snapshots.latest()
    occasion = Occasion(snapshot=snapshot, now=house.clock.now())
    owner = await house.directory.find(
        split(user, snapshot.configuration, realm=realm), snapshot.configuration
    )
    if owner is None:
        raise NoSuchUser(f"There is no user {user!r} in this realm: check the spelling, or say --realm.")
    link = portal_of(house)
    invitation = await prepare_invitation(house.enrolment, occasion, owner, valid)
    until = f"good until {_written(invitation)}"
    if email:
        errand = errand_of(house, occasion, invitation, mail(house, invitation, language))
        async with house.store.unit() as unit:
            token = await invite(unit, house.enrolment, occasion, invitation)
            await unit.errands.add([errand])
            await write_down(house, unit, "invite", _row(invitation, token, "mail"))
        sent = await bring(house, occasion, token, errand)
        return [
            f"invited: {owner.login} by mail, {until}{'' if sent else ' (perhaps sent: look at the provider)'}"
        ]
    if sheet is not None:
        _write(sheet, letter(house, invitation, language, alone=True))
    async with house.store.unit() as unit:
        token = await invite(unit, house.enrolment, occasion, invitation)
        await notify(unit, house.enrolment, occasion, owner, token, ENROLLMENT, "issued with an invitation")
        await write_down(house, unit, "invite", _row(invitation, token, "letter" if sheet else "terminal"))
    if sheet is not None:
        return [f"invited: {owner.login} by the letter {sheet}, {until}"]
    return [f"invited: {owner.login}, {until}", f"portal: {link}", f"code: {invitation.password}"]


def _row(invitation: Invitation, token: Token, way: str) -> str:
    owner = invitation.owner
    return f"{owner.login}@{owner.realm} by {way}, {token.serial} until {_written(invitation)}"


def _written(invitation: Invitation) -> str:
    return iso(invitation.until)


def _write(sheet: Path, page: bytes) -> None:
    """A new file for its owner's eyes only."""
    try:
        handle = os.open(sheet, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise BadParameter(f"{sheet} is there already: name a new file, no letter is overwritten.") from None
    except OSError as broken:
        raise BadParameter(f"{sheet} cannot be written: {broken.strerror}.") from None
    with os.fdopen(handle, "wb") as file:
        file.write(page)
