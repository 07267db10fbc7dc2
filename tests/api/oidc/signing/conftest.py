"""Applications whose people log in by text messages, over a Twilio of our own."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs

import httpx2
import pytest
from msgspec.structs import replace

from tests.api.oidc.conftest import ISSUER, Application, browser_of, register
from tests.delivery.wires import Gateway
from tests.delivery.wires import gateway as loopback
from tests.household import RESOLVER, Household, household_on
from tests.sending import ALLOWED

NUMBER = "+49 170 1234567"
OTHER = "+49 171 7654321"


@pytest.fixture
async def household(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Household]:
    """Alice and bob in realm demo, a clock that stands still, a provider, and a way to this machine."""
    where = {
        "WATCHWORD_HOME": str(tmp_path),
        "WATCHWORD_DATABASE_URL": sqlite_url,
        "WATCHWORD_OIDC_ISSUER": ISSUER,
        "WATCHWORD_LIMITS_THRESHOLD": "5",
        **ALLOWED,
    }
    async with household_on(where) as household:
        yield household


@pytest.fixture
async def twilio(household: Household) -> AsyncIterator[Gateway]:
    """A Twilio on loopback, and the method that sends over it."""
    async with loopback() as gateway:
        gateway.status, gateway.body = 201, '{"sid": "SM1", "status": "queued"}'
        async with household.house.store.unit() as unit:
            await household.house.configuring.methods.put(
                unit,
                "twilio_sms",
                enabled=True,
                properties={
                    "twilio_sid": "AC0123456789",
                    "twilio_token": "t0ken-of-twilio",
                    "from_number": "+15005550006",
                    "url": gateway.url,
                },
            )
        yield gateway


@pytest.fixture
async def app(household: Household) -> AsyncIterator[Application]:
    """A client with a secret, and a browser in which nobody is signed in."""
    await register(household)
    async with browser_of(household) as browser:
        yield Application(browser, household)


@pytest.fixture
async def second(household: Household) -> AsyncIterator[Application]:
    """The client of `app` in another browser."""
    async with browser_of(household) as browser:
        yield Application(browser, household)


async def know(household: Household, login: str, **attributes: str) -> None:
    """What the directory says of somebody."""
    async with household.house.store.unit() as unit:
        person = await unit.people.find(RESOLVER, login)
        assert person is not None
        await unit.people.put([replace(person, attributes=attributes)])
        await unit.configuration.touch()


def messages(twilio: Gateway) -> list[dict[str, str]]:
    """What was sent: To, From, Body."""
    return [
        {name: values[0] for name, values in parse_qs(heard.body).items()}
        for heard in twilio.heard
        if heard.method == "POST"
    ]


def newest(twilio: Gateway) -> str:
    """The code of the newest message."""
    return messages(twilio)[-1]["Body"]


async def send(app: Application, step: str, **fields: str) -> httpx2.Response:
    """Fill in the form of the page that has this step."""
    form = app.browser.forms(step)[0]
    return await app.go(form.action, **{**form.fields, **fields})
