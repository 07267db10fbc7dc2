"""The administrators' doors of methods and defaults."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.caller import ADMIN, Caller
from tests.household import Household, policy
from watchword.api import linotp
from watchword.api.linotp.doors import Doors
from watchword.api.oidc.doors import doors
from watchword.cli.administrators import create

PROPERTIES = {"property.twilio_sid": "AC1", "property.from_number": "+15005550006"}


@pytest.fixture
async def admin(household: Household) -> AsyncIterator[Caller]:
    await create(household.house, ADMIN, "hush")
    application: Any = Doors(household.house, (*linotp.doors(), *doors()))
    async with Caller.at(application) as caller:
        await caller.log_in(ADMIN)
        yield caller


async def supported(admin: Caller) -> list[str]:
    answer = await admin.get("/.well-known/openid-configuration")
    return list(answer.json()["acr_values_supported"])


async def test_enabling_a_method_puts_it_among_the_acr_values_and_disabling_takes_it_out(
    admin: Caller,
) -> None:
    assert await supported(admin) == ["mfa", "otp", "pwd"]
    token = {"property.twilio_token": "hush-hush"}
    assert await admin.value("/oidc/methods/twilio_sms", enabled="true", **PROPERTIES, **token) is True
    assert "twilio_sms" in await supported(admin)
    shown = (await admin.get("/oidc/methods")).text
    assert "hush-hush" not in shown
    await admin.value("/oidc/defaults", default_acr="twilio_sms", console_acr="twilio_sms")
    refused = await admin.post("/oidc/methods/twilio_sms", enabled="false")
    assert "Default acr" in refused.text
    await admin.value("/oidc/defaults", default_acr="", console_acr="")
    await admin.value("/oidc/methods/twilio_sms", enabled="false")
    assert "twilio_sms" not in await supported(admin)


async def test_only_whoever_may_see_and_change_the_configuration_may_do_so_here(
    household: Household, admin: Caller
) -> None:
    await household.say(policy("read", scope="system", user=ADMIN))
    assert (await admin.get("/oidc/methods")).json()["result"]["status"] is True
    for path, fields in (("/oidc/methods/sms", {"enabled": "true"}), ("/oidc/defaults", {"default_acr": ""})):
        assert "system/write" in (await admin.post(path, **fields)).text
    async with Caller.at(Doors(household.house, doors())) as stranger:
        assert (await stranger.get("/oidc/methods")).status_code == 401
        assert (await stranger.post("/oidc/methods/sms", enabled="true")).status_code == 401


async def test_slips_are_told(admin: Caller) -> None:
    assert "must be a number" in (await admin.post("/oidc/methods/sms", level="high")).text
    assert "There is no method" in (await admin.post("/oidc/methods/nothing", enabled="true")).text
    assert "Send default_acr" in (await admin.post("/oidc/defaults")).text
