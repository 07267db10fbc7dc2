"""Policies made to explode, and those who are judged by them."""

import pytest

from tests.hostile.knocking import DOORS, Visitor, judge
from tests.hostile.spellings import MULTIPART
from watchword.api.linotp.envelope import NO, YES

SET = next(door for door in DOORS if door.path == "/system/setPolicy")
CHECK = next(door for door in DOORS if door.path == "/validate/check")
USUAL = {
    "name": "mine",
    "scope": "authentication",
    "action": "otppin=1",
    "user": "*",
    "realm": "*",
    "client": "*",
}
EXPLOSIVE = {
    "user": [
        "(a+)+b",
        "((((a*)*)*)*)*c",
        "(a|aa)+$",
        "(.*)(.*)(.*)(.*)(.*)(.*)(.*)x",
        "a{1,1000}{1,1000}",
        "(?:(?:a{0,500}){0,500})",
        r"(\w+)\1+",
        "(?=a)(?=a)*a",
        "*" * 150,
        ",".join(["(a+)+b"] * 2000),
        "!" * 2000,
        "demo:" + "a" * 100_000,
    ],
    "client": [
        ",".join(f"10.{n % 256}.{n // 256}.0/24" for n in range(5000)),
        "0.0.0.0/0," * 5000,
        "1" * 100_000,
        "::" * 1000,
    ],
    "time": ["* * * * * *;" * 2000, "*/0 * * * * *;", "99 99 99 99 99 99;", "1-" * 5000, "* " * 50_000],
    "action": [
        ",".join(f"a{number}=b" for number in range(20_000)),
        "otppin=" + "9" * 5000,
        "smstext='" + "<otp>" * 20_000 + "'",
        "'" * 10_001,
        "otppin=1," * 20_000,
    ],
    "realm": [",".join(f"r{number}" for number in range(20_000)), "*" * 1000, "(a+)+"],
    "name": ["x" * 100_000, "../mine", "mine\0", "*"],
}
LOGINS = ("a" * 320, "a" * 100_000, "demo\\" + "a" * 200, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!@demo")


@pytest.mark.parametrize("field", EXPLOSIVE)
async def test_no_policy_keeps_a_log_in_from_being_answered(administrator: Visitor, field: str) -> None:
    for text in EXPLOSIVE[field]:
        judge(SET, await administrator.send(SET, USUAL | {field: text}))
        for login in LOGINS:
            got = await administrator.send(CHECK, {"user": login, "pass": "123456", "client": "10.1.1.1"})
            assert got.body == NO
    well = await administrator.knock("GET", "/validate/ok")
    assert well is not None
    assert well.body == YES


async def test_a_file_of_policies_made_to_explode_is_refused_or_read(administrator: Visitor) -> None:
    upload = next(door for door in DOORS if door.path == "/system/importPolicy")
    files = (
        b"[mine]\n" * 10_000,
        b"[" * 100_000,
        b"[mine]\naction = " + b"a" * 10**6,
        b"[mine]\nuser = (a+)+b\naction = otppin=1\nscope = authentication\nrealm = *\n",
        b"\xff\xfe\0\0" * 10_000,
        b"".join(
            b"[p%d]\nscope = authentication\naction = otppin=1\nrealm = *\nuser = (a+)+%d\n" % (n, n)
            for n in range(500)
        ),
        b"[mine]\naction = %(action)s\n",
        b"=" * 10_000,
    )
    for file in files:
        body = (
            b'--X\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
            + file
            + b"\r\n--X--\r\n"
        )
        answer = await administrator.knock("POST", upload.path, headers=[MULTIPART], body=body)
        assert answer is not None
        judge(upload, answer)
        got = await administrator.send(CHECK, {"user": "a" * 300, "pass": "123456"})
        assert got.body == NO
