"""A house whose messages go to loopback, and short words for what its gateways hear."""

import json
from urllib.parse import parse_qs

from tests.delivery.wires import Gateway
from tests.household import Household
from watchword.model.configuration import ProviderConfig, provider_context
from watchword.model.message import Channel
from watchword.model.token import Token

ALLOWED = {"WATCHWORD_OUTBOUND_ALLOW": "127.0.0.0/8"}
"""Lets a house speak to this machine."""
NUMBER = "+49 170 1234567"


def said(gateway: Gateway) -> str:
    """The text of the newest SMS."""
    return parse_qs(gateway.heard[-1].body, keep_blank_values=True)["sms"][0]


def code(gateway: Gateway) -> str:
    """The code in the newest SMS: its first word."""
    return said(gateway).split()[0]


def another(right: str) -> str:
    """A code that is not this one."""
    return "000000" if right != "000000" else "111111"


async def connect(household: Household, name: str, url: str) -> None:
    """A gateway for SMS, the default one if it is the first."""
    config = json.dumps({"URL": url}).encode()
    sealed = household.house.ring.seal(provider_context(Channel.SMS, name), config)
    async with household.house.store.unit() as unit:
        await unit.configuration.put_provider(
            ProviderConfig(
                channel=Channel.SMS, name=name, class_name="HttpSMSProvider", config=sealed, default=True
            )
        )


async def give_sms(
    household: Household, serial: str = "LSSM1", *, pin: str = "sesame", **fields: object
) -> Token:
    """A token whose codes go to a telephone."""
    info = {"phone": NUMBER, "hashlib": "sha1"}
    return await household.give(serial, "sms", pin=pin, info=info, **fields)  # type: ignore[arg-type]
