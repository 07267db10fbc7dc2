"""The voice challenge service and its clients, both ends as they are run, over real mutual TLS."""

import http.client
import json
import os
import re
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import pytest

from tests.delivery.wires import Authority, Gateway, context_to, gateway, opened
from tests.serving_process import DEMO
from watchword.cli.serving import certificates
from watchword.delivery.providers.custom_voice import CustomVoiceProvider
from watchword.errors import Misconfigured
from watchword.model.message import Channel, Fate, Receipt
from watchword.settings import load
from watchword.testing.provider_contract import message_for
from watchword.web.settings import VoiceSettings

LOOPBACK = {"WATCHWORD_OUTBOUND_ALLOW": "127.0.0.0/8"}
ACCOUNT = {
    "authToken": "TOPSECRET",
    "accountSid": "AC" + "7" * 32,
    "voice": "alice",
    "callerNumber": "+49123456789",
}
PATH = "/v1/twilio/call"


@pytest.fixture
async def twilio() -> AsyncIterator[Gateway]:
    async with gateway() as it:
        it.status, it.body = 201, json.dumps({"sid": "CA" + "b" * 32, "status": "queued"})
        yield it


class Ends:
    """Two authorities, one for the service and one for its clients, and what both ends are told of them."""

    def __init__(self, folder: Path) -> None:
        self.service, self.clients = Authority(folder), Authority(folder)
        self.access = self.clients.certificate("client")

    def variables(self, twilio: Gateway) -> Mapping[str, str]:
        return LOOPBACK | {
            "WATCHWORD_VOICE_SERVICE": "true",
            "WATCHWORD_VOICE_LISTEN": "127.0.0.1:0",
            "WATCHWORD_VOICE_CERTIFICATE": self.service.certificate("127.0.0.1"),
            "WATCHWORD_VOICE_CLIENT_AUTHORITY": self.clients.trusted,
            "WATCHWORD_VOICE_TWILIO_URL": twilio.url,
        }

    def config(self, url: str, access: str = "") -> dict[str, Any]:
        return {
            "server_url": url + PATH,
            "access_certificate": access or self.access,
            "server_certificate": self.service.trusted,
            "twilioConfig": ACCOUNT,
        }


@pytest.fixture
def ends(tmp_path: Path) -> Ends:
    (tmp_path / "files").mkdir()
    return Ends(tmp_path / "files")


def voice_url(lines: list[str]) -> str:
    """Where the voice service is, as the server has printed."""
    (found,) = (line.removeprefix("voice service on ") for line in lines if line.startswith("voice service"))
    assert re.fullmatch(r"https://127\.0\.0\.1:\d+", found)
    return found


async def rung(config: Mapping[str, Any], *, test: bool = False) -> Receipt:
    async with context_to() as context:
        provider = opened(CustomVoiceProvider, context, **config)
        return await (provider.test() if test else provider.send(message_for(Channel.VOICE)))


def digits_read(twilio: Gateway) -> str:
    """The digits of the newest call; they are read twice alike."""
    told = parse_qs(twilio.heard[-1].body)
    first, second = (say.text for say in ET.fromstring(told["Twiml"][0]).findall("Say"))
    assert first == second
    assert first is not None
    return "".join(re.findall(r"\d", first))


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_our_provider_and_our_service_know_each_other_by_their_certificates(
    serve: Callable[..., Any], tmp_path: Path, ends: Ends, twilio: Gateway, workers: str
) -> None:
    run = serve("--home", str(tmp_path), "--workers", workers, environment=ends.variables(twilio))
    url = voice_url(run.lines())
    assert (await rung(ends.config(url), test=True)).fate is Fate.ACCEPTED
    assert twilio.heard == []
    assert (await rung(ends.config(url))).fate is Fate.ACCEPTED
    assert digits_read(twilio) == message_for(Channel.VOICE).code
    code, logged = run.end()
    assert code == 0
    assert message_for(Channel.VOICE).code not in logged
    assert "TOPSECRET" not in logged


async def test_a_worker_that_died_is_replaced_at_both_addresses(
    serve: Callable[..., Any], tmp_path: Path, ends: Ends, twilio: Gateway
) -> None:
    run = serve("--home", str(tmp_path), environment=ends.variables(twilio))
    url = voice_url(run.lines())
    (worker,) = run.workers()
    os.kill(worker, signal.SIGKILL)
    assert (
        await rung(ends.config(url))
    ).fate is Fate.ACCEPTED  # the sockets are the supervisor's and keep it waiting
    assert status_at(run.port()) == 404
    assert run.workers() != {worker}


async def test_a_wrong_client_certificate_is_clearly_refused(
    serve: Callable[..., Any], tmp_path: Path, ends: Ends, twilio: Gateway
) -> None:
    url = voice_url(serve("--home", str(tmp_path), environment=ends.variables(twilio)).lines())
    others = Authority(tmp_path / "files").certificate("client")
    for test in (True, False):
        receipt = await rung(ends.config(url, others), test=test)
        assert receipt.fate is Fate.UNAVAILABLE
        assert "does not take our client certificate" in receipt.reason
    without = {name: value for name, value in ends.config(url).items() if name != "access_certificate"}
    assert (await rung(without)).fate is not Fate.ACCEPTED
    assert twilio.heard == []


async def test_its_own_address_knows_no_other_path_and_the_main_one_not_this_one(
    serve: Callable[..., Any], tmp_path: Path, ends: Ends, twilio: Gateway
) -> None:
    run = serve("--home", str(tmp_path), environment=ends.variables(twilio))
    port = int(voice_url(run.lines()).rpartition(":")[2])
    tls = ssl.create_default_context(cafile=ends.service.trusted)
    tls.load_cert_chain(ends.access)
    with closing(http.client.HTTPSConnection("127.0.0.1", port, context=tls, timeout=10)) as connection:
        for path, status in ((PATH, 400), ("/validate/ok", 404), ("/static/watchword.css", 404)):
            connection.request("POST", path, "{}")
            answer = connection.getresponse()
            assert (answer.status, bool(answer.read())) == (status, True)
    assert status_at(run.port()) == 404


