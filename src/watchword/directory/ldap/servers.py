"""The servers of one directory: connections that are kept, and who is asked when one of them fails."""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from watchword.clock import Clock
from watchword.directory.ldap.plan import Plan, Server
from watchword.directory.ldap.trouble import INVALID_CREDENTIALS, NOT_NOW, Lost, Refusal
from watchword.directory.ldap.tunnel import dig
from watchword.errors import BadParameter, Misconfigured, Refused, Unreachable, WatchwordError

if TYPE_CHECKING:
    from watchword.directory.ldap.connection import Link

Answer = TypeVar("Answer")
Allow = Callable[[str, int], Awaitable[None]]

CONNECTIONS = 8
"""For look-ups at once; as many are kept for each server."""
LISTS = 4
"""Connections for lists, one each: whoever reads one slowly must not keep look-ups waiting."""
_REST = 30_000
"""Milliseconds for which a server that failed is asked last, and for which our account is not tried again where its
password was refused: directories lock accounts that are."""


class Servers:
    """Asks the first server that answers."""

    def __init__(self, plan: Plan, password: Callable[[], str], clock: Clock, allow: Allow) -> None:
        self._plan = plan
        self._password = password
        self._clock = clock
        self._allow = allow
        self._places = asyncio.Semaphore(CONNECTIONS)
        self._lists = asyncio.Semaphore(LISTS)
        self._idle: dict[Server, list[Link]] = defaultdict(list)
        self._failed: dict[Server, int] = {}
        self._refused: tuple[int, str] | None = None
        self._tls: ssl.SSLContext | None = None
        self._closed = False

    async def ask(self, question: "Callable[[Link], Awaitable[Answer]]") -> Answer:
        """The answer of the first server that has one; `Unreachable` with the words of all, if none has."""
        async with self._places:
            return await self._first(lambda server: self._answer(server, question))

    async def pages(self, question: "Callable[[Link], AsyncGenerator[Answer]]") -> AsyncGenerator[Answer]:
        """The pages of the first server that has one: who breaks off in the midst is not replaced."""
        async with self._lists:
            link, pages, page = await self._first(lambda server: self._begin(server, question))
            try:
                while page is not None:
                    yield page
                    page = await self._next(pages)
            except TimeoutError:
                raise Unreachable("The list broke off: the server did not answer in time.") from None
            finally:
                link.close()

    async def accepts(self, name: str, password: str) -> None:
        """Bind as somebody; `Refusal` says that the server answered and did not."""
        link = await self._first(lambda server: self._bound(server, name, password))
        link.close()

    async def problem_with(self, server: Server) -> str:
        """Why our account cannot be bound to this server; empty if it can."""
        try:
            (await self._connect(server)).close()
        except TimeoutError:
            return "No answer in time."
        except WatchwordError as trouble:
            return trouble.message
        return ""

    def close(self) -> None:
        """Hang up everywhere."""
        self._closed = True
        for links in self._idle.values():
            for link in links:
                link.close()
        self._idle.clear()

    async def _first(self, ask: Callable[[Server], Awaitable[Answer]]) -> Answer:
        words = []
        for server in self._in_order():
            try:
                answer = await ask(server)
            except TimeoutError:
                words.append(f"{server.uri} did not answer in time.")
            except Lost as lost:
                words.append(f"{server.uri}: {lost.message}")
            except Refusal as refused:
                if refused.code not in NOT_NOW:
                    raise
                words.append(f"{server.uri}: {refused.message}")
            else:
                self._failed.pop(server, None)
                return answer
            self._failed[server] = self._clock.now()
        raise Unreachable(" ".join(words))

    def _in_order(self) -> list[Server]:
        """As they are named, but who failed lately comes last."""
        return sorted(self._plan.servers, key=lambda server: self._lately(self._failed.get(server)))

    def _lately(self, since: int | None) -> bool:
        return since is not None and since <= self._clock.now() < since + _REST

    async def _answer(self, server: Server, question: "Callable[[Link], Awaitable[Answer]]") -> Answer:
        """Over a connection that is kept, or a new one: a kept one may have been lost without a word."""
        while links := self._idle[server]:
            link = links.pop()
            if link.ended:
                link.close()
                continue
            try:
                return await self._over(server, link, question)
            except Lost:
                continue
        return await self._over(server, await self._connect(server), question)

    async def _over(
        self, server: Server, link: "Link", question: "Callable[[Link], Awaitable[Answer]]"
    ) -> Answer:
        try:
            async with asyncio.timeout(self._plan.answer_seconds):
                answer = await question(link)
        except Refusal:
            self._keep(server, link)
            raise
        except BaseException:
            link.close()
            raise
        self._keep(server, link)
        return answer

    def _keep(self, server: Server, link: "Link") -> None:
        if self._closed or link.ended:
            link.close()
        else:
            self._idle[server].append(link)

    async def _begin(
        self, server: Server, question: "Callable[[Link], AsyncGenerator[Answer]]"
    ) -> "tuple[Link, AsyncGenerator[Answer], Answer | None]":
        link = await self._connect(server)
        try:
            pages = question(link)
            return link, pages, await self._next(pages)
        except BaseException:
            link.close()
            raise

    async def _next(self, pages: AsyncGenerator[Answer]) -> Answer | None:
        async with asyncio.timeout(self._plan.answer_seconds):
            return await anext(pages, None)

    async def _connect(self, server: Server) -> "Link":
        """A connection of our own account to a server that holds the base."""
        plan = self._plan
        if self._refused is not None and self._lately(self._refused[0]):
            raise Unreachable(self._refused[1])
        try:
            link = await self._bound(server, plan.account, self._password() if plan.account else "")
        except Refusal as refused:
            if refused.code != INVALID_CREDENTIALS:
                raise Lost(f"our account is refused: {refused.message}") from None
            why = f"{server.uri} refuses our account {plan.account!r}: {refused.message}"
            self._refused = self._clock.now(), f"{why} Set BINDDN and BINDPW anew."
            raise Unreachable(self._refused[1]) from None
        try:
            async with asyncio.timeout(plan.answer_seconds):
                found = await link.search(plan.base, "(objectClass=*)", ["1.1"], deep=False)
            if not found:
                # To such a server nobody would be there, and everybody gone.
                raise Lost(f"it has no {plan.base!r} that our account may see.")
        except BaseException:
            link.close()
            raise
        return link

    async def _bound(self, server: Server, name: str, password: str) -> "Link":
        plan = self._plan
        secured = server.tls or plan.starttls
        try:
            link_class = bound_link()
            if secured and self._tls is None:
                self._tls = await asyncio.to_thread(plan.context)
        except (BadParameter, Misconfigured) as wrong:
            raise Unreachable(wrong.message) from None
        async with asyncio.timeout(plan.connect_seconds):
            try:
                await self._allow(server.host, server.port)
            except (Refused, Unreachable) as forbidden:
                raise Lost(forbidden.message) from None
            tunnel = await dig(
                server.host, server.port, self._tls if secured else None, starttls=not server.tls
            )
        async with asyncio.timeout(plan.answer_seconds):
            return await link_class.open(tunnel, name, password, plan.answer_seconds)


def bound_link() -> "type[Link]":
    """What speaks over a connection; `Misconfigured` where bonsai is not installed."""
    try:
        from watchword.directory.ldap.connection import Link
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] != "bonsai":
            raise
        raise Misconfigured(
            "LDAP resolvers need bonsai: pip install 'watchword[ldap]', and start the server again."
        ) from None
    return Link
