"""The shelves: what is promised (`promises`), and one keeping of it in SQL for SQLite and PostgreSQL."""

from importlib import import_module

from watchword.storage.address import parse
from watchword.storage.promises import Store


def open_store(url: str) -> Store:
    """The store at a database URL (`address.parse`), for the event loop that runs; it connects when it must.

    Misconfigured if the URL cannot be used.
    """
    address = parse(url)
    # Each keeping loads its driver, so only the one that is used is imported.
    if address.kind == "sqlite":
        from watchword.storage.sqlite import SqliteStore

        return SqliteStore(address.path)
    from watchword.storage.postgres import PostgresStore

    return PostgresStore(address)


def load_driver(url: str) -> None:
    """Import what a store at a database URL needs; Misconfigured if the URL cannot be used."""
    import_module("watchword.storage.sqlite" if parse(url).kind == "sqlite" else "watchword.storage.postgres")


async def migrate(url: str) -> None:
    """Bring the schema at a database URL to what this version needs; several nodes may do so at once.

    Misconfigured if the URL cannot be used or the schema is newer than this version knows.
    """
    address = parse(url)
    if address.kind == "sqlite":
        from watchword.storage.sqlite import migrate_file

        await migrate_file(address)
    else:
        from watchword.storage.postgres import migrate_database

        await migrate_database(address)
