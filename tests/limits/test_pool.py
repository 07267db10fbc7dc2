import asyncio
import threading
import time

import pytest

from watchword.errors import Unreachable
from watchword.limits.pool import CostlyWork


async def test_the_answer_and_the_error_of_the_work_come_back() -> None:
    pool = CostlyWork(workers=1, queue=1)
    assert await pool.run(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await pool.run(divmod, 7, 0)
    pool.close()


async def test_a_full_queue_refuses_at_once_and_has_room_again_afterwards() -> None:
    pool = CostlyWork(workers=1, queue=2, seconds=30)
    gate = threading.Event()
    waiting = [asyncio.create_task(pool.run(gate.wait, 10)) for _ in range(3)]
    await asyncio.sleep(0.01)
    with pytest.raises(Unreachable):
        await pool.run(divmod, 7, 2)
    gate.set()
    assert await asyncio.gather(*waiting) == [True] * 3
    assert await pool.run(divmod, 7, 2) == (3, 1)
    pool.close()


async def test_the_loop_goes_on_while_work_is_under_way() -> None:
    pool = CostlyWork(workers=1, queue=1)
    work = asyncio.create_task(pool.run(time.sleep, 0.2))
    turns = 0
    while not work.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert turns > 5
    pool.close()


async def test_giving_up_early_frees_no_place_before_the_work_has_ended() -> None:
    pool = CostlyWork(workers=1, queue=0, seconds=0.02)
    gate = threading.Event()
    with pytest.raises(Unreachable):
        await pool.run(gate.wait, 10)
    with pytest.raises(Unreachable):
        await pool.run(divmod, 7, 2)
    gate.set()
    for _ in range(100):
        await asyncio.sleep(0.01)
        try:
            assert await pool.run(divmod, 7, 2) == (3, 1)
            break
        except Unreachable:
            continue
    else:
        pytest.fail("the place never came free")
    pool.close()


async def test_a_time_out_of_the_work_itself_is_its_own_error() -> None:
    def late() -> None:
        raise TimeoutError("its own")

    pool = CostlyWork(workers=1, queue=1)
    with pytest.raises(TimeoutError, match="its own"):
        await pool.run(late)
    pool.close()
