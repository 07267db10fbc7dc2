"""The courier, against real servers that answer well, badly, or not at all."""

import asyncio
import ssl
from pathlib import Path

import pytest

from tests.delivery.wires import LOOPBACK, Authority, Wire, courier_to, gateway, raw, whole_request
from watchword.errors import WatchwordError
from watchword.plugin.providers import NotSent, Unsure

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def test_a_form_goes_out_whole_with_its_length_and_never_in_chunks() -> None:
    async with gateway() as it, courier_to(*LOOPBACK) as courier:
        answer = await courier.request("POST", it.url, form={"phone": "+49 170", "tag": ["a", "b"]})
    assert (answer.status, answer.text) == (200, "ok")
    (heard,) = it.heard
    assert heard.body == "phone=%2B49+170&tag=a&tag=b"
    assert heard.headers["content-length"] == str(len(heard.body))
    assert "transfer-encoding" not in heard.headers
    assert heard.headers["content-type"] == "application/x-www-form-urlencoded"


async def test_json_has_no_charset_in_its_type() -> None:
    async with gateway() as it, courier_to(*LOOPBACK) as courier:
        await courier.request("POST", it.url, json={"a": 1})
    assert it.heard[0].headers["content-type"] == "application/json"
    assert it.heard[0].body == '{"a":1}'


async def test_parameters_of_a_get_are_added_to_those_of_the_url() -> None:
    async with gateway() as it, courier_to(*LOOPBACK) as courier:
        await courier.request("GET", f"{it.url}/send?key=k", query={"phone": "+49 170 1", "text": "ä&b"})
    assert it.heard[0].query == {"key": "k", "phone": "+49 170 1", "text": "ä&b"}


async def test_basic_is_sent_at_once_from_the_url_or_from_what_is_said() -> None:
    async with gateway() as it, courier_to(*LOOPBACK) as courier:
        await courier.request("POST", it.url.replace("://", "://url:secret@"))
        await courier.request("POST", it.url, basic=("said", "sécret"))
    assert it.heard[0].headers["authorization"] == "Basic dXJsOnNlY3JldA=="
    assert it.heard[1].headers["authorization"] == "Basic c2FpZDpzw6ljcmV0"


async def test_digest_answers_the_server_s_question() -> None:
    async with gateway() as it, courier_to(*LOOPBACK) as courier:
        it.status, it.headers = 401, {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"'}
        answer = await courier.request("POST", it.url, form={"a": "b"}, digest=("me", "secret"))
    assert answer.status == 401
    assert [one.body for one in it.heard] == ["a=b", "a=b"]
    assert it.heard[1].headers["authorization"].startswith('Digest username="me"')


async def test_a_redirection_is_not_followed_and_cookies_are_not_kept_a67() -> None:
    async with gateway() as there, gateway() as it, courier_to(*LOOPBACK) as courier:
        it.status, it.headers = 302, {"Location": there.url, "Set-Cookie": "a=b"}
        answer = await courier.request("POST", it.url)
        await courier.request("POST", it.url)
    assert (answer.status, there.heard) == (302, [])
    assert "cookie" not in it.heard[1].headers


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "017700000001", "127.1", "[::ffff:127.0.0.1]",
        "10.0.0.1", "192.168.1.1", "169.254.169.254", "[fd00:ec2::254]", "[fe80::1]", "100.100.100.200",
        "168.63.129.16", "0.0.0.0", "[::]", "224.0.0.1", "255.255.255.255", "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]", "240.0.0.1",
    ],
)  # fmt: skip
async def test_private_and_special_addresses_are_refused_in_every_notation_a67(host: str) -> None:
    async with gateway() as it, courier_to() as courier:
        port = it.url.rpartition(":")[2]
        with pytest.raises(NotSent, match=r"outbound\.allow"):
            await courier.request("GET", f"http://{host}:{port}/")
    assert it.heard == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://a/",
        "ftp://a/",
        "//a",
        "http://",
        "",
        "a",
        "http://[::1",
        "http://a:b/",
    ],
)
async def test_what_is_no_http_url_is_refused_a67(url: str) -> None:
    async with courier_to(*LOOPBACK) as courier:
        with pytest.raises(NotSent):
            await courier.request("GET", url)


async def test_only_the_network_that_is_allowed_is_allowed_a67() -> None:
    async with gateway() as it, courier_to("127.0.0.2/32") as courier:
        with pytest.raises(NotSent, match=r"outbound\.allow"):
            await courier.request("GET", it.url)


