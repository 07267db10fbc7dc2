"""The two statements of a log-in, in the words that both keepings share.

The conditions of a SPEND stand on the updated row itself. SQLite has one writer at a time; PostgreSQL, which
lets several in, looks at them once more after it has waited for a row (READ COMMITTED), so that of two racing
SPENDs the second sees the counter that the first has left.
"""

# ruff: noqa: S608  statements are put together of names of ours; values go beside them

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from watchword.model.challenge import Challenge
from watchword.model.person import Subject
from watchword.model.settlement import (
    MOST_CHALLENGES,
    Asked,
    Guard,
    Held,
    Lookup,
    Settlement,
    Step,
    Throttle,
    ThrottleStep,
)
from watchword.model.token import Token
from watchword.storage.rows import CHALLENGE, TOKEN, Row, challenge_of, columns, newest_first, token_of
from watchword.storage.texts import json_of, kept, short

Key = tuple[str, str, str]
"""Resolver, user id and client address of a bucket."""


def _bits(*steps: Step) -> int:
    return sum(1 << step for step in steps)


DECIDES = _bits(Step.SPEND, Step.RESYNC)
REMOVES = _bits(Step.REMOVE)


class TokenMoves(NamedTuple):
    """All that a settlement does to one token: ``steps`` has a bit for each `Step`."""

    token_id: int
    steps: int
    counter: int | None
    state: str | None


_BIT = {step: 1 << step for step in Step}


def moves_of(settlement: Settlement) -> tuple[TokenMoves | None, list[TokenMoves]]:
    """The move that decides, if there is one, and the others in the order in which rows are to be locked."""
    moves: dict[int, TokenMoves] = {}
    for move in settlement.moves:
        before = moves.get(move.token_id) or TokenMoves(move.token_id, 0, None, None)
        moves[move.token_id] = TokenMoves(
            move.token_id,
            before.steps | _BIT[move.step],
            before.counter if move.counter is None else move.counter,
            before.state if move.state is None else json_of(move.state),
        )
    deciding = next((moves.pop(key) for key, move in moves.items() if move.steps & DECIDES), None)
    return deciding, [moves[key] for key in sorted(moves)]


# `t` is the token's row, `m` a `TokenMoves` with the settlement's time `at`.
ASSIGNMENTS = f"""
    counter = CASE WHEN t.counter < m.counter THEN m.counter ELSE t.counter END,
    state = coalesce(m.state, t.state),
    failures = CASE WHEN (m.steps & {_bits(Step.SPEND, Step.RESYNC, Step.CLEAR)}) <> 0 THEN 0
                    WHEN (m.steps & {_bits(Step.FAIL)}) <> 0 THEN t.failures + 1
                    WHEN (m.steps & {_bits(Step.REPLAY)}) <> 0 AND t.failures = 0 THEN 1
                    ELSE t.failures END,
    attempts = CASE WHEN t.attempts_max <> 0 AND (m.steps & {_bits(Step.SPEND, Step.FAIL)}) <> 0
                    THEN t.attempts + 1 ELSE t.attempts END,
    successes = CASE WHEN t.successes_max <> 0 AND (m.steps & {_bits(Step.SPEND)}) <> 0
                     THEN t.successes + 1 ELSE t.successes END,
    last_match = CASE WHEN (m.steps & {_bits(Step.SPEND)}) <> 0 THEN m.at ELSE t.last_match END,
    last_success = CASE WHEN (m.steps & {_bits(Step.SPEND)}) <> 0 THEN m.at ELSE t.last_success END,
    active = CASE WHEN (m.steps & {_bits(Step.DISABLE)}) <> 0 THEN 0 ELSE t.active END
"""

MAY = f"""
    ((m.steps & {DECIDES}) = 0
     OR (m.counter IS NULL OR t.counter < m.counter)
        AND ((m.steps & {_bits(Step.RESYNC)}) <> 0
             OR t.active = 1 AND t.failures < t.max_failures
                AND (t.attempts_max = 0 OR t.attempts < t.attempts_max)
                AND (t.successes_max = 0 OR t.successes < t.successes_max)
                AND (t.valid_from = 0 OR t.valid_from <= m.at)
                AND (t.valid_until = 0 OR m.at <= t.valid_until)))
"""

THROTTLE = (
    "resolver", "userid", "client", "failures", "last", "until", "threshold", "base", "longest", "forget",
)  # fmt: skip

_FAILURES = """CASE WHEN excluded.failures = 0 THEN 0
    WHEN excluded.forget <> 0 AND throttle.last < excluded.last - excluded.forget THEN 1
    ELSE throttle.failures + 1 END"""
_MOST_DOUBLINGS = 30
_STEPS_BEYOND = f"(({_FAILURES}) - excluded.threshold)"
_WAIT = f"""excluded.base * (CAST(1 AS BIGINT) << CAST(
    CASE WHEN {_STEPS_BEYOND} > {_MOST_DOUBLINGS} THEN {_MOST_DOUBLINGS} ELSE {_STEPS_BEYOND} END AS INTEGER))"""

