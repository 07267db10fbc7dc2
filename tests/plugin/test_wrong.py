"""Forty token types that do what they should not: nobody else is let in or kept out by them, and no call fails."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.caller import ADMIN, ADMIN_PASSWORD, Caller
from tests.household import CHEAP, SEED, Household, household_on
from watchword.api import answering
from watchword.api.linotp import doors
from watchword.api.linotp.doors import Doors
from watchword.app import OUR_KINDS
from watchword.clock import SystemDice
from watchword.crypto.otp import hotp
from watchword.crypto.passwords import keep_password
from watchword.errors import Misconfigured
from watchword.model.configuration import ADMIN_RESOLVER
from watchword.plugin.loading import Kinds, load_kinds
from watchword.storage.promises import ManagedPerson

pytestmark = pytest.mark.filterwarnings(
    # A thread that is told to end may be told so within a callback of the collector, which says so and goes on.
    "ignore::pytest.PytestUnraisableExceptionWarning"
)

HEAD = """
import sys, time
from collections.abc import Mapping
from msgspec.structs import force_setattr, replace
from watchword.plugin import *


class Truthy:
    accepted = True
    counter = state = None
    why = ""
    replayed = final = False
    def __bool__(self): return True
    def __eq__(self, other): return True


class Yes(Verdict, frozen=True):
    pass


class Endless(Mapping):
    def __getitem__(self, name): return name
    def __iter__(self):
        number = 0
        while True:
            number += 1
            yield str(number)
    def __len__(self): return 1


class Kind({bases}):
    name, label, prefix, title = "{name}", "{name}", "WRNG", "Wrong"
    settings = (Adjusted(name="size", label="Size", default=3),)
    adjustable = ("size",)

    def enrol(self, form, tools):
        return Enrolled(secret=b"x")

"""
EVERY = "TokenType, Judging, Prompting, Resyncing, Recognising, Timed, Adjustable, Pinned, Showing, Dwindling"
REST = """
    def judge(self, token, otp, tools): return Verdict(accepted=False, why="no")
    def resync(self, token, first, second, tools): return Verdict(accepted=False, why="no")
    def recognises(self, token, otp, tools): return Verdict(accepted=False)
    def moment_of(self, token, otp, span, tools): return None
    def adjust(self, token, name, value): return token
    def repinned(self, token, pin, tools): return b"x"
    def show(self, token, label, tools): return ()
    def left(self, token): return 1
