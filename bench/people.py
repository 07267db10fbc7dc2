"""Whom the bench logs in: people of a managed resolver, each with one token, put straight into the store."""

import json
import os
from dataclasses import dataclass

from watchword.app import close_house, open_house, prepare
from watchword.clock import SystemDice
from watchword.crypto.passwords import keep_password
from watchword.crypto.pins import keep_pin
from watchword.model.configuration import (
    ADMIN_RESOLVER,
    ProviderConfig,
    Realm,
    ResolverConfig,
    provider_context,
)
from watchword.model.message import Channel
from watchword.model.person import Subject
from watchword.model.token import Token, secret_context
from watchword.settings import load
from watchword.storage.promises import ManagedPerson
from watchword.web.house import House

RESOLVER = "benchpeople"


@dataclass
class Holder:
    """One person with one token."""

    login: str
    seed: bytes
    pin: str = ""
    counter: int = 0
    number: str = ""
    """The telephone of whoever is sent a code."""


def _holders(prefix: str, count: int, pin: str = "") -> list[Holder]:
    dice = SystemDice()
    return [Holder(f"{prefix}{number}", dice.bytes(20), pin) for number in range(count)]


PEOPLE = {
    "plain": _holders("plain", 1000),
    "pinned": _holders("pinned", 1000, pin="7439"),
    "wrong": _holders("wrong", 200),
    "asked": _holders("asked", 640, pin="7439"),
}
for place, holder in enumerate(PEOPLE["asked"]):
    holder.number = f"+49170{1000000 + place}"


async def provision(environment: dict[str, str], gateway: str) -> str:
    """A fresh server with everybody in it, who are sent codes over this gateway; returns the password of the
    administrator ``bench``.
    """
    for holders in PEOPLE.values():
        for holder in holders:
            holder.counter = 0
    settings = load({}, {**os.environ, **environment})
    await prepare(settings)
    house = await open_house(settings)
    password = house.dice.bytes(12).hex()
    async with house.store.unit() as unit:
        await unit.configuration.put_resolver(ResolverConfig(name=RESOLVER, kind="managed", readonly=True))
        await unit.configuration.put_realm(Realm(name="bench", resolvers=(RESOLVER,)))
        await unit.configuration.set_default_realm("bench")
        everybody = [holder for holders in PEOPLE.values() for holder in holders]
        await unit.people.put(
            ManagedPerson(resolver=RESOLVER, userid=holder.login, login=holder.login) for holder in everybody
        )
        await unit.people.put(
            [
                ManagedPerson(
                    resolver=ADMIN_RESOLVER,
                    userid="bench",
                    login="bench",
                    password=keep_password(house.ring, password, house.dice),
                )
            ]
        )
        config = json.dumps({"URL": gateway}).encode()
        await unit.configuration.put_provider(
            ProviderConfig(
                channel=Channel.SMS,
                name="bench",
                class_name="HttpSMSProvider",
                config=house.ring.seal(provider_context(Channel.SMS, "bench"), config),
                default=True,
            )
        )
        for holder in everybody:
            await unit.tokens.add(_token(house, holder))
    await close_house(house)
    return password


def _token(house: House, holder: Holder) -> Token:
    serial = f"BENCH{holder.login}"
    return Token(
        serial=serial,
        kind="sms" if holder.number else house.kinds.default.name,
        owner=Subject(RESOLVER, holder.login),
        realms=("bench",),
        secret=house.ring.seal(secret_context(serial), holder.seed),
        pin=keep_pin(house.ring, serial, holder.pin, "keyed", house.dice),
        # Wrong codes are judged, not refused for being too many.
        max_failures=2**31 - 1 if holder.login.startswith("wrong") else 10,
        info={"hashlib": "sha1"} | ({"phone": holder.number} if holder.number else {}),
    )
