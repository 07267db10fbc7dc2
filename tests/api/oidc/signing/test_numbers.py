"""People whose number was removed set up a new one when they log in."""

import pytest

from tests.api.oidc.conftest import Application, answered
from tests.api.oidc.signing.conftest import NUMBER, OTHER, know, messages, newest, send
from tests.api.oidc.signing.test_twilio_sms import begin
from tests.delivery.wires import Gateway
from tests.household import SEED, Household, policy
from tests.sending import another
from watchword.crypto.otp import hotp

MAY = policy("enrollSMS", scope="selfservice", name="may")


async def test_a_new_number_is_good_once_a_code_that_was_sent_to_it_is_typed(
    household: Household, app: Application, twilio: Gateway
) -> None:
    await household.say(MAY)
    await know(household, "alice", phoneNumberVerified=NUMBER)
    await begin(app)
    await send(app, "cancel")
    await know(household, "alice")  # an administrator has removed it
    await begin(app)
    assert "Set up a telephone number" in app.browser.text
    await send(app, "number", number="no number")
    assert "This is no telephone number" in app.browser.text
    await send(app, "number", number=OTHER)
    assert messages(twilio)[-1]["To"] == "+491717654321"
    assert "••• 21" in app.browser.text
    assert not (await app.ask(acr_values="twilio_sms")).is_redirect
    await send(app, "number-code", code=another(newest(twilio)))
    assert "not accepted" in app.browser.text
    answer = await send(app, "number-code", code=newest(twilio))
    claims = await app.claims((await app.redeem(answered(answer)["code"])).json())
    assert claims["acr"] == "twilio_sms"
    household.clock.advance(seconds=120)
    await begin(app, prompt="login")
    assert len(messages(twilio)) == 3
    assert messages(twilio)[-1]["To"] == "+491717654321"


@pytest.mark.usefixtures("twilio")
async def test_the_password_alone_sets_up_no_number_where_another_factor_is_there(
    household: Household, app: Application
) -> None:
    await household.say(MAY)
    await household.give("OATH1")
    await begin(app)
    assert "Set up a telephone number" not in app.browser.text
    form = app.browser.forms("code" if app.browser.forms("code") else "choose")[0]
    await app.go(form.action, **{**form.fields, "step": "number", "number": OTHER})
    assert "Set up a telephone number" not in app.browser.text
    await send(app, "code", code=hotp(SEED, 0))
    assert "Set up a telephone number" in app.browser.text


@pytest.mark.usefixtures("twilio")
async def test_without_a_policy_nobody_sets_up_a_number(app: Application) -> None:
    await begin(app)
    assert "you have none that works" in app.browser.text
    form = app.browser.forms("cancel")[0]
    await app.go(form.action, **{**form.fields, "step": "number", "number": OTHER})
    assert "you have none that works" in app.browser.text


async def test_a_number_may_be_typed_anew(household: Household, app: Application, twilio: Gateway) -> None:
    await household.say(MAY)
    await begin(app)
    await send(app, "number", number=OTHER)
    await send(app, "number-anew")
    assert app.browser.forms("number")
    await send(app, "number", number=NUMBER)
    assert [message["To"] for message in messages(twilio)] == ["+491717654321", "+491701234567"]
