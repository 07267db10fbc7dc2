"""Both keepings against the contract on questions, errands and providers; and processes that race."""

import asyncio
import subprocess
import sys
from pathlib import Path

from tests.storage.keepings import OnPostgres, OnSqlite
from watchword.crypto.sealing import Sealed
from watchword.model.challenge import Challenge
from watchword.model.settlement import Asked, Settlement
from watchword.model.token import Token
from watchword.storage import open_store
from watchword.testing.question_contract import QuestionContract


class TestSqlite(OnSqlite, QuestionContract):
    pass


class TestPostgres(OnPostgres, QuestionContract):
    pass


CLAIMER = Path(__file__).with_name("claimer.py")


async def test_processes_that_answer_the_same_questions_are_right_once_each(database_url: str) -> None:
    store = open_store(database_url)
    async with store.unit() as unit:
        one = await unit.tokens.add(Token(serial="A", kind="sms", secret=Sealed(b"s"), successes_max=1_000))
    questions = tuple(Challenge(id=f"{n:017}", token_id=one.id, asked=1, expires=1_000) for n in range(40))
    await store.settle(Settlement(at=1, asked=Asked(ask=questions), entry=None))
    claimers = [
        await asyncio.create_subprocess_exec(
            sys.executable, CLAIMER, database_url, "A", "40", stdout=subprocess.PIPE
        )
        for _ in range(3)
    ]
    won = [line for claimer in claimers for line in (await claimer.communicate())[0].split()]
    assert sorted(map(int, won)) == list(range(40))
    async with store.view() as view:
        kept = await view.challenges.of_tokens([one.id])
        token = await view.tokens.by_serial("A")
    await store.close()
    assert {(each.open, each.valid, each.received) for each in kept} == {(False, True, 1)}
    assert token is not None
    assert token.successes == 40