"""
HANGS = "while True: time.sleep(0.01)"
SPINS = "while True: pass"
DEEP = "x = []\n        for _ in range(100000): x = [x]\n        return {}"


def judging(body: str) -> str:
    return f"    def judge(self, token, otp, tools):\n        {body}\n"


def enrolling(body: str) -> str:
    return f"    def enrol(self, form, tools):\n        {body}\n"


def hook(name: str, body: str) -> str:
    return f"    def {name}(self, *told, **more):\n        {body}\n"


WRONG = {
    # raise in each hook
    "raisesjudge": judging("raise RuntimeError(tools.secret(token))"),
    "raisesbase": judging("raise BaseException('out')"),
    "exits": judging("sys.exit(3)"),
    "interrupts": judging("raise KeyboardInterrupt"),
    "recurses": judging("return self.judge(token, otp, tools)"),
    "outofmemory": judging("raise MemoryError"),
    "raisesenrol": enrolling("raise ZeroDivisionError"),
    "raisesask": hook("ask", "raise ValueError"),
    "raisesprompt": hook("prompted", "raise ValueError"),
    "raisestimes": hook("open_for", "raise ValueError") + hook("good_for", "raise ValueError"),
    "raisespin": hook("needs_own_pin", "raise ValueError"),
    "raisesresync": hook("resync", "raise ValueError"),
    "raisesrecognises": hook("recognises", "raise ValueError"),
    "raisesmoment": hook("moment_of", "raise ValueError"),
    "raisesadjust": hook("adjust", "raise ValueError"),
    "raisesrepinned": hook("repinned", "raise ValueError"),
    "raisesshow": hook("show", "raise ValueError") + hook("left", "raise ValueError"),
    # hang
    "hangsjudge": judging(HANGS),
    "spinsjudge": judging(SPINS),
    "hangsenrol": enrolling(HANGS),
    "hangsask": hook("ask", HANGS),
    "hangspin": hook("needs_own_pin", HANGS),
    # say yes without the proof
    "true": judging("return True"),
    "truthy": judging("return Truthy()"),
    "subclass": judging("return Yes(accepted=True)"),
    "yesastext": judging("return Verdict(accepted='yes')"),
    "one": judging("return Verdict(accepted=1)"),
    "awaits": "    async def judge(self, token, otp, tools):\n        return Verdict(accepted=True)\n",
    "nothing": judging("return None"),
    # values that cannot be
    "negative": judging("return Verdict(accepted=True, counter=-1)"),
    "infinite": judging("return Verdict(accepted=True, counter=10**400)"),
    "fraction": judging("return Verdict(accepted=True, counter=float('inf'))"),
    "huge": judging("return Verdict(accepted=False, why='x' * 50_000_000)"),
    "endless": judging("return Verdict(accepted=True, state=Endless())"),
    "objects": judging("return Verdict(accepted=True, state={'a': object()})"),
    "largestate": judging("return Verdict(accepted=True, state={'a': 'x' * 10_000_000})"),
    "surrogates": judging("return Verdict(accepted=False, why='\\ud800\\x00\\n')"),
    "textsecret": enrolling("return Enrolled(secret='x')"),
    "endlessinfo": enrolling("return Enrolled(secret=b'x', info=Endless())"),
    "deepinfo": enrolling(f"{DEEP.replace('return {}', '')}return Enrolled(secret=b'x', info=dict(x=x))"),
    "manydigits": enrolling("return Enrolled(secret=b'x', digits=10**30)"),
    "showsbadly": enrolling("return Enrolled(secret=b'x', show=lambda label: 1 / 0)"),
    "showsmuch": enrolling("return Enrolled(secret=b'x', show=lambda label: ('x',) * 10**6)"),
    "badquestion": hook("ask", "return Question(prompt=None)"),
    "otherquestion": hook("ask", "return Question(prompt='x', more={'transactionid': 'mine', 'a': 1})"),
    "sends": hook("ask", "return Question(prompt='x', code='1', message=Message(channel=Channel.SMS, to='1', text=''))"),
    "longago": hook("moment_of", "return Moment(counter=-5, at=10**50, step=0)"),
    # change what is not theirs
    "mutates": judging("token.info['hashlib'] = 'none'; token.state['x'] = 1; return Verdict(accepted=False)"),
    "renames": judging("force_setattr(token, 'id', 1); force_setattr(token, 'failures', 99); return Verdict(accepted=False)"),
    "steals": judging("return Verdict(accepted=tools.secret(replace(token, serial='GOOD0001')) == otp)"),
    "sets": judging("tools.settings.entries['PrependPin'] = 1; return Verdict(accepted=False)"),
    "rewinds": hook("adjust", "return replace(told[0], id=1, counter=-1, serial='GOOD0001', failures=0)"),
    "others": hook("adjust", "return 'token'") + hook("left", "return 10**40"),
}  # fmt: skip


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Kinds:
    folder = tmp_path_factory.mktemp("wrong") / "plugins"
    folder.mkdir(mode=0o755)
    for name, body in WRONG.items():
        path = folder / f"{name}.py"
        path.write_text(HEAD.replace("{bases}", EVERY).replace("{name}", name) + REST + body)
        path.chmod(0o644)
    return load_kinds(*OUR_KINDS, folders=[folder], allow_writable=True, seconds=0.1)


@pytest.fixture
async def household(sqlite_url: str, tmp_path: Path, kinds: Kinds) -> AsyncIterator[Household]:
    where = {"WATCHWORD_HOME": str(tmp_path), "WATCHWORD_DATABASE_URL": sqlite_url}
    async with household_on(where, kinds) as household:
        kept = keep_password(household.house.ring, ADMIN_PASSWORD, SystemDice(), CHEAP)
        async with household.house.store.unit() as unit:
            await unit.people.put(
                [
                    ManagedPerson(
                        resolver=ADMIN_RESOLVER, userid=ADMIN, login=ADMIN, password=kept, attributes={}
                    )
                ]
            )
        await household.give("GOOD0001", pin="")
        yield household


@pytest.fixture
async def caller(household: Household) -> AsyncIterator[Caller]:
    async with Caller.at(Doors(household.house, (*doors(), *answering.DOORS))) as caller:
        await caller.log_in(ADMIN)
        yield caller


def test_there_are_forty_and_more() -> None:
    assert len(WRONG) >= 40


async def test_none_of_them_changes_what_becomes_of_another_token(household: Household) -> None:
    """Right, used and wrong codes of a good token, beside each of them."""
    changed = []
    for number, name in enumerate(WRONG):
        await household.give(f"WRNG{number:04}", name, pin="")
        right, wrong = hotp(SEED, number, 6), "000000"
        outcomes = [(await household.check(answer)).accepted for answer in (right, right, wrong)]
        if outcomes != [True, False, False]:
            changed.append((name, outcomes))
        async with household.house.store.unit() as unit:
            await unit.tokens.remove(await household.held(f"WRNG{number:04}"))
        good = await household.held("GOOD0001")
        assert (good.counter, good.info, good.active) == (number + 1, {"hashlib": "sha1"}, True)
    assert changed == []


async def test_whoever_has_one_of_each_gets_in_with_the_good_one_and_not_by_guessing(
    household: Household,
) -> None:
    for number, name in enumerate(WRONG):
        await household.give(f"WRNG{number:04}", name, pin="", max_failures=10**6)
    assert not (await household.check("000000")).accepted
    assert (await household.check(hotp(SEED, 0, 6))).accepted


async def test_failures_are_told_by_name_and_without_what_was_raised(household: Household) -> None:
    await household.give("WRNG0001", "raisesjudge", owner="bob")
    outcome = await household.check("000000", "bob")
    assert outcome.trace.tokens[0].why == "token type raisesjudge failed: RuntimeError"
    await household.give("WRNG0002", "hangsjudge", owner=None)
    outcome = await household.check("000000", None, serial="WRNG0002")
    assert outcome.trace.tokens[0].why == "token type hangsjudge failed: no answer within 0.1 s"


async def test_no_call_fails_with_any_of_them(
    household: Household, caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    broken = []
    for number, name in enumerate(WRONG):
        serial = f"WRNG{number:04}"
        await household.give(serial, name, pin="", info={})
        calls = [
            await caller.post("/admin/init", type=name, user="bob", otpkey="31"),
            await caller.post("/admin/show", serial=serial),
            await caller.post("/admin/resync", serial=serial, otp1="123456", otp2="654321"),
            await caller.post("/admin/set", serial=serial, size="4", hashlib="sha1", timeStep="30"),
            await caller.post("/admin/setPin", serial=serial, userpin="1234"),
            await caller.post("/admin/getSerialByOtp", otp="123456", type=name),
            await caller.post("/admin/totp_lookup", serial=serial, otp="123456"),
            await caller.post("/validate/check_s", serial=serial, **{"pass": "123456"}),
            await caller.post("/validate/check_s", serial=serial, data="x", **{"pass": ""}),
            await caller.post("/validate/check_status", transactionid="12345678901234567", **{"pass": ""}),
        ]
        bad = [one.url.path for one in calls if one.status_code >= 500]
        if bad:
            broken.append((name, bad))
        yes = [one.json()["result"].get("value") for one in calls[-3:]]
        assert True not in yes, name
    assert broken == []
    assert [record.getMessage() for record in caplog.records] == []


def test_a_type_that_hangs_is_answered_for_every_time(kinds: Kinds) -> None:
    kind = kinds.token_type("hangspin")
    for _ in range(20):
        assert kind.needs_own_pin() is True


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("canonical = 'yes'", "canonical"),
        ("guessable = property(lambda self: 1 / 0)", "guessable"),
        ("quiet = 'long'", "quiet"),
        ("portrait = 'pretty'", "Portrait"),
        ("actions = ('initODD',)", "Action only"),
        ("settings = (Shown,)", "Adjusted only"),
        ("def __init__(self): raise OSError('no printer')", "OSError"),
        ("def __init__(self):\n        while True: pass", "Overdue"),
    ],
)
def test_what_a_class_says_of_itself_is_looked_at_before_the_start(
    tmp_path: Path, said: str, told: str
) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir(mode=0o755)
    path = folder / "odd.py"
    path.write_text(HEAD.replace("{bases}", EVERY).replace("{name}", "odd") + REST + f"    {said}\n")
    path.chmod(0o644)
    with pytest.raises(Misconfigured, match=told):
        load_kinds(folders=[folder], allow_writable=True, seconds=0.1)
