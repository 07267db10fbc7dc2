"""Mail after a template: a page of HTML, or a whole mail with its own parts, with places for what is told."""

import html
import re
from pathlib import Path
from typing import TYPE_CHECKING

from watchword.errors import BadParameter
from watchword.model.message import Message

if TYPE_CHECKING:
    from email.message import Message as Mail

_FILE = "file://"
_PLACE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}|<(otp|serial)>")
_WHOLE_MAIL = re.compile(r"\s*(mime-version|content-type|subject):", re.IGNORECASE)
_PICTURE = re.compile(r"cid:([A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\.(?:png|jpe?g|gif))")
_MOST_BYTES = 1_000_000
"""Of a template or a picture."""


def template_text(template: str, folder: str) -> str:
    """The template itself, read from the folder of templates if it names a file there.

    `BadParameter` if it names none.
    """
    if not template.startswith(_FILE):
        return template
    path = _within(folder, template.removeprefix(_FILE).lstrip("/"))
    if path is None:
        raise BadParameter(
            "The configuration's key 'TEMPLATE' names no file in the folder of mail templates: look at the setting"
            " outbound.mail_templates."
        )
    return path.read_text("utf-8", "replace")


def filled_mail(template: str, message: Message, subject: str, folder: str) -> "Mail":
    """The mail, with ``${otp}``, ``${message}``, ``${subject}`` and the message's fields in their places.

    Places that nobody knows stay as they are.
    """
    from email import message_from_bytes
    from email.mime.image import MIMEImage
    from email.mime.multipart import MIMEMultipart
    from email.mime.text import MIMEText

    whole = _WHOLE_MAIL.match(template) is not None
    values = {**message.fields, "otp": message.code, "message": message.text, "subject": subject}
    text = _filled(template, values, is_html=not whole or "text/html" in template.lower())
    if whole:
        return message_from_bytes(text.lstrip().encode())
    page = MIMEText(text, "html", "utf-8")
    pictures = {name: path for name in _PICTURE.findall(template) if (path := _within(folder, name))}
    if not pictures:
        return page
    mail = MIMEMultipart("related")
    mail.attach(page)
    for name, path in pictures.items():
        picture = MIMEImage(path.read_bytes(), path.suffix.lstrip(".").replace("jpg", "jpeg"))
        picture["Content-ID"] = f"<{name}>"
        picture["Content-Disposition"] = "inline"
        mail.attach(picture)
    return mail


def _filled(template: str, values: dict[str, str], *, is_html: bool) -> str:
    """What people say of themselves in the directory is text, and no part of the template."""

    def value(place: re.Match[str]) -> str:
        known = values.get(place[1] or place[2])
        if known is None:
            return place[0]
        line = " ".join(known.split())
        return html.escape(line) if is_html else line

    return _PLACE.sub(value, template)


def _within(folder: str, name: str) -> Path | None:
    """The file of this name in the folder, if there is one that is not too large; links do not lead out of it."""
    if not folder or not name or "\x00" in name:
        return None
    root = Path(folder).resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root) or not path.is_file() or path.stat().st_size > _MOST_BYTES:
        return None
    return path
