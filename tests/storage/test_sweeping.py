"""What is over is forgotten, and nothing else."""

from watchword.model.session import Session
from watchword.storage import open_store
from watchword.storage.sweeping import sweep


async def test_a_session_is_forgotten_when_it_has_expired_and_not_before(database_url: str) -> None:
    store = open_store(database_url)
    now = 1_767_261_600_000
    async with store.unit() as unit:
        for name, expires in ((b"old", now - 1), (b"new", now + 60_000)):
            await unit.sessions.open(
                Session(id=name, kind="administrator", holder={}, opened=0, expires=expires)
            )
    await sweep(store, now)
    async with store.view() as view:
        assert await view.sessions.find(b"old") is None
        assert await view.sessions.find(b"new") is not None
    await store.close()
