"""Classes of LinOTP's form, good and bad, each in a house of its own."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.household import SEED, Household, household_on, policy
from watchword.crypto.otp import hotp
from watchword.errors import Misconfigured, Refused
from watchword.model.attempt import Result
from watchword.plugin.bridge.adapting import Bridged
from watchword.plugin.bridge.rendering import rendered
from watchword.plugin.loading import load_class, load_kinds

HEAD = """
from linotp.lib.tokenclass import TokenClass
from linotp.lib.HMAC import HmacOtp
import time


class {name}Class(TokenClass):
    def __init__(self, a_token):
        TokenClass.__init__(self, a_token)
        self.setType("{name}")

    @classmethod
    def getClassType(cls):
        return "{name}"

    @classmethod
    def getClassPrefix(cls):
        return "{name}"

    @classmethod
    def getClassInfo(cls, key=None, ret="all"):
        return {{"type": "{name}", "title": "A {name}"}}

"""
COUNTING = """
    def _otp(self):
        return HmacOtp(self.getHOtpKey(), self.getOtpCount(), self.getOtpLen())

    def checkOtp(self, anOtpVal, counter, window, options=None):
        return self._otp().checkOtp(anOtpVal, window, counter=counter)

    def resync(self, otp1, otp2, options=None):
        first = self._otp().checkOtp(otp1, self.getSyncWindow())
        if first < 0 or self._otp().generate(first + 1) != otp2:
            return False
        self.incOtpCounter(first + 1)
        return True

    def statusValidationSuccess(self):
        self.addToTokenInfo("seen", self.getFromTokenInfo("seen", 0) + 1)
