"""``invite``: a rollout token with the words that bring it. LinOTP has no such call."""

from http import HTTPStatus

from watchword.api.linotp.admin.dates import short
from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Raw, Reply
from watchword.enrolment.inviting import USUAL, invite, prepare_invitation
from watchword.errors import BadParameter
from watchword.policy.notation.durations import read_duration
from watchword.selfservice.notification import ENROLLMENT, notify
from watchword.web.administrators.choosing import need_user, note, occasion_of
from watchword.web.administrators.rights import INVITE
from watchword.web.call import Call
from watchword.web.invitations import bring, errand_of, letter, mail, portal_of
from watchword.web.pages import HEADERS, HTML

_WAYS = ("", "letter", "email")


async def send_invitation(call: Call) -> Answer:
    """Invite a user to the portal: the password is in the answer, in a letter (``by=letter``), or mailed (``by=email``)."""
    call.permit(INVITE)
    params, house, occasion = call.params, call.house, occasion_of(call)
    owner = await need_user(call)
    call.permit(INVITE, (owner.realm,) if owner.realm else ())
    by, language = params.text("by").lower(), params.text("language", "en").lower()
    if by not in _WAYS:
        raise BadParameter("by must be letter or email, or be left out.")
    valid = read_duration(params.text("valid")) if params.text("valid") else USUAL
    link = portal_of(house)
    invitation = await prepare_invitation(house.enrolment, occasion, owner, valid)
    message = mail(house, invitation, language) if by == "email" else None
    errand = errand_of(house, occasion, invitation, message) if message is not None else None
    page = letter(house, invitation, language) if by == "letter" else b""
    async with call.unit() as unit:
        token = await invite(unit, house.enrolment, occasion, invitation)
        if errand is not None:
            await unit.errands.add([errand])
        else:
            # Whoever is invited past their mailbox can say so, should somebody else be it who opens the letter.
            done = "issued with an invitation"
            await notify(unit, house.enrolment, occasion, owner, token, ENROLLMENT, done)
        note(call, [token])
        call.note.action_detail = f"invited by {by or 'answer'} until {short(invitation.until)}"
    if by == "letter":
        return Raw(page, HTML, HTTPStatus.OK, HEADERS)
    value: dict[str, object] = {
        "serial": token.serial,
        "end_date": short(invitation.until),
        "link": link,
    }
    if errand is None:
        return Reply({**value, "password": invitation.password})
    sent = await bring(house, occasion, token, errand)
    return Reply({**value, "sent": "accepted" if sent else "uncertain"})


DOORS = (Door("/admin/invite", "P", send_invitation),)
