"""``/api/v2/telephony``: administrators look at hooks and routes, and change hooks."""

from typing import Any

from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Reply
from watchword.configuration.hooks import SECRETS, SETTINGS, WantedHook
from watchword.configuration.providers import channel_of
from watchword.delivery.carriers import CARRIERS
from watchword.delivery.numbers import known, masked
from watchword.delivery.routing import Sought, way
from watchword.errors import BadParameter, Refused
from watchword.model.hook import HookConfig
from watchword.policy.circumstances import Circumstances
from watchword.web.administrators.rights import READ, WRITE
from watchword.web.call import Call


async def hooks(call: Call) -> Answer:
    """All hooks; their secrets are only counted."""
    call.permit(READ)
    return Reply({name: _shown(hook) for name, hook in call.snapshot.configuration.hooks.items()})


async def put_hook(call: Call) -> Answer:
    """Save a hook, over the one of the same name. A secret that is not sent stays as it is; an empty one goes."""
    call.permit(WRITE)
    sent = call.params
    name = call.note.action_detail = call.parts["name"]
    before = call.snapshot.configuration.hooks.get(name)
    secrets = {key: sent.sent(key) for key in SECRETS}
    wanted = WantedHook(
        name=name,
        shape=sent.need("shape"),
        proof=sent.need("proof"),
        realm=sent.text("realm"),
        settings={key: sent.text(key) for key in SETTINGS},
        secrets={
            key: secret
            for key, secret in secrets.items()
            if secret is not None or (before is not None and key in before.secrets)
        },
        active=sent.flag("active") if sent.has("active") else True,
    )
    async with call.unit() as unit:
        made = await call.house.configuring.hooks.put(unit, wanted)
    return Reply(_shown(made))


async def remove_hook(call: Call) -> Answer:
    """Remove a hook: from now on its caller is a stranger."""
    call.permit(WRITE)
    name = call.note.action_detail = call.parts["name"]
    async with call.unit() as unit:
        removed = call.note.success = await call.house.configuring.hooks.remove(unit, name)
    return Reply(removed)


async def which_way(call: Call) -> Answer:
    """Over which providers a message to this number would go, and why. Nothing is sent."""
    call.permit(READ)
    sent, configuration = call.params, call.snapshot.configuration
    channel = channel_of(sent.text("channel", "sms"))
    call.note.action_detail = f"{channel} {masked(sent.need('number'))}"
    try:
        number = known(sent.need("number"))
    except Refused as wrong:
        raise BadParameter(f"number: {wrong.message}") from None
    realm = sent.text("realm") or configuration.default_realm
    about = Circumstances(now=call.now, login=sent.text("user"), realm=realm)
    default = configuration.provider(channel)
    found = way(
        Sought(
            channel=channel,
            number=number,
            now=call.now,
            language=sent.text("language"),
            purpose=sent.text("purpose"),
            realm=realm,
        ),
        configuration.routes,
        named=call.snapshot.rules.ask(CARRIERS[channel], about).value,
        default=default.name if default is not None else "",
    )
    return Reply(
        {
            "number": number.e164,
            "country": number.country,
            "kind": number.kind.value,
            "providers": list(found.providers),
            "route": found.route,
            "why": found.why,
            "passed": list(found.passed),
            "cost": found.cost,
        }
    )


def _shown(hook: HookConfig) -> dict[str, Any]:
    return {
        "shape": hook.shape.value,
        "proof": hook.proof.value,
        "realm": hook.realm,
        "active": hook.active,
        "secrets": sorted(hook.secrets),
        **hook.settings,
    }


DOORS = (
    Door("/api/v2/telephony/hooks", "G", hooks),
    Door("/api/v2/telephony/hooks/{name}", "P", put_hook),
    Door("/api/v2/telephony/hooks/{name}/remove", "P", remove_hook),
    Door("/api/v2/telephony/way", "GP", which_way),
)
