"""What Gluu's twilio_sms script did wrong, a test each that we do not."""

import logging
from pathlib import Path

import pytest

from tests.api.oidc.conftest import Application, answered
from tests.api.oidc.signing.conftest import NUMBER, know, messages, newest, send
from tests.api.oidc.signing.test_twilio_sms import begin
from tests.delivery.wires import Gateway
from tests.household import Household
from tests.sending import another


async def test_nobody_gets_the_code_of_whoever_logged_in_before(
    household: Household, app: Application, second: Application, twilio: Gateway
) -> None:
    await know(household, "alice", phoneNumberVerified=NUMBER)
    await begin(app, "alice")
    await begin(second, "bob")
    assert [message["To"] for message in messages(twilio)] == ["+491701234567"]
    await send(app, "code", code=newest(twilio))


async def test_a_code_is_over_after_its_time_though_the_session_is_not(
    household: Household, app: Application, twilio: Gateway
) -> None:
    await know(household, "alice", phoneNumberVerified=NUMBER)
    await begin(app)
    right = newest(twilio)
    household.clock.advance(seconds=200)
    answer = await send(app, "code", code=right)
    assert not answer.is_redirect
    assert "time of that code is over" in app.browser.text
    await send(app, "choose")
    assert len(messages(twilio)) == 2
    assert "code" in answered(await send(app, "code", code=newest(twilio)))


async def test_guesses_are_limited_and_the_right_code_is_worth_nothing_then(
    household: Household, app: Application, twilio: Gateway
) -> None:
    await know(household, "alice", phoneNumberVerified=NUMBER)
    await begin(app)
    right = newest(twilio)
    for _ in range(6):
        await send(app, "code", code=another(right))
    answer = await send(app, "code", code=right)
    assert not answer.is_redirect
    assert (await household.last_row()).action_detail.startswith("too many failures")


async def test_sends_are_limited(household: Household, app: Application, twilio: Gateway) -> None:
    await know(household, "alice", phoneNumberVerified=NUMBER)
    await begin(app)
    for _ in range(5):
        await send(app, "again")
    assert len(messages(twilio)) == 1
    assert "Please wait" in app.browser.text


async def test_neither_code_nor_number_nor_token_of_the_account_is_logged_or_kept_in_the_clear(
    household: Household,
    app: Application,
    twilio: Gateway,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG, "watchword")
    await know(household, "alice", phoneNumberVerified=NUMBER)
    await begin(app)
    code = newest(twilio)
    await send(app, "code", code=another(code))
    await send(app, "code", code=code)
    row = await household.last_row()
    said = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in (code, "1234567", "t0ken-of-twilio"):
        assert secret not in said
        assert secret not in f"{row!r}"
    for secret in (code, "t0ken-of-twilio"):
        assert secret.encode() not in kept


async def test_the_answer_is_held_against_a_keyed_fingerprint_and_is_spent_by_success(
    household: Household, app: Application, second: Application, twilio: Gateway
) -> None:
    await know(household, "alice", phoneNumberVerified=NUMBER)
    await begin(app)
    right = newest(twilio)
    assert "code" in answered(await send(app, "code", code=right))
    await begin(second)
    answer = await send(second, "code", code=right)
    assert not answer.is_redirect


async def test_the_password_sent_again_sends_no_second_message(
    household: Household, app: Application, twilio: Gateway
) -> None:
    await know(household, "alice", phoneNumberVerified=NUMBER)
    await app.ask(acr_values="twilio_sms")
    form = app.browser.forms("password")[0]
    for _ in range(3):
        await app.go(form.action, **{**form.fields, "name": "alice", "password": "wonderland"})
    assert len(messages(twilio)) == 1


@pytest.mark.usefixtures("twilio")
async def test_the_page_shows_the_last_two_digits_and_no_more(household: Household, app: Application) -> None:
    await know(household, "alice", phoneNumberVerified=NUMBER)
    await begin(app)
    assert "••• 67" in app.browser.text
    for start in range(len("491701234567") - 2):
        assert "491701234567"[start : start + 3] not in app.browser.text
