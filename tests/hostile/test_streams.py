"""Answers in pieces, whose listener leaves, or whose maker breaks."""

from collections.abc import AsyncGenerator

from tests.hostile.knocking import Ear, Visitor
from watchword.api.linotp.doors import Door, Doors
from watchword.api.linotp.envelope import Answer, Streamed
from watchword.web.call import Call

SECRET = "what-nobody-may-read-in-a-log"
PIECES = 1000


class Made:
    """A door whose answer has many pieces."""

    def __init__(self, breaks_at: int = PIECES) -> None:
        self.read = 0
        self.ended = False
        self._breaks_at = breaks_at
        self.door = Door("/hostile/list", "G", self._list, guard="none", audited=False)

    async def _list(self, _call: Call) -> Answer:
        return Streamed(self._pieces())

    async def _pieces(self) -> AsyncGenerator[bytes]:
        try:
            for _ in range(PIECES):
                if self.read == self._breaks_at:
                    raise KeyError(SECRET)
                self.read += 1
                yield b"x"
        finally:
            self.ended = True


async def test_a_list_is_not_made_for_somebody_who_has_left(stranger: Visitor) -> None:
    made = Made()
    visitor = Visitor(stranger.household, Doors(stranger.household.house, (made.door,)))
    await visitor.knock("GET", made.door.path, leaves_after=10)
    assert 10 <= made.read < 20
    assert made.ended


async def test_who_asks_for_no_more_than_the_head_of_a_list_is_made_none(stranger: Visitor) -> None:
    made = Made()
    visitor = Visitor(stranger.household, Doors(stranger.household.house, (made.door,)))
    got = await visitor.knock("HEAD", made.door.path)
    assert got is not None
    assert (got.status, got.body, made.read) == (200, b"", 0)


async def test_a_list_that_breaks_is_cut_and_the_log_tells_where_but_not_what(
    stranger: Visitor, ear: Ear
) -> None:
    made = Made(breaks_at=5)
    visitor = Visitor(stranger.household, Doors(stranger.household.house, (made.door,)))
    got = await visitor.knock("GET", made.door.path)
    assert got is not None
    assert (got.body, got.whole) == (b"xxxxx", False)
    [line] = ear.heard
    assert line.exc_info is not None
    assert "KeyError at" in str(line.exc_info[1])
    assert SECRET not in f"{line.getMessage()} {vars(line)}"
    ear.heard.clear()