async def test_a_proxy_does_not_reach_forbidden_addresses_for_us_a67() -> None:
    async with gateway() as proxy, courier_to("127.0.0.1/32") as courier:
        answer = await courier.request("GET", "http://gateway.invalid/x", proxy=proxy.url)
        assert answer.status == 200
        for url in ("http://10.0.0.1/", "http://169.254.169.254/", "http://[::1]/"):
            with pytest.raises(NotSent, match=r"outbound\.allow"):
                await courier.request("GET", url, proxy=proxy.url)
    assert [one.headers["host"] for one in proxy.heard] == ["gateway.invalid"]


async def test_ipv6_is_spoken() -> None:
    async with gateway(host="::1") as it, courier_to(*LOOPBACK) as courier:
        assert (await courier.request("GET", it.url)).status == 200


async def test_a_name_that_leads_nowhere_was_surely_not_sent() -> None:
    async with courier_to() as courier:
        with pytest.raises(NotSent, match="cannot be resolved"):
            await courier.request("GET", "http://nobody.invalid/")


async def test_a_refused_connection_was_surely_not_sent(unused_port: int) -> None:
    async with courier_to(*LOOPBACK) as courier:
        with pytest.raises(NotSent, match="refuses connections"):
            await courier.request("POST", f"http://127.0.0.1:{unused_port}/", form={"a": "b"})
        with pytest.raises(NotSent, match=r"refuses connections|refused"):
            await courier.dial("127.0.0.1", unused_port, seconds=1)


async def test_a_server_that_never_accepts_was_surely_not_sent(deaf_port: int) -> None:
    async with courier_to(*LOOPBACK) as courier:
        with pytest.raises(NotSent, match="in time"):
            await courier.request("POST", f"http://127.0.0.1:{deaf_port}/", seconds=(0.2, 5))
        with pytest.raises(NotSent, match="in time"):
            await courier.dial("127.0.0.1", deaf_port, seconds=0.2)


