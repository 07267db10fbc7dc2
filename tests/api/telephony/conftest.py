"""A house with a hook for Okta and a gateway for its messages, and words for what Okta sends."""

import copy
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.delivery.wires import Gateway, gateway
from tests.household import Household, household_on
from tests.sending import ALLOWED, connect
from watchword.api.telephony.face import OKTA, TelephonyFace
from watchword.configuration.hooks import WantedHook
from watchword.limits.settings import TelephonySettings
from watchword.model.errand import Errand
from watchword.storage.promises import Page

SECRET = "correct-horse-battery"
CODE = "482915"
PHONE = "+4915112345678"


@dataclass
class Okta:
    """A house, its face, and what its gateway has heard."""

    household: Household
    face: TelephonyFace
    gateway: Gateway
    http: httpx2.AsyncClient

    def event(self, identifier: str = "e1", **profile: Any) -> dict[str, Any]:
        """What Okta sends; ``profile`` changes the message's part, None takes something out."""
        expires = datetime.fromtimestamp(self.household.clock.now() / 1000 + 300, UTC)
        body = copy.deepcopy(EVENT)
        body["eventId"] = identifier
        message = body["data"]["messageProfile"]
        message["otpExpires"] = expires.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        for name, value in profile.items():
            if value is None:
                del message[name]
            else:
                message[name] = value
        return body

    async def hook(self, **fields: Any) -> None:
        """A hook in force; its secret in the header Authorization unless said otherwise."""
        usual = {"name": "okta", "shape": "okta", "proof": "header", "secrets": {"secret": SECRET}}
        async with self.household.house.store.unit() as unit:
            await self.household.house.configuring.hooks.put(unit, WantedHook(**{**usual, **fields}))

    async def post(
        self, body: Any, *, headers: Mapping[str, str] | None = None, path: str = OKTA
    ) -> httpx2.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"authorization": SECRET} if headers is None else headers
        return await self.http.post(
            path, content=content, headers={"content-type": "application/json", **given}
        )

    async def value(self, body: Any) -> dict[str, Any]:
        """The one value in an answer of 200 of the documented form."""
        answer = await self.post(body)
        assert answer.status_code == 200, answer.text
        assert set(answer.json()) == {"commands"}
        [command] = answer.json()["commands"]
        assert set(command) == {"type", "value"}
        assert command["type"] == "com.okta.telephony.action"
        [value] = command["value"]
        assert value["status"] in {"SUCCESSFUL", "PENDING", "FAILED"}
        assert set(value) <= {"status", "provider", "transactionId", "transactionMetadata"}
        assert all(isinstance(one, str) for one in value.values())
        return dict(value)

    async def status(self, body: Any) -> str:
        return str((await self.value(body))["status"])

    async def errands(self) -> list[Errand]:
        async with self.household.house.store.view() as view:
            return (await view.errands.search(Page(size=50)))[0]


EVENT: dict[str, Any] = {
    "eventId": "e1",
    "eventTime": "2026-09-21T13:46:40.000Z",
    "eventType": "com.okta.telephony.provider",
    "eventTypeVersion": "1.0",
    "contentType": "application/json",
    "cloudEventVersion": "0.1",
    "source": "calDEMO000000000001",
    "requestType": "com.okta.user.telephony.mfa-verification",
    "data": {
        "context": {
            "request": {
                "id": "reqDEMO01",
                "method": "POST",
                "url": {"value": "https://acme.example/idp/idx/challenge"},
                "ipAddress": "203.0.113.9",
            }
        },
        "userProfile": {
            "firstName": "Ada",
            "lastName": "Byron",
            "login": "ada@acme.example",
            "userId": "00uDEMO01",
        },
        "messageProfile": {
            "msgTemplate": f"Your code is {CODE}",
            "phoneNumber": PHONE,
            "otpExpires": "",
            "deliveryChannel": "SMS",
            "otpCode": CODE,
            "locale": "DE-DE",
        },
    },
}


@asynccontextmanager
async def okta_on(where: Mapping[str, str]) -> AsyncIterator[Okta]:
    async with household_on({**where, **ALLOWED}) as household, gateway() as heard:
        face = TelephonyFace(household.house, TelephonySettings())
        application: Any = face
        transport = httpx2.ASGITransport(app=application, client=("192.0.2.1", 40000))
        async with httpx2.AsyncClient(transport=transport, base_url="http://watchword.example") as http:
            it = Okta(household, face, heard, http)
            await connect(household, "gateway", heard.url)
            await it.hook()
            yield it
        await face.close()


@pytest.fixture
async def okta(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Okta]:
    async with okta_on({"WATCHWORD_HOME": str(tmp_path), "WATCHWORD_DATABASE_URL": sqlite_url}) as it:
        yield it
