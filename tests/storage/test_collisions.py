"""Nodes that want the same rows of PostgreSQL in different orders wait, and do not block each other."""

import asyncio

import asyncpg

from watchword.model.settlement import Guard, Move, Step, ThrottleStep
from watchword.storage import open_store
from watchword.testing.store_contract import ALICE, BOB, OFFICE, STRANGERS, added, failed, spend, token


async def deadlocks(url: str) -> int:
    """So far, in this database."""
    connection = await asyncpg.connect(url)
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type LIKE 'client%'"
    async with asyncio.timeout(10):  # A connection counts its own when it ends.
        while await connection.fetchval(others) > 1:
            await asyncio.sleep(0.01)
    number = await connection.fetchval(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    await connection.close()
    return int(number)


async def test_settlements_that_cross_never_deadlock(postgres_url: str) -> None:
    before = await deadlocks(postgres_url)
    nodes = [open_store(postgres_url) for _ in range(3)]
    for owner in (ALICE, BOB):  # Buckets that are there: at its birth nobody can lock one beforehand.
        for client in (STRANGERS, OFFICE):
            await nodes[0].settle(failed(owner, client, threshold=1000))
    tokens = await added(nodes[0], *[token(serial) for serial in "ABCD"])
    subjects = (ALICE, BOB)
    settlements = [
        spend(
            tokens[n % 4],
            None,
            Move(token_id=tokens[(n + 1 + n // 4 % 3) % 4].id, step=Step.CLEAR),
            guard=Guard(subject=subjects[n % 2], client=STRANGERS) if n % 5 else None,
            throttle=ThrottleStep(
                subject=subjects[n // 2 % 2],
                client=(STRANGERS, OFFICE)[n // 3 % 2],
                failed=n % 7 < 3,
                threshold=1000,
            )
            if n % 3
            else None,
        )
        for n in range(360)
    ]
    settled = await asyncio.gather(*[nodes[n % 3].settle(one) for n, one in enumerate(settlements)])
    assert all(one.won for one in settled)
    for node in nodes:
        await node.close()
    assert await deadlocks(postgres_url) == before