async def hang_at_once(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def hang_after_reading(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await whole_request(reader)
    await asyncio.sleep(60)


async def close_after_reading(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await whole_request(reader)


async def cut_the_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await whole_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok")


async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await whole_request(reader)
    writer.write(b"\x00\xff garbage \r\n\r\n" * 100)


async def slow_drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await whole_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.05)


async def endless_header(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await whole_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-A: " + b"a" * 1000 + b"\r\n")
        await writer.drain()


@pytest.mark.parametrize(
    "wire",
    [
        hang_at_once,
        hang_after_reading,
        close_after_reading,
        cut_the_answer,
        garbage,
        slow_drip,
        endless_header,
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_after_the_connection_stood_nothing_is_certain_and_nothing_is_sent_twice_a69(
    wire: Wire, method: str
) -> None:
    connections = []

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        await wire(reader, writer)

    async with raw(counted) as port, courier_to(*LOOPBACK) as courier:
        with pytest.raises(Unsure):
            await courier.request(method, f"http://127.0.0.1:{port}/", seconds=(0.2, 0.3))
    assert connections == [1]


async def test_a_get_on_a_kept_connection_that_is_cut_is_not_sent_again_a69() -> None:
    requests = []

    async def once_then_cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await whole_request(reader))
        writer.write(ANSWER)
        requests.append(await whole_request(reader))

    async with raw(once_then_cut) as port, courier_to(*LOOPBACK) as courier:
        await courier.request("GET", f"http://127.0.0.1:{port}/")
        with pytest.raises(Unsure):
            await courier.request("GET", f"http://127.0.0.1:{port}/")
    assert len(requests) == 2


async def test_of_a_gigabyte_only_the_beginning_is_read_a69() -> None:
    sent = 0

    async def gigabyte(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await whole_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()
            sent += 65536

    async with raw(gigabyte) as port, courier_to(*LOOPBACK) as courier:
        answer = await courier.request("POST", f"http://127.0.0.1:{port}/")
    assert len(answer.body) == 65536
    assert sent < 50_000_000


async def test_a_packed_body_is_not_unpacked_a69() -> None:
    async with gateway() as it, courier_to(*LOOPBACK) as courier:
        it.headers = {"Content-Encoding": "gzip"}
        assert (await courier.request("GET", it.url)).body == b"ok"


async def test_old_gateways_that_close_the_connection_are_understood() -> None:
    async def http_1_0(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await whole_request(reader)
        writer.write(b"HTTP/1.0 200 Fine\r\n\r\nuntil the end")

    async with raw(http_1_0) as port, courier_to(*LOOPBACK) as courier:
        answer = await courier.request("POST", f"http://127.0.0.1:{port}/", form={"a": "b"})
    assert (answer.reason, answer.text) == ("Fine", "until the end")


@pytest.mark.parametrize("headers", [{"X-A": "a\r\nX-B: b"}, {"X\r\nA": "b"}, {"X A:": "b\n"}])
async def test_nobody_smuggles_a_header_a68(headers: dict[str, str]) -> None:
    async with gateway() as it, courier_to(*LOOPBACK) as courier:
        with pytest.raises((NotSent, Unsure)):
            await courier.request("GET", it.url, headers=headers)
    assert it.heard == []


async def test_a_known_certificate_is_trusted_and_another_is_not(tmp_path: Path) -> None:
    ours, other = Authority(tmp_path), Authority(tmp_path)
    async with gateway(ours.server()) as it, courier_to(*LOOPBACK) as courier:
        assert (await courier.request("GET", it.url, server_certificate=ours.trusted)).status == 200
        folder = tmp_path / "folder"
        folder.mkdir()
        (folder / "ours.crt").write_bytes(Path(ours.trusted).read_bytes())
        assert (await courier.request("GET", it.url, server_certificate=str(folder))).status == 200
        for trusted in (other.trusted, True):
            with pytest.raises(NotSent, match="certificate is not trusted"):
                await courier.request("GET", it.url, server_certificate=trusted)
        assert (await courier.request("GET", it.url, server_certificate=False)).status == 200


async def test_a_plain_server_does_not_speak_tls() -> None:
    async with gateway() as it, courier_to(*LOOPBACK) as courier:
        with pytest.raises(NotSent, match="TLS"):
            await courier.request("GET", it.url.replace("http:", "https:"), server_certificate=False)


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_our_certificate_opens_and_a_wrong_one_is_told_in_words(
    tmp_path: Path, newest: ssl.TLSVersion
) -> None:
    theirs, ours, other = Authority(tmp_path), Authority(tmp_path), Authority(tmp_path)
    tls = theirs.server(client_authority=ours.trusted)
    tls.maximum_version = newest
    async with gateway(tls) as it, courier_to(*LOOPBACK) as courier:
        trusted = theirs.trusted
        mine = ours.certificate("client")
        answer = await courier.request(
            "POST", it.url, form={"a": "b"}, server_certificate=trusted, client_certificate=mine
        )
        assert answer.status == 200
        wrong = other.certificate("client")
        for _ in range(5):
            with pytest.raises(NotSent, match="client certificate"):
                await courier.request(
                    "POST", it.url, form={"a": "b"}, server_certificate=trusted, client_certificate=wrong
                )
        with pytest.raises((NotSent, Unsure)):
            await courier.request("POST", it.url, form={"a": "b"}, server_certificate=trusted)
    assert len(it.heard) == 1


@pytest.mark.parametrize("content", [None, b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
async def test_a_file_that_is_no_certificate_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "it.pem"
    if content is not None:
        path.write_bytes(content)
    async with courier_to() as courier:
        with pytest.raises(NotSent, match=r"it\.pem"):
            courier.trust(str(path))
        with pytest.raises(NotSent, match=r"it\.pem"):
            courier.trust(client_certificate=str(path))


async def test_errors_hold_no_secret_a70(unused_port: int) -> None:
    async with courier_to(*LOOPBACK) as courier:
        for url in (
            f"http://me:SECRET@127.0.0.1:{unused_port}/?key=SECRET",
            "http://me:SECRET@nobody.invalid/SECRET",
        ):
            with pytest.raises(WatchwordError) as caught:
                await courier.request(
                    "POST", url, form={"otp": "SECRET"}, headers={"X": "SECRET"}, basic=("a", "SECRET")
                )
            assert "SECRET" not in f"{caught.value!r} {caught.value.__cause__!r}"


async def test_many_are_served_at_once_and_a_slow_one_does_not_stop_them() -> None:
    async with gateway() as it, courier_to(*LOOPBACK) as courier, raw(hang_after_reading) as slow:
        stuck = [
            asyncio.create_task(courier.request("POST", f"http://127.0.0.1:{slow}/", seconds=(1, 1)))
            for _ in range(20)
        ]
        answers = await asyncio.gather(*(courier.request("POST", it.url) for _ in range(100)))
        ends = await asyncio.gather(*stuck, return_exceptions=True)
    assert {answer.status for answer in answers} == {200}
    assert {type(end) for end in ends} == {Unsure}


def test_the_library_is_only_imported_when_something_is_sent() -> None:
    import subprocess
    import sys

    code = "import sys, watchword.delivery.courier; print('aiohttp' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert said.stdout == "False\n"