"""


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """Writes a class into the folder of plug-ins."""
    folder = tmp_path / "classes"
    folder.mkdir()

    def write(body: str, name: str = "ours") -> Path:
        path = folder / f"{name}token.py"
        path.write_text(HEAD.format(name=name) + body)
        path.chmod(0o644)
        return path

    return write


@asynccontextmanager
async def house_with(path: Path, url: str) -> AsyncIterator[Household]:
    where = {
        "WATCHWORD_HOME": str(path.parent.parent),
        "WATCHWORD_DATABASE_URL": url,
        "WATCHWORD_PLUGINS_FOLDERS": str(path.parent),
        "WATCHWORD_PLUGINS_ALLOW_WRITABLE": "true",
        "WATCHWORD_PLUGINS_SECONDS": "1",
    }
    async with household_on(where) as household:
        yield household


def code(counter: int) -> str:
    return hotp(SEED, counter)


async def test_a_code_opens_once_and_none_before_it_any_more(
    put: Callable[..., Path], sqlite_url: str
) -> None:
    async with house_with(put(COUNTING), sqlite_url) as household:
        await household.give("OURS1", "ours", pin="moon")
        assert (await household.check("moon" + code(3))).accepted
        for counter in (3, 2, 0):
            assert not (await household.check("moon" + code(counter))).accepted
        assert (await household.held("OURS1")).counter == 4
        assert (await household.check("moon" + code(4))).accepted


async def test_a_class_that_finds_codes_of_the_past_opens_nothing_by_them(
    put: Callable[..., Path], sqlite_url: str
) -> None:
    body = "    def checkOtp(self, anOtpVal, counter, window, options=None):\n        return 2\n"
    async with house_with(put(body), sqlite_url) as household:
        await household.give("OURS1", "ours")
        assert (await household.check("123456")).accepted
        outcome = await household.check("123456")
        assert not outcome.accepted
        assert outcome.why == "the code was used before"


async def test_a_class_whose_codes_are_spent_elsewhere_says_so(
    put: Callable[..., Path], sqlite_url: str
) -> None:
    body = "    counts = False\n    def checkOtp(self, anOtpVal, counter, window, options=None):\n        return 0\n"
    async with house_with(put(body), sqlite_url) as household:
        await household.give("OURS1", "ours")
        assert (await household.check("123456")).accepted
        assert (await household.check("123456")).accepted


async def test_the_pin_is_compared_by_the_house(put: Callable[..., Path], sqlite_url: str) -> None:
    async with house_with(put(COUNTING), sqlite_url) as household:
        await household.give("OURS1", "ours", pin="moon")
        outcome = await household.check("sun" + code(0))
        assert not outcome.accepted
        assert outcome.why == "wrong otp pin"
        assert not (await household.check(code(0))).accepted


async def test_what_a_class_adds_to_the_token_info_it_reads_again(
    put: Callable[..., Path], sqlite_url: str
) -> None:
    async with house_with(put(COUNTING), sqlite_url) as household:
        await household.give("OURS1", "ours")
        for counter in range(3):
            assert (await household.check(code(counter))).accepted
        assert (await household.held("OURS1")).state["info"] == {"seen": 3}


async def test_a_class_finds_its_place_again(put: Callable[..., Path], sqlite_url: str) -> None:
    async with house_with(put(COUNTING), sqlite_url) as household:
        await household.give("OURS1", "ours")
        kind = household.house.kinds.token_type("ours")
        token = await household.held("OURS1")
        tools = household.house.gate._jury.tools((await household.house.snapshots.latest()).configuration)
        verdict = kind.resync(token, code(500), code(501), tools)  # type: ignore[attr-defined]
        assert (verdict.accepted, verdict.counter) == (True, 502)
        assert not kind.resync(token, code(500), code(502), tools).accepted  # type: ignore[attr-defined]
        assert kind.recognises(token, code(4), tools).counter == 5  # type: ignore[attr-defined]


WAYWARD = {
    "raises": "        raise RuntimeError('secret words')\n",
    "leaves": "        raise SystemExit\n",
    "hangs": "        time.sleep(30)\n",
    "is merely true": "        return True\n",
    "says a text": "        return '7'\n",
    "says a fraction": "        return 7.0\n",
    "says nothing": "        pass\n",
    "sets the key": "        self.setOtpKey('00')\n        return 7\n",
    "raises its own fail limit": "        self.setMaxFail(10000)\n        return 7\n",
}


@pytest.mark.parametrize("deed", sorted(WAYWARD))
async def test_a_class_that_does_what_it_should_not_lets_nobody_in(
    put: Callable[..., Path], sqlite_url: str, deed: str
) -> None:
    body = f"    def checkOtp(self, anOtpVal, counter, window, options=None):\n{WAYWARD[deed]}"
    async with house_with(put(body), sqlite_url) as household:
        await household.give("OURS1", "ours")
        await household.give("OATH1", "hmac")
        outcome = await household.check("123456")
        assert not outcome.accepted
        assert "secret words" not in (await household.last_row()).action_detail
        assert (await household.check(code(0))).accepted  # by the other token, whatever the class does


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        ("(True, 3, None)", True),
        ("(1, 3, None)", False),
        ("(False, 3, None)", False),
        ("(True, -1, None)", False),
    ],
)
async def test_a_class_may_judge_pin_and_code_itself_in_exact_words(
    put: Callable[..., Path], sqlite_url: str, answer: str, accepted: bool
) -> None:
    body = f"    def authenticate(self, passw, user, options=None):\n        return {answer}\n"
    async with house_with(put(body), sqlite_url) as household:
        await household.give("OURS1", "ours", pin="moon")
        assert (await household.check("whatever")).accepted is accepted


async def test_a_class_that_names_a_question_that_does_not_stand_lets_nobody_in(
    put: Callable[..., Path], sqlite_url: str
) -> None:
    body = (
        "    def is_challenge_response(self, passw, user, options=None, challenges=None):\n        return True\n"
        "    def checkResponse4Challenge(self, user, passw, options=None, challenges=None):\n"
        "        class Made:\n            transid = '12345678901234567'\n"
        "        return 7, [Made()]\n"
    )
    async with house_with(put(body), sqlite_url) as household:
        await household.give("OURS1", "ours")
        assert not (await household.check("123456")).accepted


def test_linotp_is_found_by_such_files_alone(put: Callable[..., Path]) -> None:
    path = put(COUNTING)
    [kind] = load_kinds(folders=[path.parent], allow_writable=True)
    assert kind.name == "ours"
    assert not any(name.partition(".")[0] in {"linotp", "pylons"} for name in sys.modules)
    with pytest.raises(ImportError):
        __import__("linotp.lib.tokenclass")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("from linotp.lib.nowhere import much", "linotp.lib.nowhere is no module"),
        ("from linotp.lib.tokenclass import Nothing", "has no Nothing here"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_file_that_cannot_be_run_is_named(put: Callable[..., Path], line: str, told: str) -> None:
    path = put(f"\n{line}\n")
    with pytest.raises(Misconfigured) as refused:
        load_kinds(folders=[path.parent], allow_writable=True)
    assert str(path) in refused.value.message
    assert told in refused.value.message


def test_a_template_that_lies_elsewhere_is_refused(put: Callable[..., Path]) -> None:
    path = put(
        "    @classmethod\n    def getClassInfo(cls, key=None, ret='all'):\n"
        "        return {'init': {'page': {'html': '../keys.mako', 'scope': 'enroll'}}}\n"
    )
    (path.parent.parent / "keys.mako").write_text("")
    with pytest.raises(Misconfigured):
        load_kinds(folders=[path.parent], allow_writable=True)


def test_a_policy_in_a_scope_that_is_none_is_refused(put: Callable[..., Path]) -> None:
    path = put(
        "    @classmethod\n    def getClassInfo(cls, key=None, ret='all'):\n"
        "        return {'policy': {'nowhere': {'word': {'type': 'str'}}}}\n"
    )
    with pytest.raises(Misconfigured):
        load_kinds(folders=[path.parent], allow_writable=True)


PAGE = """
    @classmethod
    def getClassInfo(cls, key=None, ret='all'):
        return {"init": {"page": {"html": "ours.mako", "scope": "my.own.scope"}}}
