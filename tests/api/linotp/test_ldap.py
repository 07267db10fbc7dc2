"""People in a directory of LDAP, from the calls that set it up to their log-ins."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.api.caller import Caller
from tests.household import Household, household_on, policy
from tests.ldap_server import PEOPLE_BASE, READER_PASSWORD, Directory, directory, free_port, person
from watchword.crypto.otp import hotp, totp_step

SPEC = "useridresolver.LDAPIdResolver.IdResolver.corp"
SEED = "3132333435363738393031323334353637383930"
WORD = "looking glass"


@pytest.fixture
async def household(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Household]:
    """One that may speak to directories on loopback."""
    where = {
        "WATCHWORD_HOME": str(tmp_path),
        "WATCHWORD_DATABASE_URL": sqlite_url,
        "WATCHWORD_OUTBOUND_ALLOW": "127.0.0.0/8",
    }
    async with household_on(where) as household:
        yield household


@pytest.fixture
def corp(tmp_path: Path) -> Iterator[Directory]:
    with directory(
        tmp_path / "ldap", [person("carol", WORD, mail="carol@example.org"), person("dave")]
    ) as running:
        yield running


async def set_up(linotp: Caller, corp: Directory, **others: str) -> None:
    settings = corp.settings(BINDPW=READER_PASSWORD, TIMEOUT="0.5;0.5", **others)
    assert await linotp.value("/system/setResolver", name="corp", type="ldapresolver", **settings) is True
    assert await linotp.value("/system/setRealm", realm="corp", resolvers=SPEC) is True


async def enrol(linotp: Caller) -> None:
    made = {"type": "totp", "otpkey": SEED, "serial": "T1", "user": "carol", "realm": "corp"}
    assert await linotp.value("/admin/init", **made) is True


def code(household: Household) -> str:
    return hotp(bytes.fromhex(SEED), totp_step(household.clock.now(), 30))


async def log_in(linotp: Caller, answer: str, user: str = "carol") -> bool:
    said: bool = await linotp.value("/validate/check", user=user, realm="corp", **{"pass": answer})
    return said


async def test_somebody_in_the_directory_logs_in_with_its_password_and_a_code(
    linotp: Caller, household: Household, corp: Directory
) -> None:
    await set_up(linotp, corp)
    tried = await linotp.value("/admin/testresolver", name="corp")
    assert tried["result"] == "success"
    listed = await linotp.value("/admin/userlist", realm="corp", username="c*")
    assert [(row["username"], row["email"], row["useridresolver"]) for row in listed] == [
        ("carol", "carol@example.org", SPEC)
    ]
    await enrol(linotp)
    await household.say(policy("otppin=1"))
    assert not await log_in(linotp, f"wrong{code(household)}")
    assert not await log_in(linotp, code(household))
    assert not await log_in(linotp, WORD)
    assert await log_in(linotp, f"{WORD}{code(household)}")
    assert not await log_in(linotp, f"{WORD}{code(household)}")
    household.clock.advance(seconds=30)
    assert await log_in(linotp, f"{WORD}{code(household)}", user="CAROL")
    shown = await linotp.value("/admin/show", serial="T1")
    assert shown["data"][0]["User.username"] == "carol"
    assert shown["data"][0]["LinOtp.IdResClass"] == SPEC


async def test_the_account_s_password_is_kept_sealed_and_asked_for_anew(
    linotp: Caller, corp: Directory
) -> None:
    await set_up(linotp, corp)
    shown = await linotp.value("/system/getResolver", resolver="corp")
    assert shown["type"] == "ldapresolver"
    assert shown["data"]["LDAPBASE"] == PEOPLE_BASE
    assert READER_PASSWORD not in str(shown)
    for key, value in (
        ("LDAPURI", "ldap://127.0.0.1:9"),
        ("BINDDN", "cn=other"),
        ("EnforceTLS", "True"),
        ("only_trusted_certs", "False"),
        ("CACERTIFICATE", corp.authority_file),
    ):
        changed = {
            "name": "corp",
            "previous_name": "corp",
            "type": "ldapresolver",
            **corp.settings(TIMEOUT="0.5;0.5"),
        }
        assert await linotp.code("/system/setResolver", **{**changed, key: value}) == -311
    assert await linotp.value("/system/setResolver", **{**changed, "SIZELIMIT": "100"}) is True
    assert (await linotp.value("/admin/testresolver", name="corp"))["result"] == "success"


async def test_a_directory_that_dies_lets_nobody_in_until_it_is_back(
    linotp: Caller, household: Household, corp: Directory
) -> None:
    await set_up(linotp, corp)
    await enrol(linotp)
    await household.say(policy("otppin=1"))
    assert await log_in(linotp, f"{WORD}{code(household)}")
    for stop in (corp.kill, corp.hold_still):
        household.clock.advance(seconds=120)
        stop()
        assert not await log_in(linotp, f"{WORD}{code(household)}")
        row = await household.last_row()
        assert row.action_detail.startswith("directory unknown: ")
        assert corp.uri in row.action_detail
        assert (await household.held("T1")).failures == 0
        assert await linotp.value("/validate/check", user="alice", realm="demo", **{"pass": "x"}) is False
        assert not (await household.last_row()).action_detail.startswith("directory unknown")
        household.clock.advance(seconds=60)
        if stop == corp.kill:
            corp.start()
        else:
            corp.go_on()
        assert await log_in(linotp, f"{WORD}{code(household)}")


async def test_what_changes_in_the_directory_is_seen_after_a_minute(
    linotp: Caller, household: Household, corp: Directory
) -> None:
    await set_up(linotp, corp)
    await enrol(linotp)
    asked = {"serial": "T1"}
    assert (await linotp.value("/admin/getTokenOwner", **asked))["email"] == "carol@example.org"
    corp.change(f"dn: cn=carol,{PEOPLE_BASE}\nchangetype: modify\nreplace: mail\nmail: new@example.org\n")
    household.clock.advance(seconds=61)
    assert (await linotp.value("/admin/getTokenOwner", **asked))["email"] == "new@example.org"


async def test_tokens_follow_their_owners_when_another_attribute_makes_the_ids(
    linotp: Caller, household: Household, corp: Directory
) -> None:
    await set_up(linotp, corp, UIDTYPE="DN")
    await enrol(linotp)
    before = (await household.held("T1")).owner
    changed = {
        "name": "corp",
        "previous_name": "corp",
        "type": "ldapresolver",
        **corp.settings(UIDTYPE="entryUUID"),
    }
    assert await linotp.value("/system/setResolver", **changed) is True
    after = (await household.held("T1")).owner
    assert before is not None
    assert after is not None
    assert (before.userid, len(after.userid)) == (f"cn=carol,{PEOPLE_BASE}", 36)
    assert (await linotp.value("/admin/getTokenOwner", serial="T1"))["username"] == "carol"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"BINDPW": "wrong"}, "refuses our account 'cn=reader,dc=example,dc=org': Invalid credentials (49)"),
        ({"EnforceTLS": "True"}, "The certificate was refused: "),
        ({"LDAPBASE": "ou=nowhere,dc=example,dc=org"}, "it has no 'ou=nowhere,dc=example,dc=org'"),
        ({"LDAPURI": f"ldap://127.0.0.1:{free_port()}"}, "Connect"),
    ],
)
async def test_trying_it_out_tells_in_the_directory_s_words_what_is_wrong(
    linotp: Caller, corp: Directory, wrong: dict[str, str], words: str
) -> None:
    settings = {**corp.settings(BINDPW=READER_PASSWORD), **wrong}
    await linotp.value("/system/setResolver", name="corp", type="ldapresolver", **settings)
    tried = await linotp.value("/admin/testresolver", name="corp")
    assert tried["result"] == "error"
    assert words in tried["desc"]
    assert settings["BINDPW"] not in tried["desc"]
