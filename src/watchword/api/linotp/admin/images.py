"""QR codes in answers."""

import base64
from collections.abc import Iterable
from html import escape
from typing import Any

from watchword.api.linotp.envelope import Raw
from watchword.enrolment.qr import qr_png
from watchword.model.token import Token
from watchword.plugin.shapes import Shown
from watchword.web.parameters import Params

_HTML = "text/html; charset=utf-8"


def image_tag(text: str, *, width: str = "200", alt: str = "") -> str:
    """An ``<img>`` with a QR code of the text; without a picture if the text is too long for one."""
    png = qr_png(text)
    source = f' src="data:image/png;base64,{base64.b64encode(png).decode()}"' if png is not None else ""
    words = alt or ("" if png is not None else "too long for a QR code")
    return f'<img id="challenge_qrcode" width={_digits(width)}{source} alt="{escape(words)}"/>'


def image_answer(params: Params, text: str) -> Raw:
    """The answer to a call with ``qr``: ``img`` and ``embed`` ask for the tag, ``png`` for the picture, others for a
    page.
    """
    wanted = params.text("qr").lower()
    png = qr_png(text)
    if wanted == "png" and png is not None:
        return Raw(png, "image/png")
    tag = image_tag(text, width=params.text("width", "200"), alt=params.text("alt"))
    if wanted in {"img", "embed"}:
        return Raw(tag.encode(), _HTML)
    page = f"<!DOCTYPE html><html><head><title>QR code</title></head><body>{tag}</body></html>"
    return Raw(page.encode(), _HTML)


def shown_detail(token: Token, shown: Iterable[Shown]) -> dict[str, Any]:
    """The detail of an enrolment: what is shown this once, as text and as QR code."""
    images: dict[str, str] = {}
    detail: dict[str, Any] = {"serial": token.serial}
    for one in shown:
        if one.value not in images:
            images[one.value] = image_tag(one.value)
        detail[one.name] = {
            "order": str(one.order),
            "description": one.description,
            "value": one.value,
            "img": images[one.value],
        }
    return detail


def _digits(width: str) -> str:
    return width if width.isascii() and width.isdigit() and len(width) <= 4 else "200"
