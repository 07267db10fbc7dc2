"""A log-in with ``acr_values=twilio_sms``, from the application and back to it."""

import httpx2
import pytest

from tests.api.oidc.conftest import Application, answered, register
from tests.api.oidc.signing.conftest import NUMBER, OTHER, know, messages, newest, send
from tests.delivery.wires import Gateway
from tests.household import SEED, Household
from tests.sending import another
from watchword.crypto.otp import hotp
from watchword.model.method import DEFAULT_ACR


async def begin(app: Application, name: str = "alice", **more: str | None) -> None:
    """Name and password, for an application that asks for twilio_sms."""
    await app.ask(**{"acr_values": "twilio_sms", **more})
    await app.log_in(name)


async def test_password_and_code_lead_back_to_the_application_which_learns_what_really_happened(
    household: Household, app: Application, twilio: Gateway
) -> None:
    await know(household, "alice", phoneNumberVerified=NUMBER)
    await begin(app)
    assert "sent by text message to ••• 67" in app.browser.text
    [message] = messages(twilio)
    assert (message["To"], message["From"]) == ("+491701234567", "+15005550006")
    assert message["Body"].isdigit()
    assert len(message["Body"]) == 6
    assert "1234567" not in app.browser.page
    answer = await send(app, "code", code=newest(twilio))
    tokens = (await app.redeem(answered(answer)["code"])).json()
    claims = await app.claims(tokens)
    assert claims["acr"] == "twilio_sms"
    assert claims["amr"] == ["pwd", "sms", "otp", "mca", "mfa"]


async def test_the_number_of_the_directory_goes_before_the_token_and_a_mere_flag_is_no_number(
    household: Household, app: Application, twilio: Gateway
) -> None:
    await household.give("LSSM1", "sms", info={"phone": OTHER, "hashlib": "sha1"})
    await know(household, "alice", phoneNumberVerified=NUMBER)
    await begin(app)
    await send(app, "cancel")
    await know(household, "alice", phoneNumberVerified="true")
    await begin(app)
    assert [message["To"] for message in messages(twilio)] == ["+491701234567", "+491717654321"]


async def test_a_session_that_has_it_is_enough_and_one_that_has_less_is_asked_for_the_rest_alone(
    household: Household, app: Application, twilio: Gateway
) -> None:
    await know(household, "alice", phoneNumberVerified=NUMBER)
    await app.ask(acr_values="pwd")
    assert "code" in answered(await app.log_in())
    assert messages(twilio) == []
    silent = await app.ask(acr_values="twilio_sms", prompt="none")
    assert answered(silent)["error"] == "interaction_required"
    await app.ask(acr_values="twilio_sms")
    assert not app.browser.forms("password")
    await send(app, "choose")
    assert "code" in answered(await send(app, "code", code=newest(twilio)))
    assert "code" in answered(await app.ask(acr_values="twilio_sms"))
    assert "code" in answered(await app.ask(acr_values="pwd", prompt="none"))
    assert len(messages(twilio)) == 1


@pytest.mark.usefixtures("twilio")
async def test_cancelling_at_either_step_tells_the_application_and_lets_nobody_in(
    household: Household, app: Application
) -> None:
    await know(household, "alice", phoneNumberVerified=NUMBER)
    await app.ask(acr_values="twilio_sms")
    assert answered(await send(app, "cancel"))["error"] == "access_denied"
    await begin(app)
    told = answered(await send(app, "cancel"))
    assert (told["error"], told["state"]) == ("access_denied", "a b&c=ü")
    assert answered(await app.ask(prompt="none"))["error"] == "login_required"


async def test_neither_the_address_opened_again_nor_a_second_tab_leaves_out_the_code(
    household: Household, app: Application, second: Application, twilio: Gateway
) -> None:
    await know(household, "alice", phoneNumberVerified=NUMBER)
    await begin(app)
    page = app.browser.path
    answer = await app.ask(acr_values="twilio_sms")
    assert not answer.is_redirect
    assert app.browser.forms("code")
    assert len(messages(twilio)) == 1
    assert answered(await app.ask(prompt="none"))["error"] == "interaction_required"
    for path in (page, page.replace("login", "continue"), page.replace("login", "return")):
        answer = await second.browser.http.get(path)
        assert answer.status_code == 400, path
    assert not (await app.ask(acr_values="pwd")).is_redirect
    assert app.browser.forms("password")


