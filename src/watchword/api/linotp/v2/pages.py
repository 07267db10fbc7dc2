"""Pages of the lists below ``/api/v2``."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from msgspec import Struct

from watchword.api.linotp.envelope import Reply
from watchword.web.parameters import Params

_MOST = 10**9


class Wanted(Struct, frozen=True, kw_only=True):
    """Which page of a list: ``number`` from 0; a ``size`` of 0 is everything."""

    number: int
    size: int


def wanted_page(sent: Params, size: int) -> Wanted:
    """``page`` and ``pageSize``; what is no number counts as not given."""
    page, rows = _whole(sent, "page", 0), _whole(sent, "pageSize", size)
    return Wanted(number=page if rows else 0, size=rows)


def paged(wanted: Wanted, total: int, records: Sequence[Mapping[str, Any]]) -> Reply:
    """One page of a list."""
    pages = ceil(total / wanted.size) if wanted.size else 1
    return Reply(
        {
            "page": wanted.number,
            "pageSize": wanted.size,
            "totalPages": pages,
            "totalRecords": total,
            "pageRecords": records,
        }
    )


def _whole(sent: Params, name: str, default: int) -> int:
    text = sent.text(name).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(_MOST)) else default
