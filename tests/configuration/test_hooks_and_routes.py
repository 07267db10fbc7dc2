"""Hooks and routes in the document."""

import pytest

from tests.household import Household
from watchword.configuration.document import Plan, read_reference
from watchword.errors import BadParameter
from watchword.model.configuration import Configuration, ProviderConfig
from watchword.model.hook import hook_context
from watchword.model.message import Channel

SECRETS = {"OKTA": "a-long-enough-secret", "OLD": "the-secret-before-it", "SHORT": "x"}
HOOKS = """
[hooks.okta]
shape = "okta"
proof = "header"
header = "X-Key"
secret = "env:OKTA"
previous = "env:OLD"
"""
ROUTES = """
[routes.home]
countries = ["DE", "AT"]
providers = ["one"]

[routes.call]
channel = "voice"
hours = "22-6"
share = 10
cost = 70000

[routes.all]
providers = ["two", "one"]
"""


async def load(household: Household) -> Configuration:
    async with household.house.store.view() as view:
        return await view.configuration.load()


async def plan(household: Household, text: str) -> Plan:
    document = household.house.configuring.document
    return await document.plan(text, await load(household), lambda one: read_reference(one, SECRETS))


async def apply(household: Household, text: str) -> tuple[str, ...]:
    made = await plan(household, text)
    async with household.house.store.unit() as unit:
        await household.house.configuring.document.apply(unit, made)
    return made.lines


async def export(household: Household) -> str:
    return household.house.configuring.document.export(await load(household))


@pytest.fixture
async def providers(household: Household) -> None:
    async with household.house.store.unit() as unit:
        for name in ("one", "two"):
            await unit.configuration.put_provider(
                ProviderConfig(
                    channel=Channel.SMS,
                    name=name,
                    class_name="InboxSMSProvider",
                    default=name == "one",
                )
            )


async def test_a_hook_is_made_of_references_and_shows_no_secret(household: Household) -> None:
    assert await apply(household, HOOKS) == ("+ hook okta (okta, header)",)
    hook = (await load(household)).hooks["okta"]
    ring = household.house.ring
    assert ring.open(hook_context("okta", "secret"), hook.secrets["secret"]) == SECRETS["OKTA"].encode()
    text = await export(household)
    assert not any(secret in text for secret in SECRETS.values() if len(secret) > 1)
    assert (await plan(household, text)).lines == ()
    assert (await plan(household, HOOKS)).lines == (), "the same secrets change nothing"


async def test_a_secret_takes_the_place_of_another(household: Household) -> None:
    await apply(household, HOOKS)
    rotated = HOOKS.replace('previous = "env:OLD"\n', "").replace("env:OKTA", "env:OLD")
    assert await apply(household, rotated) == ("~ hook okta: previous removed; secret set anew",)
    assert await apply(household, "[hooks]\n") == ("- hook okta (okta, header)",)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (HOOKS.replace("okta]", "Okta!]"), "TOML"),
        (HOOKS.replace('"okta"', '"sms"'), "hooks.okta: shape"),
        (HOOKS.replace("env:OKTA", "a-secret-in-clear"), "hooks.okta: a secret is written as"),
        (HOOKS.replace("env:OKTA", "stored"), "hooks.okta: secret"),
        (HOOKS.replace("env:OKTA", "env:SHORT"), "hooks.okta: secret"),
        (HOOKS + "more = 1\n", "more"),
        ('[routes.a]\nproviders = ["none"]\n', "routes.a: providers"),
        ('[routes.a]\ncountries = ["Germany"]\n', "routes.a: countries"),
        ('[routes.a]\ntypes = ["fax"]\n', "routes.a: types"),
        ('[routes.a]\nprefixes = ["49"]\n', "routes.a: prefixes"),
        ('[routes.a]\nhours = "22-25"\n', "routes.a: hours"),
        ("[routes.a]\nshare = 101\n", "routes.a: share"),
        ("[routes.a]\ncost = -1\n", "routes.a: cost"),
        ('[routes.a]\nchannel = "fax"\n', "routes.a"),
    ],
)
async def test_what_cannot_work_is_refused_by_its_place(household: Household, text: str, named: str) -> None:
    with pytest.raises(BadParameter, match=named):
        await plan(household, text)


@pytest.mark.usefixtures("providers")
async def test_routes_stand_in_the_order_of_the_document(household: Household) -> None:
    assert await apply(household, ROUTES) == (
        "+ route all: two, one",
        "+ route call: (nothing is sent)",
        "+ route home: one",
    )
    assert [route.name for route in (await load(household)).routes] == ["home", "call", "all"]
    assert (await plan(household, await export(household))).lines == ()
    head, call = ROUTES.split("[routes.call]")
    other = f"[routes.call]{call}{head}"
    assert await apply(household, other) == ("~ routes: looked at in another order",)
    changed = ROUTES.replace('["DE", "AT"]', '["DE"]')
    assert "~ route home: countries DE, AT -> DE" in await apply(household, changed)


@pytest.mark.usefixtures("providers")
async def test_a_provider_that_a_route_leads_over_is_not_removed(household: Household) -> None:
    await apply(household, ROUTES)
    text = await export(household)
    begin, end = text.index("[providers.sms.two]"), text.index("\n# ", text.index("[providers.sms.two]"))
    with pytest.raises(BadParameter, match="two"):
        await plan(household, text[:begin] + text[end:])
