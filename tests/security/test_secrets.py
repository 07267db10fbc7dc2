"""A sieve for secrets: what people and administrators say to a server is in no log, no audit row, no table."""

import asyncio
import base64
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import asyncpg
import pytest

from tests.api.caller import ADMIN, Caller
from tests.serving_process import LIMIT, Serve, Server
from watchword.clock import SystemClock
from watchword.crypto.otp import hotp, totp_step

pytestmark = pytest.mark.slow

ADMIN_PASSWORD = "Ruhig-Blut-4711"
SEED = b"a seed of 20 letters"
OTHER_SEED = b"20 letters of a seed"
PEOPLE = "erin,2001,Example,Erin,erin@example.org,,,Kennwort-Erin-55\n"
WORDS = {
    "password of the administrator": ADMIN_PASSWORD,
    "wrong password of an administrator": "Beinahe-Richtig-12",
    "imported password": "Kennwort-Erin-55",
    "PIN": "Pin-Sesam-81",
    "new PIN": "Pin-Mohn-82",
    "readable PIN": "Pin-Lesbar-83",
    "wrong PIN": "Pin-Falsch-84",
    "PIN of a Mobile-OTP": "mpin-85-geheim",
    "new PIN of a Mobile-OTP": "mpin-86-geheim",
    "static password": "Fest-Passwort-87",
    "seed that is none": "keinhexgeheimnis88",
    "answer in a broken request": "Kaputt-Antwort-89",
    "seed that was sent": SEED.hex(),
    "other seed that was sent": OTHER_SEED.hex(),
}


def spellings(name: str, word: str) -> Iterator[bytes]:
    """A secret as it may be written; seeds are given in hexadecimal."""
    yield word.encode()
    if name.endswith(("seed", "sent")):
        seed = bytes.fromhex(word)
        yield from (seed, word.upper().encode(), base64.b32encode(seed).rstrip(b"="), base64.b64encode(seed))


async def converse(server: Server) -> dict[str, str]:
    """Say all that one can say with secrets; the secrets that were made meanwhile."""
    made = {}
    async with server.client() as caller:
        for password in (WORDS["wrong password of an administrator"], "", ADMIN_PASSWORD):
            await caller.post("/admin/login", username=ADMIN, password=password)
            basic = base64.b64encode(f"{ADMIN}:{password}".encode()).decode()
            answer = await caller.http.get("/admin/getsession", headers={"authorization": f"Basic {basic}"})
            made[f"basic {password}"] = basic
        made["session"] = answer.cookies["admin_session"]
        made |= {name: caller.http.cookies[name] for name in ("access_token_cookie", "csrf_access_token")}
        made |= await enrol(caller)
        made |= await log_in(caller)
        await break_things(server, caller)
    return made


async def enrol(admin: Caller) -> dict[str, str]:
    pin = WORDS["PIN"]
    await admin.whole(
        "/admin/init", type="hmac", otplen="8", user="alice", serial="H1", otpkey=SEED.hex(), pin=pin
    )
    await admin.whole("/admin/init", type="totp", otplen="8", user="bob", otpkey=OTHER_SEED.hex(), pin=pin)
    made = await admin.whole("/admin/init", type="totp", user="bob", serial="T2", genkey="1")
    await admin.whole(
        "/admin/init", type="motp", serial="M1", genkey="1", otppin=WORDS["PIN of a Mobile-OTP"]
    )
    await admin.whole("/admin/setPin", serial="M1", userpin=WORDS["new PIN of a Mobile-OTP"])
    await admin.whole("/admin/init", type="pw", user="carol", serial="P1", otpkey=WORDS["static password"])
    await admin.whole("/admin/set", serial="T2", pin=WORDS["new PIN"])
    await admin.whole("/admin/set", serial="T2", pin=WORDS["readable PIN"], encryptpin="1")
    lost = await admin.value("/admin/losttoken", serial="T2")
    resolver = {"resolver": "staff", "passwords_in_plaintext": "true"}
    assert (await admin.upload("/tools/import_users", PEOPLE, **resolver)).json()["result"]["status"]
    spec = "useridresolver.SQLIdResolver.IdResolver.staff"
    await admin.value("/system/setRealm", realm="staff", resolvers=spec)
    return {
        "made seed": made["detail"]["otpkey"]["value"].removeprefix("seed://"),
        "substitute": lost["password"],
    }


