"""A client of the dialect."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

ADMIN, ADMIN_PASSWORD = "admin", "hush"


class Caller:
    """Speaks the dialect, with cookies and the header against forged requests."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http

    @staticmethod
    @asynccontextmanager
    async def at(application: Any) -> AsyncIterator["Caller"]:
        transport = httpx2.ASGITransport(app=application, client=("127.0.0.1", 40000))
        async with httpx2.AsyncClient(transport=transport, base_url="http://watchword.example") as http:
            yield Caller(http)

    async def log_in(self, name: str) -> None:
        answer = await self.http.post("/admin/login", data={"username": name, "password": ADMIN_PASSWORD})
        assert answer.status_code == 200, answer.text

    async def post(self, path: str, /, **fields: Any) -> httpx2.Response:
        """A form; a list is the field ``name[]``, repeated."""
        data = {f"{name}[]" if isinstance(value, list) else name: value for name, value in fields.items()}
        return await self.http.post(path, data=data, headers=self._headers())

    async def get(self, path: str, /, **fields: Any) -> httpx2.Response:
        return await self.http.get(path, params=fields)

    async def post_json(self, path: str, body: Any) -> httpx2.Response:
        return await self.http.post(path, json=body, headers=self._headers())

    async def post_raw(self, path: str, body: bytes) -> httpx2.Response:
        """A form as its bytes are."""
        headers = {**self._headers(), "content-type": "application/x-www-form-urlencoded"}
        return await self.http.post(path, content=body, headers=headers)

    async def upload(self, path: str, /, file: str | bytes, **fields: str) -> httpx2.Response:
        """A multipart form with the field ``file``."""
        content = file.encode() if isinstance(file, str) else file
        files = {"file": ("upload.txt", content)}
        return await self.http.post(path, data=fields, files=files, headers=self._headers())

    async def whole(self, path: str, /, **fields: Any) -> dict[str, Any]:
        """The envelope of a success."""
        answer = await self.post(path, **fields)
        envelope: dict[str, Any] = answer.json()
        assert answer.status_code == 200, answer.text
        assert envelope["result"]["status"] is True, answer.text
        return envelope

    async def value(self, path: str, /, **fields: Any) -> Any:
        """The value of a success."""
        return (await self.whole(path, **fields))["result"]["value"]

    async def code(self, path: str, /, **fields: Any) -> int:
        """The number of a failure."""
        answer = await self.post(path, **fields)
        result = answer.json()["result"]
        assert result["status"] is False, answer.text
        assert answer.status_code == 200, answer.text
        code: int = result["error"]["code"]
        return code

    def _headers(self) -> dict[str, str]:
        csrf = self.http.cookies.get("csrf_access_token")
        return {"X-CSRF-TOKEN": csrf} if csrf else {}
