"""A browser without scripts: it follows redirects, keeps cookies, and sends the forms that a page has."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import Any

import httpx2

from watchword.api import linotp
from watchword.api.linotp.doors import Doors
from watchword.app import page_doors
from watchword.web.house import House

LOGIN, HOME = "/selfservice/login", "/selfservice/"
PASSWORD = "wonderland"

_FORM = re.compile(r"<form([^>]*)>(.*?)</form>", re.DOTALL)
_NAMED = re.compile(r"<(?:input|button|select)\b[^>]*?\bname=\"([^\"]*)\"[^>]*>", re.DOTALL)
_ATTRIBUTE = re.compile(r"([\w-]+)=\"([^\"]*)\"")


class Form:
    """One form of a page: where it goes, and what it carries unless told otherwise."""

    def __init__(self, attributes: str, content: str) -> None:
        said = dict(_ATTRIBUTE.findall(attributes))
        self.action = unescape(said.get("action", ""))
        self.fields: dict[str, str] = {}
        for found in _NAMED.finditer(content):
            element = dict(_ATTRIBUTE.findall(found[0]))
            self.fields[unescape(found[1])] = unescape(element.get("value", ""))


class Browser:
    """One browser, with its own cookies. ``page`` is what it shows, ``path`` where it is."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http
        self.page = ""
        self.path = ""
        self.status = 0

    @staticmethod
    @asynccontextmanager
    async def at(house: House, client: str = "192.0.2.7", scheme: str = "http") -> AsyncIterator["Browser"]:
        application: Any = Doors(house, (*linotp.doors(), *page_doors()))
        transport = httpx2.ASGITransport(app=application, client=(client, 40000))
        async with httpx2.AsyncClient(
            transport=transport, base_url=f"{scheme}://watchword.example", follow_redirects=True
        ) as http:
            yield Browser(http)

    async def visit(self, path: str) -> str:
        return self._seen(await self.http.get(path))

    async def send(self, step: str = "", /, where: int = 0, **fields: str) -> str:
        """Fill in the form whose hidden or button field ``step`` says this (the one at the place ``where``)."""
        form = self.forms(step)[where]
        return await self.post(form.action, **{**form.fields, **fields})

    async def post(self, path: str, /, **fields: str) -> str:
        return self._seen(await self.http.post(path, data=fields))

    async def log_in(self, name: str = "alice", password: str = PASSWORD, **fields: Any) -> str:
        await self.visit(LOGIN)
        if self.forms("cancel"):
            await self.send("cancel")
        return await self.send("password", name=name, password=password, **fields)

    def forms(self, step: str = "") -> list[Form]:
        found = [Form(*parts) for parts in _FORM.findall(self.page)]
        return [form for form in found if not step or form.fields.get("step") == step]

    @property
    def is_in(self) -> bool:
        """Whether it shows a page that only somebody sees who is logged in."""
        return self.status == 200 and self.path == HOME and "/selfservice/logout" in self.page

    @property
    def text(self) -> str:
        """What a reader sees."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.page)).split())

    def cookie(self, name: str) -> str | None:
        return self.http.cookies.get(name)

    def _seen(self, answer: Any) -> str:
        self.page, self.path, self.status = answer.text, answer.url.path, answer.status_code
        return self.text