async def log_in(caller: Caller) -> dict[str, str]:
    pin, wrong = WORDS["PIN"], WORDS["wrong PIN"]
    step = totp_step(SystemClock().now(), 30)
    codes = [hotp(SEED, counter, digits=8) for counter in range(6)]
    clock_code = hotp(OTHER_SEED, step, digits=8)
    for user, answer in (
        ("alice", pin + codes[0]),
        ("alice", pin + codes[0]),
        ("alice", wrong + codes[1]),
        ("bob", pin + clock_code),
        ("mallory", pin + codes[1]),
        ("carol", WORDS["static password"]),
        ("carol", WORDS["answer in a broken request"]),
        ("erin@staff", WORDS["imported password"]),
    ):
        for path in ("check", "simplecheck", "samlcheck"):
            await caller.post(f"/validate/{path}", user=user, **{"pass": answer})
        await caller.get("/validate/check", user=user, **{"pass": answer})
    assert await caller.value("/validate/check_s", serial="H1", **{"pass": pin + codes[2]})
    for scope, action in (("authentication", "otppin=1, passthru"), ("authorization", "detail_on_fail")):
        await caller.value("/system/setPolicy", name=scope, scope=scope, action=action, realm="*")
    assert await caller.value("/validate/check", user="erin@staff", **{"pass": WORDS["imported password"]})
    await caller.post("/validate/check", user="alice", **{"pass": wrong + codes[3]})
    await caller.post("/admin/resync", serial="H1", otp1=codes[4], otp2=codes[5])
    await caller.post("/admin/getSerialByOtp", otp=codes[3])
    return {f"code {number}": code for number, code in enumerate((*codes, clock_code))}


async def break_things(server: Server, admin: Caller) -> None:
    secret, seed = WORDS["answer in a broken request"], WORDS["seed that is none"]
    for path, fields in (
        ("/admin/init", {"type": "hmac", "otpkey": seed, "pin": secret}),
        ("/admin/init", {"type": "no such", "otpkey": SEED.hex(), "pin": secret}),
        ("/admin/init", {"type": "hmac", "user": "nobody", "otpkey": SEED.hex(), "pin": secret}),
        ("/admin/init", {"type": "totp", "serial": "H1", "otpkey": SEED.hex(), "timeStep": secret}),
        ("/admin/set", {"serial": "none", "pin": secret}),
        ("/admin/set", {"pin": secret}),
        ("/admin/set", {"serial": "H1", "MaxFailCount": "many", "pin": secret}),
        ("/admin/setPin", {"serial": "H1", "userpin": secret}),
        ("/admin/resync", {"serial": "none", "otp1": secret, "otp2": secret}),
        ("/admin/login", {"username": "\x1b[2K\nmallory", "password": secret}),
        ("/validate/check", {"pass": secret}),
        ("/validate/check_s", {"serial": "none", "pass": secret}),
        ("/nowhere", {"pass": secret}),
    ):
        await admin.post(path, **fields)
        await admin.http.get(path, params=fields)
    for path in ("/validate/check", "/admin/init", "/tools/import_users", "/system/importPolicy"):
        await admin.post_raw(path, b"user=alice&pass=%ff%00" + secret.encode())
        for kind in ("application/json", "multipart/form-data", "multipart/form-data; boundary=x"):
            headers = {"content-type": kind, "x-csrf-token": admin.http.cookies["csrf_access_token"]}
            body = b'{"user": "alice", "pass": "' + secret.encode()
            await admin.http.post(path, content=body, headers=headers)
        await admin.upload(path, f"zoe,3001,,,,,,{secret}\n\0\n", resolver="staff")
    for garbage in ("GET /?pass={} HTTP/9.9\r\n\r\n", "{}\r\n\r\n", "GET / HTTP/1.1\r\n{}\r\n\r\n"):
        back, out = await asyncio.open_connection("127.0.0.1", server.port())
        out.write(garbage.format(secret).encode())
        out.write_eof()
        async with asyncio.timeout(LIMIT):
            await back.read()
        out.close()


async def tables(place: Mapping[str, str]) -> bytes:
    """All that the database holds."""
    if "WATCHWORD_DATABASE_URL" in place:
        connection = await asyncpg.connect(place["WATCHWORD_DATABASE_URL"])
        names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [row for (name,) in names for row in await connection.fetch(f'SELECT * FROM "{name}"')]
        await connection.close()
        cells = [cell for row in rows for cell in row.values()]
        return b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in cells)
    home = Path(place["WATCHWORD_HOME"])
    return b"".join(path.read_bytes() for path in sorted(home.glob("watchword.db*")))


async def test_a95_no_secret_is_in_the_logs_the_audit_or_the_database(
    serve: Serve, place: Mapping[str, str]
) -> None:
    environment = {
        **place,
        "WATCHWORD_DEMO_ADMIN_PASSWORD": ADMIN_PASSWORD,
        "WATCHWORD_LOG_LEVEL": "debug",
    }
    server = serve("--demo", environment=environment)
    printed = "\n".join(server.lines())
    made = await converse(server)
    database = await tables(place)
    assert b"mallory" in database, "what may be told is there"
    code, logged = server.end()
    assert code == 0
    assert server.process.stdout is not None
    printed += server.process.stdout.read()
    keys = re.findall(r'"([\w+/=-]{32,})"', (Path(place["WATCHWORD_HOME"]) / "keys.toml").read_text())
    assert keys
    named = {**WORDS, **made, **{f"key {number}": key for number, key in enumerate(keys)}}
    for where, text in {
        "database": database + await tables(place),
        "error stream": logged.encode(),
        "output": printed.encode(),
    }.items():
        assert text
        found = {name for name, word in named.items() for secret in spellings(name, word) if secret in text}
        assert not found, f"{found} in {where}"
    told = logged.splitlines()
    assert all(line.isascii() and line.isprintable() for line in told)
    assert {json.loads(line)["level"] for line in told if line.startswith("{")} <= {
        "debug",
        "info",
        "warning",
    }
