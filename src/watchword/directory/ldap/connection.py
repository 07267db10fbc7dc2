"""One connection of libldap on asyncio's loop. Imports bonsai: import it where a connection is opened."""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote

from bonsai import LDAPClient, LDAPEntry, LDAPError, LDAPModOp, LDAPSearchScope
from bonsai.ldapconnection import BaseLDAPConnection
from bonsai.ldapurl import LDAPURL

from watchword.directory.ldap.plan import BINARY
from watchword.directory.ldap.trouble import Lost, Refusal
from watchword.directory.ldap.tunnel import Tunnel

Entry = Mapping[str, list[Any]]
"""Attributes in lower case, each with its values; ``dn`` is the first of its own."""

_AT_ONCE = 16
"""Messages that are taken before others have their turn."""


class Link:
    """A connection that is bound, or `Lost` and `Refusal` in the server's words. One question at a time."""

    def __init__(self, tunnel: Tunnel, connection: "_Connection", seconds: float) -> None:
        self._tunnel = tunnel
        self._connection = connection
        self._seconds = seconds

    @classmethod
    async def open(cls, tunnel: Tunnel, name: str, password: str, seconds: float) -> "Link":
        """Bind with this name and password, without both anonymously; the server is told to take this long at most.

        The tunnel is closed if that fails.
        """
        if bool(name) != bool(password):
            # RFC 4513, 5.1.2: the server would take it for an anonymous bind, and accept.
            raise ValueError("a name without a password")
        client = LDAPClient()
        client.set_url(_SocketUrl(tunnel.path))
        client.set_credentials("SIMPLE", name or None, password or None)
        client.set_raw_attributes([*BINARY])
        client.set_auto_page_acquire(False)
        connection = _Connection(client)
        try:
            with _translated(tunnel):
                await connection.open()
        except BaseException as failed:
            tunnel.close()
            if isinstance(failed, asyncio.CancelledError):
                connection.give_up()
            raise
        return cls(tunnel, connection, seconds)

    @property
    def ended(self) -> bool:
        """Whether the server hung up."""
        return self._tunnel.ended

    def close(self) -> None:
        """At once, without waiting for anybody."""
        self._tunnel.close()
        with suppress(LDAPError):  # that the other side has gone
            self._connection.close()

    async def search(
        self, base: str, filter_: str, attributes: Iterable[str], *, deep: bool = True, most: int = 0
    ) -> list[Entry]:
        """Entries at ``base``, or ``deep`` below it; more than ``most`` of them are a `Refusal`."""
        scope = LDAPSearchScope.SUBTREE if deep else LDAPSearchScope.BASE
        with _translated(self._tunnel):
            found = await self._connection.search(
                base, scope, filter_, [*attributes], timeout=self._seconds, sizelimit=most
            )
        return [_entry(one) for one in found]

    async def pages(
        self, base: str, filter_: str, attributes: Iterable[str], size: int
    ) -> AsyncGenerator[list[Entry]]:
        """Entries below ``base``, a page at a time (RFC 2696)."""
        with _translated(self._tunnel):
            page = await self._connection.paged_search(
                base, LDAPSearchScope.SUBTREE, filter_, [*attributes], timeout=self._seconds, page_size=size
            )
        while True:
            yield [_entry(one) for one in page]
            with _translated(self._tunnel):
                message = page.acquire_next_page()
                if message is None:
                    return
                page = await self._connection.answer(message)

    async def replace(self, name: str, changes: Mapping[str, list[str] | list[bytes]]) -> None:
        """Give attributes of an entry these values, all or none; no value removes one."""
        with _translated(self._tunnel):
            entry = LDAPEntry(name, self._connection)
            for attribute, values in changes.items():
                entry.change_attribute(attribute, LDAPModOp.REPLACE, *values)
            await entry.modify()

    async def set_password(self, name: str, password: str) -> None:
        """The extended operation of RFC 3062."""
        with _translated(self._tunnel):
            await self._connection.modify_password(name, password)


class _Connection(BaseLDAPConnection):
    """Waits for libldap's answers without asking it over and over, as bonsai's own would.

    Its socket never blocks: a message of which only a part has arrived must not stop the loop that brings the rest.
    """

    def __init__(self, client: LDAPClient) -> None:
        super().__init__(client, is_async=True)
        self._message = 0

    def give_up(self) -> None:
        """Let go of what has not been opened: as long as it is being opened, bonsai holds it for ever."""
        with suppress(LDAPError, OSError):
            with socket.socket(fileno=os.dup(self.fileno())) as own:
                own.shutdown(socket.SHUT_RDWR)
            self.get_result(self._message)

    async def answer(self, message: int) -> Any:
        return await self._evaluate(message)

    async def _evaluate(self, msg_id: int, timeout: float | None = None) -> Any:  # noqa: ASYNC109
        self._message = msg_id
        loop = asyncio.get_running_loop()
        while True:
            # A connection that is being opened must not be asked before its thread says so: bonsai would sleep.
            for _ in range(0 if self.closed else _AT_ONCE):
                if (answer := self.get_result(msg_id)) is not None:
                    return answer
            fd = self.fileno()
            os.set_blocking(fd, False)
            readable = loop.create_future()
            loop.add_reader(fd, _wake, readable)
            try:
                await readable
            finally:
                loop.remove_reader(fd)
            if (answer := self.get_result(msg_id)) is not None:
                return answer


class _SocketUrl(LDAPURL):
    """The address of a Unix socket, which bonsai would write in lower case."""

    def __init__(self, path: str) -> None:
        super().__init__("ldapi://")
        self._path = path

    def get_address(self) -> str:
        return f"ldapi://{quote(self._path, safe='')}"


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


def _entry(found: Any) -> Entry:
    entry = {name.lower(): [*values] for name, values in found.items() if name != "dn"}
    entry["dn"] = [str(found.dn)]
    return entry


@contextmanager
def _translated(tunnel: Tunnel) -> Iterator[None]:
    try:
        yield
    except LDAPError as failed:
        said = str(failed.args[0]) if failed.args else ""
        if failed.code < 0:
            raise Lost(tunnel.broken or said) from None
        raise Refusal(failed.code, said) from None
