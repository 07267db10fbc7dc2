"""Adds, lists and removes applications that people sign in to."""

from watchword.cli.opening import write_down
from watchword.configuration.clients import WantedClient
from watchword.errors import Refused
from watchword.web.house import House


async def add(house: House, wanted: WantedClient) -> str:
    """Register an application; its secret, which is told this once, or nothing if it has none."""
    secret = house.dice.bytes(32).hex() if wanted.authentication.startswith("client_secret") else None
    async with house.store.unit() as unit:
        configuration = await unit.configuration.held()
        if configuration.client(wanted.id) is not None:
            raise Refused(f"There is a client {wanted.id!r} already: remove it first, or choose another id.")
        with_secret = WantedClient(
            **{name: getattr(wanted, name) for name in WantedClient.__struct_fields__} | {"secret": secret}
        )
        await unit.configuration.put_client(house.configuring.clients.made(with_secret, None))
        await write_down(house, unit, "oidc/client add", wanted.id)
    return secret or ""


async def listed(house: House) -> list[str]:
    """One line each: id, how it shows who it is, where answers go."""
    async with house.store.view() as view:
        clients = (await view.configuration.load()).clients
    return [f"{one.id}  {one.authentication}  {' '.join(one.redirect_uris)}" for one in clients]


async def remove(house: House, identifier: str) -> None:
    """Take an application away: from now on nobody signs in to it, and no token of it is renewed."""
    async with house.store.unit() as unit:
        configuration = await unit.configuration.held()
        if configuration.client(identifier) is None:
            raise Refused(f"There is no client {identifier!r}.")
        await unit.configuration.remove_client(identifier)
        await write_down(house, unit, "oidc/client remove", identifier)
