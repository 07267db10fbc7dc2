"""Database URLs as operators write them."""

from pathlib import Path

import pytest

from watchword.errors import Misconfigured
from watchword.storage.address import parse


def test_a_sqlite_url_names_a_file() -> None:
    assert parse("sqlite:///var/watchword.db").path == Path("var/watchword.db")
    assert parse("sqlite:////srv/watch word%20.db").path == Path("/srv/watch word%20.db")


def test_a_postgresql_url_keeps_its_password_to_itself() -> None:
    address = parse("postgresql://watchword:s%40same@db.example:5433/name?sslmode=require")
    assert address.kind == "postgresql"
    assert address.url == "postgresql://watchword:s%40same@db.example:5433/name?sslmode=require"
    assert address.shown == "postgresql://watchword@db.example:5433/name"
    assert "s%40same" not in repr(address)
    assert parse("postgres://db/name").kind == "postgresql"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "watchword.db",
        "sqlite://",
        "sqlite:///",
        "sqlite://host/path",
        "sqlite:///:memory:",
        "mysql://watchword:sesame@db/name",
        "postgresql://watchword:sesame@db",
        "postgresql://watchword:sesame@[db/name",
        "postgresql+asyncpg://watchword:sesame@db/name",
    ],
)
def test_what_cannot_be_used_is_named_without_its_password(url: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        parse(url)
    assert "sesame" not in str(refused.value)
    assert "postgresql://user:password@host:port/name" in str(refused.value)
