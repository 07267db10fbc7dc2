"""``pre_context`` and ``context``: what a portal's first page has to know."""

from typing import Any

from watchword.api.linotp.directories import realm_entries, realm_entry
from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import PRODUCT, Answer, Reply
from watchword.api.linotp.userservice.answering import own_row
from watchword.api.linotp.userservice.listing import own_info
from watchword.model.configuration import ADMIN_REALM
from watchword.model.policy import Action
from watchword.policy.circumstances import Circumstances
from watchword.selfservice import logging_in
from watchword.selfservice.oneself import own_tokens
from watchword.selfservice.standing import standing
from watchword.web.call import Call

REALM_BOX = "selfservice.realmbox"
"""LinOTP's setting: whether the log-in page lists all realms."""
_COPYRIGHT = "Watchword"
_SHOWN = (logging_in.FOOTER_TEXT, logging_in.IMPRINT_URL, logging_in.PRIVACY_NOTICE_URL)


async def pre_context(call: Call) -> Answer:
    """What anybody may know before the log-in."""
    configuration = call.snapshot.configuration
    about = Circumstances(now=call.now, realm=configuration.default_realm, client=call.client)
    return Reply(True, _common(call, about))


async def context(call: Call) -> Answer:
    """The person, their tokens, and what they may do."""
    oneself, house, configuration = call.oneself, call.house, call.snapshot.configuration
    common = _common(call, oneself.about)
    async with call.view() as view:
        tokens = await own_tokens(view, oneself)
    known = standing(oneself, house.catalogue, house.kinds)
    limits = [{"token_type": name, "max_token": most} for name, most in known.most_of.items()]
    settings = {
        **common["settings"],
        **known.values,
        "last_access": configuration.flag("token.last_access"),
        "token_limits": {"all_token": known.most, "token_types": limits},
    }
    more = {
        "settings": settings,
        "user": own_info(call),
        "imprint": "",
        "tokenArray": [own_row(call, token) for token in tokens],
        "actions": list(known.rights),
    }
    return Reply(True, {**common, **more})


def _common(call: Call, about: Circumstances) -> dict[str, Any]:
    configuration, kinds, rules = call.snapshot.configuration, call.house.kinds, call.snapshot.rules

    def ask(action: Action[Any]) -> Any:
        return rules.ask(action, about).value

    listed = realm_entries(configuration, kinds)
    boxed = configuration.flag(REALM_BOX)
    if not boxed:
        default = configuration.realms.get(configuration.default_realm)
        listed = {default.name: realm_entry(default, configuration, kinds)} if default is not None else {}
    listed.pop(ADMIN_REALM, None)
    return {
        "version": PRODUCT,
        "copyright": _COPYRIGHT,
        "realms": listed,
        "settings": {
            "default_realm": configuration.default_realm,
            "realm_box": boxed,
            "mfa_login": ask(logging_in.MFA_LOGIN),
            "mfa_3_fields": ask(logging_in.MFA_3_FIELDS),
            "autoassign": False,
            "autoenroll": False,
            **{action.name: ask(action) for action in _SHOWN},
        },
    }


DOORS = (
    Door("/userservice/pre_context", "GP", pre_context, guard="none", audited=False),
    Door("/userservice/context", "GP", context, guard="person"),
)
