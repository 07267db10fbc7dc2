"""The console's pages that are looked at in a real browser, and what has happened in the demo before."""

import httpx2

from tests.api.caller import ADMIN, ADMIN_PASSWORD

PAGES: list[tuple[str, str]] = [
    ("pulse", "/manage/"),
]
"""A name for the picture, and the address."""


def furnish(url: str) -> None:
    """Live in the demo for a while, over its own calls: tokens of several kinds, log-ins that were let in and refused."""
    with httpx2.Client(base_url=url, trust_env=False) as http:
        http.post("/admin/login", data={"username": ADMIN, "password": ADMIN_PASSWORD})
        csrf = {"X-CSRF-TOKEN": http.cookies["csrf_access_token"]}

        def call(path: str, **fields: str) -> None:
            answer = http.post(path, data=fields, headers=csrf)
            assert answer.json()["result"]["status"] is True, answer.text

        for user in ("alice", "bob"):
            call(
                "/admin/init",
                type="sms",
                user=user,
                realm="demo",
                phone="+49 171 3920009",
                serial=f"SMS{user}",
            )
        call("/admin/init", type="totp", genkey="1", user="alice", realm="demo", serial="TOTPALICE")
        call("/admin/init", type="hmac", genkey="1", serial="SPARE1", description="In the drawer")
        call("/validate/check", user="alice", realm="demo", **{"pass": "000000"})
        call("/validate/check", user="nobody", realm="demo", **{"pass": "000000"})