async def test_what_must_be_met_is_met_or_refused(app: Application) -> None:
    claims = '{"id_token": {"acr": {"essential": true, "values": ["twilio_sms"]}}}'
    told = answered(await app.ask(claims=claims))
    assert told["error"] == "unmet_authentication_requirements"


async def test_a_wrong_code_is_told_and_a_right_one_is_good_once(
    household: Household, app: Application, second: Application, twilio: Gateway
) -> None:
    await know(household, "alice", phoneNumberVerified=NUMBER)
    await begin(app)
    right = newest(twilio)
    await send(app, "code", code=another(right))
    assert "not accepted" in app.browser.text
    assert "code" in answered(await send(app, "code", code=right))
    await begin(second)
    await send(second, "code", code=right)
    assert "not accepted" in second.browser.text


@pytest.mark.usefixtures("twilio")
@pytest.mark.parametrize("language", ["en", "de"])
async def test_the_application_is_named_in_both_languages(app: Application, language: str) -> None:
    app.browser.http.cookies.set("language", language)
    await app.ask(acr_values="twilio_sms")
    assert (
        "Log in to go on to app." if language == "en" else "weiter zu app zu gelangen"
    ) in app.browser.text


async def test_who_has_no_number_is_told_so_and_nothing_is_sent(app: Application, twilio: Gateway) -> None:
    await begin(app, "bob")
    assert "you have none that works" in app.browser.text
    assert messages(twilio) == []


@pytest.mark.usefixtures("twilio")
async def test_a_method_that_is_disabled_is_asked_for_in_vain(household: Household, app: Application) -> None:
    async with household.house.store.unit() as unit:
        await household.house.configuring.methods.put(unit, "twilio_sms", enabled=False)
    discovery = (await app.browser.http.get("/.well-known/openid-configuration")).json()
    assert "twilio_sms" not in discovery["acr_values_supported"]
    assert "code" in answered(await _in(app))


async def _in(app: Application) -> httpx2.Response:
    await app.ask(acr_values="twilio_sms")
    return await app.log_in()


async def test_a_default_that_is_not_in_force_lets_nobody_in(household: Household, app: Application) -> None:
    await register(household, default_acr_values=())
    await household.set(**{DEFAULT_ACR: "twilio_sms"})
    assert answered(await app.ask())["error"] == "access_denied"


async def test_where_nobody_has_said_anything_a_factor_that_is_there_is_asked_for(
    household: Household, app: Application
) -> None:
    await register(household, default_acr_values=())
    await household.give("OATH1")
    await app.ask(acr_values="pwd")
    assert "code" in answered(await app.log_in())
    assert answered(await app.ask(prompt="none"))["error"] == "interaction_required"
    await app.ask()
    await send(app, "choose")
    tokens = (await app.redeem(answered(await send(app, "code", code=hotp(SEED, 0)))["code"])).json()
    assert (await app.claims(tokens))["acr"] == "otp"


async def test_where_nobody_has_said_anything_the_password_is_enough_for_who_has_no_factor(
    household: Household, app: Application
) -> None:
    await register(household, default_acr_values=())
    await app.ask()
    tokens = (await app.redeem(answered(await app.log_in())["code"])).json()
    assert (await app.claims(tokens))["acr"] == "pwd"


async def test_what_is_too_old_is_asked_for_anew_and_nothing_else(
    household: Household, app: Application, twilio: Gateway
) -> None:
    await know(household, "alice", phoneNumberVerified=NUMBER)
    await app.ask(acr_values="pwd")
    await app.log_in()
    household.clock.advance(seconds=100)
    await app.ask(acr_values="twilio_sms")
    await send(app, "choose")
    await send(app, "code", code=newest(twilio))
    await app.ask(acr_values="twilio_sms", max_age="50")
    assert app.browser.forms("password")
    household.clock.advance(seconds=100)
    await app.ask(acr_values="twilio_sms", max_age="1000", prompt="login")
    assert app.browser.forms("password")


async def test_a_request_about_one_person_is_not_answered_by_another(
    household: Household, app: Application
) -> None:
    tokens = await app.tokens(acr_values="pwd")
    household.clock.advance(seconds=10)
    await app.ask(acr_values="pwd", prompt="login", id_token_hint=tokens["id_token"])
    household.clock.advance(seconds=10)
    assert answered(await app.log_in("bob"))["error"] == "login_required"