@pytest.mark.parametrize(("said", "status"), [("true", 400), ("false", 404), ("", 404)])
def test_behind_the_main_listener_it_is_there_if_it_is_switched_on(
    serve: Callable[..., Any], tmp_path: Path, said: str, status: int
) -> None:
    run = serve("--home", str(tmp_path), environment={"WATCHWORD_VOICE_SERVICE": said})
    assert status_at(run.port()) == status


def status_at(port: int) -> int:
    """What an empty call to the voice service gets at an address without TLS."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("POST", PATH, "{}")
        return connection.getresponse().status


async def test_somebody_logs_in_with_the_digits_of_a_call_from_one_watchword_over_another(
    serve: Callable[..., Any], tmp_path: Path, ends: Ends, twilio: Gateway
) -> None:
    service = serve("--home", str(tmp_path / "service"), environment=ends.variables(twilio))
    url = voice_url(service.lines())
    main = serve("--home", str(tmp_path / "main"), "--demo", environment=DEMO | LOOPBACK)
    provider = {"type": "voice", "name": "ring", "class": "CustomVoiceProvider", "timeout": "3,5"}
    async with main.administrator() as linotp:
        await linotp.value("/system/setProvider", config=json.dumps(ends.config(url)), **provider)
        assert await linotp.value("/system/testProvider", type="voice", name="ring") is True
        policy = {"scope": "authentication", "realm": "*", "user": "*", "client": "*"}
        await linotp.value("/system/setPolicy", name="calls", action="voice_provider=ring", **policy)
        await linotp.value("/admin/init", type="voice", user="alice", phone="+49 170 12345678", pin="pin")
        asked = await linotp.whole("/validate/check", user="alice", **{"pass": "pin"})
        assert asked["result"]["value"] is False
        answer = {"transactionid": asked["detail"]["transactionid"], "pass": digits_read(twilio)}
        assert await linotp.value("/validate/check", user="alice", **answer) is True
        other = Authority(tmp_path / "files").certificate("client")
        await linotp.value("/system/setProvider", config=json.dumps(ends.config(url, other)), **provider)
        refused = await linotp.post("/system/testProvider", type="voice", name="ring")
        assert "does not take our client certificate" in refused.text
    assert len(twilio.heard) == 1


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"LISTEN": "127.0.0.1:0"}, "voice.listen needs voice.certificate and voice.client_authority"),
        ({"LISTEN": "127.0.0.1:0", "CERTIFICATE": "c"}, "voice.listen needs voice.client_authority"),
        ({"CERTIFICATE": "c"}, "voice.certificate is of use with voice.listen only"),
        ({"CLIENT_AUTHORITY": "c"}, "voice.client_authority is of use with voice.listen only"),
        ({"TWILIO_URL": "api.twilio.com"}, "a URL that begins with"),
        ({"LISTEN": "8443"}, "it must be HOST:PORT"),
    ],
)
def test_settings_that_cannot_be_together_are_refused(
    tmp_path: Path, variables: Mapping[str, str], words: str
) -> None:
    given = {f"WATCHWORD_VOICE_{name}": value for name, value in variables.items()}
    with pytest.raises(Misconfigured, match=re.escape(words)):
        load({"home": tmp_path}, {"WATCHWORD_VOICE_SERVICE": "true", **given})


@pytest.mark.parametrize("name", ["certificate", "key", "client_authority"])
@pytest.mark.parametrize("content", [None, "", "no PEM"])
def test_a_file_that_is_none_or_no_pem_is_refused_by_the_settings_name(
    tmp_path: Path, ends: Ends, name: str, content: str | None
) -> None:
    path = tmp_path / "wrong.pem"
    if content is not None:
        path.write_text(content)
    files = {
        "certificate": ends.service.certificate("127.0.0.1"),
        "client_authority": ends.clients.trusted,
        name: str(path),
    }
    with pytest.raises(Misconfigured) as refused:
        certificates.context(VoiceSettings(service=True, listen="127.0.0.1:0", **files))
    assert f"voice.{name} is '{path}'" in refused.value.message


def test_a_server_does_not_start_without_its_certificate(
    serve: Callable[..., Any], tmp_path: Path, ends: Ends
) -> None:
    given = {**ends.variables(Gateway(url="http://127.0.0.1:1")), "WATCHWORD_VOICE_CERTIFICATE": "gone.pem"}
    said = refusal(serve, tmp_path, given)
    assert f"voice.certificate is '{tmp_path / 'gone.pem'}', which cannot be read" in said


def test_an_address_that_is_taken_is_refused_by_the_settings_name(
    serve: Callable[..., Any], tmp_path: Path, ends: Ends
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        at = f"127.0.0.1:{taken.getsockname()[1]}"
        given = {**ends.variables(Gateway(url="http://127.0.0.1:1")), "WATCHWORD_VOICE_LISTEN": at}
        assert "name another with the setting voice.listen" in refusal(serve, tmp_path, given)


def refusal(serve: Callable[..., Any], home: Path, variables: Mapping[str, str]) -> str:
    """The one sentence of a server that did not start."""
    run = serve("--home", str(home), environment={"WATCHWORD_VOICE_SERVICE": "true", **variables})
    assert run.lines() == []
    code, errors = run.end()
    assert (code, errors.count("\n")) == (2, 1)
    return str(errors)
