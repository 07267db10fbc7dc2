"""Mail with a code."""

from collections.abc import AsyncIterator
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.delivery.mailbox import Mailbox, dialogue, mailbox, parts_of, text_of
from tests.delivery.wires import Authority, context_to, opened
from watchword.delivery.providers.smtp_email import SMTPEmailProvider
from watchword.errors import BadParameter
from watchword.model.message import Channel, Fate
from watchword.plugin.providers import Provider, ProviderContext
from watchword.testing.provider_contract import ProviderContract, message_for

MESSAGE = message_for(Channel.EMAIL)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mailbox() as it:
        yield it


def email(context: ProviderContext, port: int, **config: object) -> Provider:
    return opened(SMTPEmailProvider, context, SMTP_SERVER=f"127.0.0.1:{port}", **config)


class TestSMTPEmail(ProviderContract):
    @pytest.fixture
    def provider(self, context: ProviderContext, box: Mailbox) -> Provider:
        return email(context, box.port)

    @pytest.fixture
    def unreachable(self, context: ProviderContext, unused_port: int) -> Provider:
        return email(context, unused_port)

    @pytest.fixture
    async def silent(self, context: ProviderContext) -> AsyncIterator[Provider]:
        async with dialogue(dot=None) as it:
            yield email(context, it.port, TIMEOUT="0.3")


async def test_a_plain_text_is_one_part_as_it_is(context: ProviderContext, box: Mailbox) -> None:
    receipt = await email(context, box.port, EMAIL_FROM="from@example.com").send(
        replace(MESSAGE, text="482915")
    )
    assert receipt.fate is Fate.ACCEPTED
    assert (box.sender, box.recipients) == (["from@example.com"], ["alice@example.org"])
    mail = box.mail()
    assert (mail.get_content_type(), mail["Content-Transfer-Encoding"]) == ("text/plain", "7bit")
    assert (mail["Subject"], mail["From"], mail["To"]) == (
        "Your code",
        "from@example.com",
        "alice@example.org",
    )
    assert mail["Date"] == "Thu, 01 Jan 2026 10:00:00 +0000"
    assert text_of(mail) == "482915"


async def test_other_letters_are_packed(context: ProviderContext, box: Mailbox) -> None:
    await email(context, box.port).send(replace(MESSAGE, text="Grüße 482915", subject="Anmeldung für Zoë"))
    mail = box.mail()
    assert mail["Content-Transfer-Encoding"] == "base64"
    assert text_of(mail) == "Grüße 482915"
    assert str(make_header(decode_header(mail["Subject"]))) == "Anmeldung für Zoë"


async def test_the_dialogue_needs_no_extension(context: ProviderContext) -> None:
    async with dialogue() as it:
        assert (await email(context, it.port, EMAIL_FROM="a@b.example").send(MESSAGE)).fate is Fate.ACCEPTED
    assert [line.split(" ")[0] for line in it.heard] == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]
    assert it.heard[1:3] == ["MAIL FROM:<a@b.example>", "RCPT TO:<alice@example.org>"]


async def test_a_server_that_knows_no_ehlo_is_greeted_as_of_old(context: ProviderContext) -> None:
    async with dialogue(EHLO="500 what?") as it:
        assert (await email(context, it.port).send(MESSAGE)).fate is Fate.ACCEPTED
    assert it.heard[1].startswith("HELO")


@pytest.mark.parametrize(
    ("answers", "fate"),
    [
        ({"RCPT": "550 nobody"}, Fate.REFUSED), ({"RCPT": "450 later"}, Fate.REFUSED), ({"MAIL": "550 not you"}, Fate.UNAVAILABLE),
        ({"DATA": "554 no"}, Fate.REFUSED), ({"dot": "554 spam"}, Fate.REFUSED), ({"dot": "421 going"}, Fate.UNAVAILABLE),
        ({"dot": ""}, Fate.UNCERTAIN), ({"dot": None}, Fate.UNCERTAIN), ({"RCPT": None}, Fate.UNAVAILABLE),
        ({"QUIT": "500 no"}, Fate.ACCEPTED), ({"QUIT": ""}, Fate.ACCEPTED), ({"EHLO": "421 no", "HELO": "421 no"}, Fate.UNAVAILABLE),
        ({"dot": "x" * 100_000}, Fate.UNCERTAIN),
    ],
)  # fmt: skip
async def test_each_refusal_means_what_smtp_says_a69(
    context: ProviderContext, answers: dict[str, Any], fate: Fate
) -> None:
    async with dialogue(**answers) as it:
        assert (await email(context, it.port, TIMEOUT="0.3").send(MESSAGE)).fate is fate