"""


def test_the_scope_is_handed_through_and_only_scripts_of_the_file_run(put: Callable[..., Path]) -> None:
    path = put(PAGE)
    template = path.with_name("ours.mako")
    template.write_text(
        "%if c.scope == 'my.own.scope':\n<script>1</script>${'<scr' + 'ipt>2</scr' + 'ipt>'}${c.unknown}|${_('word')}\n%endif\n"
    )
    template.chmod(0o644)
    [kind] = load_kinds(folders=[path.parent], allow_writable=True)
    assert isinstance(kind, Bridged)
    shown = rendered(kind, "enrol", "abc", "en")
    assert shown.strip() == '<script nonce="abc">1</script>&lt;script&gt;2&lt;/script&gt;|word'


def test_a_template_that_fails_is_a_refusal_that_names_the_type(put: Callable[..., Path]) -> None:
    path = put(PAGE)
    template = path.with_name("ours.mako")
    template.write_text("${1 / 0}")
    template.chmod(0o644)
    [kind] = load_kinds(folders=[path.parent], allow_writable=True)
    assert isinstance(kind, Bridged)
    with pytest.raises(Refused, match="token type ours"):
        rendered(kind, "enrol", "abc", "en")


def test_a_template_that_others_can_write_to_is_refused(put: Callable[..., Path]) -> None:
    path = put(PAGE)
    template = path.with_name("ours.mako")
    template.write_text("")
    template.chmod(0o666)
    with pytest.raises(Misconfigured):
        load_kinds(folders=[path.parent], allow_writable=True)


async def test_where_policy_wants_the_directorys_password_it_is_asked_for(
    put: Callable[..., Path], sqlite_url: str
) -> None:
    async with house_with(put(COUNTING), sqlite_url) as household:
        await household.say(policy("otppin=1"))
        await household.give("OURS1", "ours", pin="moon")
        assert not (await household.check("moon" + code(0))).accepted
        assert (await household.check("wonderland" + code(0))).accepted
        assert (await household.check("wonderland", asks=True, said="tree")).result is Result.QUESTION
        assert (await household.check("wonderlamp", asks=True, said="tree")).result is Result.NO


async def test_behind_a_verified_password_the_answer_is_the_code_alone(
    put: Callable[..., Path], sqlite_url: str
) -> None:
    async with house_with(put(COUNTING), sqlite_url) as household:
        await household.give("OURS1", "ours", pin="moon")
        assert not (await household.check("moon" + code(0), verified=True)).accepted
        assert (await household.check(code(0), verified=True)).accepted


async def test_a_right_answer_that_comes_twice_at_once_opens_once(
    put: Callable[..., Path], sqlite_url: str
) -> None:
    async with house_with(put(COUNTING), sqlite_url) as household:
        await household.give("OURS1", "ours")
        outcomes = await asyncio.gather(*(household.check(code(0)) for _ in range(4)))
        assert sum(one.accepted for one in outcomes) == 1


def test_the_kit_says_that_it_cannot_try_such_a_class(put: Callable[..., Path]) -> None:
    with pytest.raises(Misconfigured, match="cannot say what right answers are"):
        load_class(put(COUNTING))
