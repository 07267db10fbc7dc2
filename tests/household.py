"""A house for tests, with short words for what tests do with it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from watchword.app import close_house, open_house
from watchword.clock import SystemDice
from watchword.configuration.beginning import begin
from watchword.crypto.keyring import KeyRing
from watchword.crypto.passwords import Argon2Cost, keep_password
from watchword.crypto.pins import keep_pin
from watchword.model.attempt import Attempt, Outcome
from watchword.model.audit import AuditEntry
from watchword.model.configuration import MANAGED, Entry, Realm, ResolverConfig
from watchword.model.person import Subject, UserName
from watchword.model.policy import Policy
from watchword.model.token import Token, secret_context
from watchword.plugin.loading import Kinds
from watchword.settings import load
from watchword.storage import migrate
from watchword.storage.promises import AuditFilter, ManagedPerson, Page
from watchword.testing import StoppedClock
from watchword.web.house import House

RESOLVER, REALM = "people", "demo"
SEED = b"12345678901234567890"
CLIENT = "192.0.2.7"
"""An address for documentation (RFC 5737)."""

CHEAP = Argon2Cost(memory_kib=64, passes=1)


@dataclass
class Household:
    """A house, and short words for what tests do with it."""

    house: House
    clock: StoppedClock

    async def give(
        self,
        serial: str,
        kind: str = "hmac",
        *,
        owner: str | Subject | None = "alice",
        pin: str = "",
        **fields: object,
    ) -> Token:
        """A token straight into the store; an owner by login is one of ours."""
        ring = self.house.ring
        token = Token(
            serial=serial,
            kind=kind,
            owner=Subject(RESOLVER, owner) if isinstance(owner, str) else owner,
            realms=(REALM,),
            secret=ring.seal(secret_context(serial), SEED),
            pin=keep_pin(ring, serial, pin, "keyed", self.house.dice),
            info={"hashlib": "sha1"},
        )
        async with self.house.store.unit() as unit:
            return await unit.tokens.add(replace(token, **fields))

    async def give_password(self, serial: str, password: str, **fields: object) -> Token:
        """A static password."""
        kept = keep_password(self.house.ring, password, self.house.dice, CHEAP).encode()
        sealed = self.house.ring.seal(secret_context(serial), kept)
        return await self.give(serial, "pw", secret=sealed, digits=len(password), **fields)  # type: ignore[arg-type]

    async def held(self, serial: str) -> Token:
        """The token as the store holds it."""
        async with self.house.store.view() as view:
            token = await view.tokens.by_serial(serial)
        assert token is not None
        return token

    async def say(self, *policies: Policy) -> None:
        """Put policies in force."""
        async with self.house.store.unit() as unit:
            await unit.configuration.put_policies(policies)

    async def set(self, **entries: str) -> None:
        """Change system settings."""
        async with self.house.store.unit() as unit:
            await unit.configuration.put_entries(
                {name: Entry(value=value) for name, value in entries.items()}
            )

    async def check(
        self,
        answer: str,
        user: str | None = "alice",
        *,
        client: str = CLIENT,
        path: str = "validate",
        **fields: object,
    ) -> Outcome:
        """One attempt."""
        attempt = Attempt(
            action="validate/check",
            path=path,
            user=UserName(login=user) if user is not None else None,
            answer=answer,
            client=client,
        )
        return await self.house.gate.check(replace(attempt, **fields))

    async def last_row(self) -> AuditEntry:
        """The newest audit row."""
        async with self.house.store.view() as view:
            rows, _ = await view.audit.search(AuditFilter(), Page(size=1, sort="id", descending=True))
        return rows[0]


def policy(action: str, scope: str = "authentication", **fields: object) -> Policy:
    """A policy for everybody in every realm, unless said otherwise."""
    return replace(
        Policy(name=f"p{abs(hash((action, scope))) % 10**8}", scope=scope, action=action, realm="*"), **fields
    )


@asynccontextmanager
async def household_on(
    environment: Mapping[str, str], kinds: Kinds | None = None
) -> AsyncIterator[Household]:
    """A fresh house in the home folder and on the store that the variables name, with alice and bob in it."""
    clock = StoppedClock()
    dice = SystemDice()
    settings = load({}, environment)
    ring = KeyRing.create(settings.home / "keys.toml", dice, clock.now())
    await _migrate(settings.database)
    house = await open_house(settings, clock=clock, kinds=kinds)
    await begin(house.store)
    async with house.store.unit() as unit:
        await unit.configuration.put_resolver(ResolverConfig(name=RESOLVER, kind=MANAGED, readonly=True))
        await unit.configuration.put_realm(Realm(name=REALM, resolvers=(RESOLVER,)))
        await unit.configuration.set_default_realm(REALM)
        kept = keep_password(ring, "wonderland", dice, CHEAP)
        await unit.people.put(
            ManagedPerson(
                resolver=RESOLVER,
                userid=login,
                login=login,
                password=kept,
                attributes={"givenname": login.title()},
            )
            for login in ("alice", "bob")
        )
    yield Household(house, clock)
    await close_house(house)


_schemas: list[bytes] = []


async def _migrate(url: str) -> None:
    """Bring the schema up to date; that takes a process of its own, so SQLite files begin as copies of the first."""
    path = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:") else None
    if path is not None and _schemas:
        path.write_bytes(_schemas[0])
    await migrate(url)
    if path is not None and not _schemas:
        _schemas.append(path.read_bytes())