async def test_tls_is_verified_and_the_user_known(tmp_path: Path, context: ProviderContext) -> None:
    authority, other = Authority(tmp_path), Authority(tmp_path)
    tls = authority.server()
    login = {"SMTP_USER": "me", "SMTP_PASSWORD": "SECRET"}
    for how, server in (
        ({"START_TLS": True}, {"start_tls": tls}),
        ({"USE_SSL": True}, {"tls": tls}),
    ):
        async with mailbox(user="me", password="SECRET", **server) as box:
            good = {**how, **login, "SERVER_CERTIFICATE": authority.trusted}
            assert (await email(context, box.port, **good).send(MESSAGE)).fate is Fate.ACCEPTED
            assert (await email(context, box.port, **good).test()).fate is Fate.ACCEPTED
            for trusted in (other.trusted, True):
                receipt = await email(context, box.port, **{**good, "SERVER_CERTIFICATE": trusted}).send(
                    MESSAGE
                )
                assert receipt.fate is Fate.UNAVAILABLE
                assert "certificate is not trusted" in receipt.reason
            receipt = await email(context, box.port, **{**good, "SMTP_PASSWORD": "WRONG"}).test()
            assert receipt.fate is Fate.UNAVAILABLE
            assert "535" in receipt.reason
            assert not any(secret in receipt.reason for secret in ("WRONG", "SECRET"))
        assert len(box.contents) == 1


async def test_a_server_without_tls_is_not_told_the_password(context: ProviderContext) -> None:
    async with dialogue() as it:
        receipt = await email(context, it.port, START_TLS=True, SMTP_USER="me", SMTP_PASSWORD="SECRET").send(
            MESSAGE
        )
    assert receipt.fate is Fate.UNAVAILABLE
    assert not any(line.startswith("AUTH") for line in it.heard)


@pytest.mark.parametrize(
    "to",
    [
        "",
        "alice",
        "a@b\r\nRCPT TO:<c@d>",
        "a@b>\nDATA",
        "a b@c.example",
        "<a@b>,c@d",
        "a@b, c@d",
        "a@b c@d",
        "ä@b.example",
    ],
)
async def test_nobody_smuggles_a_second_recipient_a68(
    context: ProviderContext, box: Mailbox, to: str
) -> None:
    receipt = await email(context, box.port).send(replace(MESSAGE, to=to))
    assert (receipt.fate, box.contents) == (Fate.REFUSED, [])


@pytest.mark.parametrize("template", ["", "<p>${otp}</p>", "Subject: ${subject}\n\n${otp} ${givenname}"])
async def test_nobody_smuggles_a_header_a68(context: ProviderContext, box: Mailbox, template: str) -> None:
    evil = "x\r\nBcc: mallory@example.org\r\n\r\nbody"
    message = replace(MESSAGE, subject=evil, fields={"givenname": evil}, text="482915")
    await email(context, box.port, TEMPLATE=template).send(message)
    assert "Bcc" not in box.mail()
    assert box.recipients == ["alice@example.org"]


async def test_a_text_cannot_end_the_mail_early_a68(context: ProviderContext, box: Mailbox) -> None:
    await email(context, box.port).send(replace(MESSAGE, text="a\r\n.\r\nMAIL FROM:<x@y>\r\n.b"))
    assert text_of(box.mail()) == "a\n.\nMAIL FROM:<x@y>\n.b"
    assert len(box.contents) == 1


