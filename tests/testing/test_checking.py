"""What `watchword plugin new` writes keeps what `watchword plugin check` asks for, and what is broken is told in words."""

import subprocess
import sys
from pathlib import Path

import pytest

from watchword.errors import BadParameter
from watchword.testing.beginning import begin

EXAMPLES = Path(__file__).parents[2] / "examples" / "plugins"
PROVIDER = """
from watchword.plugin import Channel, Declared, Fate, NotSent, Provider, Receipt, Spoken, Takes, Unsure


class Pigeon(Provider):
    names, channel, title = ("PigeonProvider",), Channel.SMS, "Pigeon"
    settings = (Declared(name="URL", help="Where the loft is", takes=Takes.URL, needed=True, reaches=True),)

    def __init__(self, config, context):
        self._url, self._courier = config["URL"], context.courier

    async def send(self, message):
        try:
            answered = await self._courier.request("POST", self._url, json={"to": message.to}, seconds=(1, 1))
        except NotSent as lost:
            return Receipt(fate=Fate.UNAVAILABLE, reason=lost.message)
        except Unsure as unsure:
            return Receipt(fate=Fate.UNCERTAIN, reason=unsure.message)
        fate = Fate.ACCEPTED if answered.status == 200 else Fate.REFUSED
        return Receipt(fate=fate, reason=f"status {answered.status}")

    async def test(self):
        try:
            await self._courier.request("GET", self._url, seconds=(1, 1))
        except (NotSent, Unsure) as lost:
            return Receipt(fate=Fate.UNAVAILABLE, reason=lost.message)
        return Receipt(fate=Fate.ACCEPTED, reason="the loft is there")

    @classmethod
    def example(cls):
        return Spoken(config={"URL": "{url}/coo"})
"""


def checked(file: Path) -> tuple[int, str]:
    """Exit code and words of the command, in a process of its own as pytest has them."""
    done = subprocess.run(
        [sys.executable, "-m", "watchword.cli", "plugin", "check", str(file)],
        capture_output=True,
        text=True,
        check=False,
        cwd=file.parent,
    )
    return done.returncode, done.stdout + done.stderr


def test_what_is_written_to_start_from_keeps_its_promises(tmp_path: Path) -> None:
    python, html = begin("voucher", tmp_path)
    code, told = checked(python)
    assert (code, told) == (0, told)
    assert "all 14 promises are kept" in told
    assert html.is_file()


@pytest.mark.parametrize("name", ["", "Voucher", "9lives", "a-b", "../x", "x" * 30])
def test_a_name_that_cannot_be_one_writes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadParameter, match="small letters"):
        begin(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "voucher.html").write_text("mine")
    with pytest.raises(BadParameter, match="already"):
        begin("voucher", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["voucher.html"]


@pytest.mark.parametrize("name", ["gridcard", "webbutton"])
def test_our_examples_keep_their_promises(name: str) -> None:
    assert checked(EXAMPLES / f"{name}.py")[0] == 0


def test_a_broken_promise_is_told_in_words(tmp_path: Path) -> None:
    python, _ = begin("voucher", tmp_path)
    python.write_text(python.read_text().replace("replayed=True", "replayed=False"))
    code, told = checked(python)
    assert code == 1
    assert "not kept: a counted answer opens once and then is known as used" in told
    assert "1 of 14 promises are not kept" in told


def test_a_file_that_cannot_be_loaded_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import nothing_of_this_name")
    code, told = checked(tmp_path / "broken.py")
    assert code == 2
    assert "broken.py cannot be loaded" in told


def test_a_provider_is_tried_against_a_service_of_ours(tmp_path: Path) -> None:
    (tmp_path / "pigeon.py").write_text(PROVIDER)
    code, told = checked(tmp_path / "pigeon.py")
    assert (code, told.strip()) == (0, "all 8 promises are kept")