ON_CONFLICT = f"""ON CONFLICT (resolver, userid, client) DO UPDATE SET
    failures = {_FAILURES},
    last = excluded.last,
    until = CASE WHEN excluded.failures = 0 OR {_STEPS_BEYOND} < 0 THEN 0
                 ELSE excluded.last + CASE WHEN {_WAIT} < excluded.longest THEN {_WAIT} ELSE excluded.longest END
                 END,
    threshold = excluded.threshold, base = excluded.base, longest = excluded.longest, forget = excluded.forget"""
"""How a bucket that is there already takes in a row of `first_row`."""


def key_of(bucket: Guard | ThrottleStep) -> Key:
    """The names of a bucket as they are kept."""
    return short(bucket.subject.resolver), short(bucket.subject.userid), short(bucket.client)


def first_row(step: ThrottleStep, at: int) -> tuple[Any, ...]:
    """The bucket as it becomes if there was none: a row of the columns `THROTTLE`."""
    key = key_of(step)
    if not step.failed:
        return (*key, 0, at, 0, 0, 0, 0, 0)
    beyond = 1 - step.threshold
    until = at + min(step.base << beyond, step.longest) if beyond >= 0 else 0
    return (*key, 1, at, until, step.threshold, step.base, step.longest, step.forget)


class Answer(NamedTuple):
    """What answers do to one question. A claim is one whose question must be open."""

    challenge: str
    claims: bool
    closes: bool
    received: int


def answers_of(asked: Asked) -> list[Answer]:
    """What becomes of each question that is there already, in the order in which rows are to be locked."""
    answers = {name: Answer(kept(name), claims=False, closes=False, received=1) for name in asked.missed}
    answers |= {name: Answer(kept(name), claims=False, closes=True, received=0) for name in asked.close}
    if asked.claim is not None:
        answers[asked.claim] = Answer(kept(asked.claim), claims=True, closes=True, received=1)
    return sorted(answers.values())


def decides(settlement: Settlement) -> bool:
    """Whether there is something that may be lost."""
    return (settlement.asked is not None and settlement.asked.claim is not None) or any(
        _BIT[move.step] & DECIDES for move in settlement.moves
    )


def transaction_of(transaction: str) -> tuple[str, str]:
    """The parent of a transaction id, and the id; they are the same where all that were asked together are meant."""
    identifier = kept(transaction)
    return identifier.partition(".")[0], identifier


def looked_up(realms: str, questions: str) -> str:
    """What a look-up selects: revision, token, its realms, its questions, the strangers' bucket, the client's bucket.

    ``questions`` makes JSON of the rows of ``{query}``: lists of the columns `CHALLENGE`, with bytes in hex.
    """
    query = (
        f"SELECT * FROM challenge WHERE token_id = t.id ORDER BY asked DESC, id DESC LIMIT {MOST_CHALLENGES}"
    )
    return (
        f"r.number, {columns(TOKEN, 't')}, {realms}, {questions.format(query=query)},"
        " strangers.failures, strangers.last, strangers.until, known.failures, known.last, known.until"
    )


def beyond_names(wanted: Lookup, held: Held) -> Lookup | None:
    """The look-up of the buckets, where the subject has names so long that they lie under shortened ones."""
    subject = wanted.subject if wanted.serial is None else None
    if subject is None and held.tokens:
        subject = held.tokens[0].subject
    if subject is None:
        return None
    shortened = Subject(short(subject.resolver), short(subject.userid))
    return None if shortened == subject else Lookup(subject=shortened, client=wanted.client)


def held_of(rows: Sequence[Row], client: str, realms_of: Callable[[Any], Sequence[str]]) -> Held:
    """What a look-up found: one row for each token, or one without a token."""
    if len(rows) > 1:
        rows = sorted(rows, key=_serial)
    first = rows[0]
    tokens = []
    challenges: list[Challenge] = []
    for row in rows:
        if row[1] is not None:
            token = token_of(row[1:_REALMS], realms_of(row[_REALMS]))
            tokens.append(token)
            if row[_QUESTIONS] and row[_QUESTIONS] != "[]":
                challenges += _questions(row[_QUESTIONS], token)
    if challenges:
        challenges.sort(key=newest_first)
    throttles = []
    failures, last, until, known_failures, known_last, known_until = first[_QUESTIONS + 1 :]
    if failures is not None:
        throttles.append(Throttle(failures=failures, last=last, until=until))
    if known_failures is not None:
        throttles.append(Throttle(client=client, failures=known_failures, last=known_last, until=known_until))
    return Held(
        revision=first[0], tokens=tuple(tokens), throttles=tuple(throttles), challenges=tuple(challenges)
    )


_REALMS = 1 + len(TOKEN)
_QUESTIONS = _REALMS + 1


def _serial(row: Row) -> str:
    return str(row[1 + TOKEN.index("serial")])


_BYTES = [CHALLENGE.index(name) for name in ("fingerprint", "data")]


def _questions(text: str, token: Token) -> list[Challenge]:
    questions = []
    for row in msgspec.json.decode(text, type=list[list[Any]]):
        for place in _BYTES:
            row[place] = bytes.fromhex(row[place] or "")
        questions.append(challenge_of(row, token.serial, token.kind))
    return questions