async def test_a_template_wins_and_what_people_say_of_themselves_stays_text_a68(
    context: ProviderContext, box: Mailbox
) -> None:
    template = "<p>${otp} <otp> ${serial} ${givenname} ${unknown} ${message}</p>"
    fields = {"serial": "EM1", "givenname": "<b>${otp}</b>"}
    await email(context, box.port, TEMPLATE=template).send(replace(MESSAGE, fields=fields))
    assert box.mail().get_content_type() == "text/html"
    assert text_of(box.mail()) == (
        "<p>482915 482915 EM1 &lt;b&gt;${otp}&lt;/b&gt; ${unknown} Your code is 482915</p>"
    )


async def test_a_template_file_brings_its_pictures_along(tmp_path: Path) -> None:
    (tmp_path / "it.html").write_text('<img src="cid:logo.png"><img src="cid:none.png">${otp}')
    (tmp_path / "logo.png").write_bytes(PNG)
    async with mailbox() as box, context_to(templates=str(tmp_path)) as context:
        await email(context, box.port, TEMPLATE="file://it.html").send(MESSAGE)
    page, picture = parts_of(box.mail())
    assert box.mail().get_content_type() == "multipart/related"
    assert "482915" in text_of(page)
    assert (picture["Content-ID"], picture.get_payload(decode=True)) == ("<logo.png>", PNG)


async def test_a_whole_mail_keeps_its_parts_and_its_subject(context: ProviderContext, box: Mailbox) -> None:
    template = (
        'Subject: Code ${serial}\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary="b"\n\n'
        '--b\nContent-Type: text/html; charset="utf-8"\n\n<b>${otp}</b> ü\n--b\nContent-Type: image/png\n'
        "Content-Transfer-Encoding: base64\nContent-ID: <x>\n\niVBORw0KGgo=\n--b--\n"
    )
    await email(context, box.port, TEMPLATE=template).send(replace(MESSAGE, fields={"serial": "EM1"}))
    page, picture = parts_of(box.mail())
    assert box.mail()["Subject"] == "Code EM1"
    assert "<b>482915</b> ü" in text_of(page)
    assert picture.get_payload(decode=True) == PNG


@pytest.mark.parametrize(
    "name", ["", "none.html", "../secret.html", "/etc/passwd", "link.html", "a\x00b", "."]
)
async def test_a_template_lies_in_the_folder_of_templates_a68(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.html").write_text("secret")
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "link.html").symlink_to(tmp_path / "secret.html")
    for templates in (str(folder), ""):
        async with context_to(templates=templates) as context:
            with pytest.raises(BadParameter, match="TEMPLATE"):
                email(context, 25, TEMPLATE=f"file://{name}")


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({"SMTP_SERVER": "a b"}, "SMTP_SERVER"), ({"SMTP_SERVER": "a:99999"}, "SMTP_SERVER"), ({"SMTP_PORT": "x"}, "SMTP_PORT"),
        ({"START_TLS": True, "USE_SSL": True}, "USE_SSL"), ({"EMAIL_FROM": "nobody"}, "EMAIL_FROM"),
    ],
)  # fmt: skip
async def test_what_cannot_work_is_refused_by_name(
    context: ProviderContext, config: dict[str, Any], key: str
) -> None:
    with pytest.raises(BadParameter, match=key):
        opened(SMTPEmailProvider, context, **{"SMTP_SERVER": "mail.example", **config})


async def test_the_usual_port_follows_from_tls(context: ProviderContext) -> None:
    def port(**config: object) -> Any:
        return opened(SMTPEmailProvider, context, SMTP_SERVER="mail.example", **config)._server.port  # type: ignore[attr-defined]

    assert (port(), port(START_TLS=True), port(USE_SSL=True), port(SMTP_PORT=26)) == (25, 587, 465, 26)


async def test_a_private_mail_server_that_is_not_allowed_is_refused_a67(box: Mailbox) -> None:
    async with context_to("192.0.2.0/24") as context:
        receipt = await email(context, box.port).send(MESSAGE)
    assert receipt.fate is Fate.UNAVAILABLE
    assert "outbound.allow" in receipt.reason
