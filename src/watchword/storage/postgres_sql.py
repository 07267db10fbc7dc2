"""The statements of log-ins, for PostgreSQL: those of many at once take arrays, those of one plain values.

Arrays cost less for each of many, but more for one: its statement is prepared, planned and run as any small one.

Each statement commits by itself. Another process may do the same at the same time: an UPDATE that has waited for a
row looks at its conditions once more (READ COMMITTED), and those stand on the row itself. What stands on another
row, the bucket of a guard, is locked first; buckets come before tokens and both in order, so that two
statements seldom wait for each other.
"""

# ruff: noqa: S608  statements are put together of names of ours; values go beside them

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from msgspec.structs import replace

from watchword.model.audit import AuditEntry
from watchword.model.errand import Stage
from watchword.model.settlement import Asked, Settlement, Step
from watchword.storage.rows import (
    AUDIT,
    CHALLENGE_TYPES,
    ERRAND_TYPES,
    TOKEN_REALM_TYPES,
    TOKEN_TYPES,
    audit_fields,
    challenge_fields,
    columns,
    ending_fields,
    errand_fields,
)
from watchword.storage.settling import (
    ASSIGNMENTS,
    DECIDES,
    MAY,
    ON_CONFLICT,
    REMOVES,
    THROTTLE,
    answers_of,
    decides,
    first_row,
    key_of,
    looked_up,
    moves_of,
)
from watchword.storage.texts import kept

REALMS = "ARRAY(SELECT realm FROM token_realm WHERE token_id = t.id ORDER BY realm)"
_QUESTIONS = (
    "(SELECT json_agg(json_build_array(id, parent, prompt, token_id, asked, expires, received,"
    " encode(fingerprint, 'hex'), encode(data, 'hex'), valid, open)) FROM ({query}) q)"
)

# LATERAL leaves the planner no choice: each row is looked up by its whole key, however small the table was when
# the plan was made.
_BUCKET = """LEFT JOIN LATERAL (
        SELECT failures, last, until FROM throttle
        WHERE resolver = {resolver} AND userid = {userid} AND client = {client} LIMIT 1
    ) {name} ON true"""
_LOOK_UP = f"""
    SELECT w.place, {looked_up(REALMS, _QUESTIONS)}
    FROM {{wanted}}
    CROSS JOIN LATERAL (SELECT number FROM revision LIMIT 1) r
    LEFT JOIN LATERAL (SELECT * FROM token WHERE {{match}} OFFSET 0) t ON true
    {_BUCKET.format(name="strangers", client="''", resolver="{resolver}", userid="{userid}")}
    {_BUCKET.format(name="known", client="nullif(w.client, '')", resolver="{resolver}", userid="{userid}")}
"""


_ONE, _MANY = 1, 2
"""How many rows of values a statement has places for."""


class _Places:
    """Gives out ``$1``, ``$2`` ..."""

    def __init__(self) -> None:
        self._given = 0

    def rows(self, name: str, types: dict[str, str], size: int) -> str:
        """A table: of arrays side by side, or of one row."""
        start = self._given + 1
        self._given += len(types)
        if size == _ONE:
            row = (
                f'${place}::{type_} AS "{column}"'
                for place, (column, type_) in enumerate(types.items(), start)
            )
            return f"(SELECT {', '.join(row)}) {name}"
        arrays = ", ".join(f"${place}::text::{type_}[]" for place, type_ in enumerate(types.values(), start))
        return f"unnest({arrays}) {name}({columns(tuple(types))})"


class LookUp(NamedTuple):
    """A look-up's statement for one, and the one for many; each takes a place, a client and the names."""

    one: str
    many: str


def _look_up(*names: str, **words: str) -> LookUp:
    types = {"place": "int", "client": "text"} | dict.fromkeys(names, "text")
    one, many = (_LOOK_UP.format(wanted=_Places().rows("w", types, size), **words) for size in (_ONE, _MANY))
    return LookUp(one, many)


BY_SUBJECT = _look_up(
    "resolver",
    "userid",
    match="resolver = w.resolver AND userid = w.userid",
    resolver="w.resolver",
    userid="w.userid",
)
_OF_TOKEN = {"resolver": "coalesce(t.resolver, '')", "userid": "coalesce(t.userid, t.serial)"}
BY_SERIAL = _look_up("serial", match="serial = w.serial", **_OF_TOKEN)
BY_TRANSACTION = _look_up(
    "parent",
    "transaction",
    match="id IN (SELECT token_id FROM challenge"
    " WHERE parent = w.parent AND (id = w.transaction OR w.parent = w.transaction))",
    **_OF_TOKEN,
)


@cache
def insert_one(table: str, types: tuple[tuple[str, str], ...], tail: str) -> str:
    """The statement that inserts one row of these columns."""
    places = ", ".join(f"${place}::{type_}" for place, (_, type_) in enumerate(types, 1))
    return f"INSERT INTO {table} ({columns([name for name, _ in types])}) VALUES ({places}) {tail}"


_ADDED = insert_one("token", tuple(TOKEN_TYPES.items()), "ON CONFLICT (serial) DO NOTHING RETURNING id")
ADD_TOKEN = f"""WITH added AS ({_ADDED}), placed AS (
        INSERT INTO token_realm ({columns(tuple(TOKEN_REALM_TYPES))})
        SELECT id, realm FROM added CROSS JOIN unnest(${len(TOKEN_TYPES) + 1}::text[]) realm)
    SELECT id FROM added"""
"""Adds a token, of the columns `TOKEN_TYPES`, and the names of its realms, which are the last value."""


def array(values: Sequence[str | bytes | int | None]) -> str:
    """The values, which are of one type, as PostgreSQL writes an array.

    The driver would look at each of them twice and take ten times as long.
    """
    if None in values:
        return "{" + ",".join("NULL" if value is None else array([value])[1:-1] for value in values) + "}"
    first = values[0]
    if isinstance(first, str):
        # No text holds a NUL: it stands between them while they are escaped all at once.
        texts = "\0".join(values).replace("\\", "\\\\").replace('"', '\\"')  # type: ignore[arg-type]
        return '{"' + texts.replace("\0", '","') + '"}'
    if isinstance(first, bytes):
        return '{"\\\\x' + '","\\\\x'.join([value.hex() for value in values]) + '"}'  # type: ignore[union-attr]
    return "{" + ",".join(map(str, values)) + "}"


class _Parts(NamedTuple):
    """Rows of values for a settlement's statement, each with the place of its settlement in front."""

    moves: list[tuple[Any, ...]]
    buckets: list[tuple[Any, ...]]
    answers: list[tuple[Any, ...]]
    throttles: list[tuple[Any, ...]]
    forgotten: list[tuple[Any, ...]]
    asking: list[tuple[Any, ...]]
    questions: list[tuple[Any, ...]]
    errands: list[tuple[Any, ...]]
    ended: list[tuple[Any, ...]]
    audits: list[tuple[Any, ...]]


_WON, _LOST, _ALWAYS = 1, 0, 2


def settle(settlements: Sequence[Settlement]) -> tuple[str, list[Any]]:
    """The statement that settles all of them, and its values; it selects the places of those that have won.

    No two of them may concern the same token or bucket: see `rounds`.
    """
    parts = _Parts([], [], [], [], [], [], [], [], [], [])
    for place, settlement in enumerate(settlements):
        _add(parts, place, settlement)
    parts.moves.sort(key=lambda move: move[1])
    parts.buckets.sort(key=lambda bucket: bucket[1:4])
    follows = any(move[-1] for move in parts.moves)
    removes = any(move[2] & REMOVES for move in parts.moves)
    parts.answers.sort(key=lambda answer: answer[2])
    parts.throttles.sort(key=lambda throttle: throttle[2:5])
    alone = len(settlements) == 1
    sizes = [0 if not rows else _ONE if alone and len(rows) == 1 else _MANY for rows in parts]
    values: list[Any] = []
    for rows, size in zip(parts, sizes, strict=True):
        values += rows[0] if size == _ONE else map(array, zip(*rows, strict=True))
    return _statement(*sizes, follows=follows, removes=removes), values


def _add(parts: _Parts, place: int, settlement: Settlement) -> None:
    deciding, others = moves_of(settlement)
    at = settlement.at
    decided = decides(settlement)
    followed = _WON if decided else _ALWAYS
    if deciding is not None:
        parts.moves.append((place, *deciding, at, False))
    parts.moves.extend((place, *move, at, decided) for move in others)
    guard, throttle = settlement.guard, settlement.throttle
    keys = {} if throttle is None else {key_of(throttle): False}
    if guard is not None:
        keys[key_of(guard)] = True
    parts.buckets.extend((place, *key, guards, at) for key, guards in keys.items())
    if throttle is not None:
        when = _ALWAYS if throttle.failed else followed
        parts.throttles.append((place, when, *first_row(throttle, at)))
    if settlement.asked is not None:
        _add_asked(parts, place, settlement.asked, at, followed=followed, alone=deciding is None)
    entry, lost = settlement.entry, settlement.entry_if_lost if decided else None
    if entry is not None and lost is not None and _are_alike(entry, lost):
        told = int(lost.success), kept(lost.action_detail), lost.nonce, lost.mark
        parts.audits.append((place, _ALWAYS, *audit_fields(entry), *told))
        return
    if entry is not None:
        parts.audits.append((place, _ALWAYS if lost is None else followed, *audit_fields(entry), *_NOT_TOLD))
    if lost is not None:
        parts.audits.append((place, _LOST, *audit_fields(lost), *_NOT_TOLD))


def _are_alike(entry: AuditEntry, lost: AuditEntry) -> bool:
    """Whether one row tells both: they differ in nothing but `_IF_LOST`."""
    told = {name: getattr(entry, name) for name in _IF_LOST}
    return replace(lost, **told) == entry


def _add_asked(parts: _Parts, place: int, asked: Asked, at: int, *, followed: int, alone: bool) -> None:
    for answer in answers_of(asked):
        when = followed if answer.closes else _ALWAYS
        parts.answers.append((place, when, *answer, answer.claims and alone, at))
    parts.forgotten.extend((kept(name),) for name in asked.forget)
    parts.asking.extend((place, followed, token_id, at) for token_id in {one.token_id for one in asked.ask})
    parts.questions.extend((place, followed, *challenge_fields(one)) for one in asked.ask)
    parts.errands.extend((place, followed, *errand_fields(one)) for one in asked.errands)
    parts.ended.extend(map(ending_fields, asked.ended))


_MOVE_TYPES = {"place": "int", "id": "bigint", "steps": "bigint", "counter": "bigint", "state": "text"} | {
    "at": "bigint",
    "follows": "bool",
}
_BUCKET_TYPES = {"place": "int"} | dict.fromkeys(THROTTLE[:3], "text") | {"guards": "bool", "at": "bigint"}
_THROTTLE_TYPES = (
    {"place": "int", "happens": "int"}
    | dict.fromkeys(THROTTLE[:3], "text")
    | dict.fromkeys(THROTTLE[3:], "bigint")
)
_AUDIT_TYPES = (
    {"place": "int", "happens": "int"}
    | dict.fromkeys(AUDIT[1:], "text")
    | {"at": "bigint", "success": "smallint", "clearance": "bigint", "nonce": "bytea", "mark": "bytea"}
)
_IF_LOST = ("success", "action_detail", "nonce", "mark")
"""Columns of the audit's row that may have another value where the settlement is lost."""
_NOT_TOLD = (None,) * len(_IF_LOST)
_AUDIT_TYPES |= {f"lost_{name}": _AUDIT_TYPES[name] for name in _IF_LOST}
_ANSWER_TYPES = {"place": "int", "happens": "int", "id": "text", "claims": "bool", "closes": "bool"} | {
    "received": "bigint",
    "alone": "bool",
    "at": "bigint",
}
_ENDING_TYPES = dict.fromkeys(("reference", "stage", "reason", "their_reference"), "text")
_ASKING_TYPES = {"place": "int", "happens": "int", "token_id": "bigint", "at": "bigint"}


_FOLLOWED = f"LEFT JOIN wins w ON w.place = x.place WHERE (x.happens = {_ALWAYS} OR w.place IS NOT NULL)"
"""Joined, not asked for by IN: after a wait PostgreSQL looks at the row again, and cannot ask anew."""


@cache
def _statement(
    moves: int,
    buckets: int,
    answers: int,
    throttles: int,
    forgotten: int,
    asking: int,
    questions: int,
    errands: int,
    ended: int,
    audits: int,
    *,
    follows: bool,
    removes: bool,
) -> str:
    places = _Places()
    tables = []
    wins = ["SELECT NULL::int AS place WHERE false"]
    closed = "ARRAY[]::int[]"
    lost = ""
    if moves:
        tables.append(f"moves AS (SELECT * FROM {places.rows('m', _MOVE_TYPES, moves)})")
    if buckets:
        tables.append(
            f"bucket AS (SELECT b.place, b.guards AND h.until > b.at AS closes FROM {places.rows('b', _BUCKET_TYPES, buckets)}"
            " CROSS JOIN LATERAL (SELECT until FROM throttle WHERE resolver = b.resolver AND userid = b.userid"
            " AND client = b.client FOR NO KEY UPDATE) h)"
        )
        closed = "coalesce((SELECT array_agg(place) FILTER (WHERE closes) FROM bucket), ARRAY[]::int[])"
    if answers:
        tables.append(f"answer AS (SELECT * FROM {places.rows('x', _ANSWER_TYPES, answers)})")
        tables.append(
            "answered AS (SELECT x.place, x.alone,"
            " x.claims AND NOT coalesce(h.open = 1 AND h.expires > x.at, false) AS is_lost"
            " FROM answer x LEFT JOIN LATERAL"
            " (SELECT open, expires FROM challenge WHERE id = x.id FOR NO KEY UPDATE) h ON true)"
        )
        wins.append("SELECT place FROM answered WHERE alone AND NOT is_lost")
        lost = ", ARRAY(SELECT place FROM answered WHERE is_lost) AS lost"
    held = ""
    if follows:
        # Tokens that change one after the other are all locked in their order before the first one changes.
        tables.append(
            "held AS (SELECT h.id FROM moves m"
            " CROSS JOIN LATERAL (SELECT id FROM token WHERE id = m.id FOR NO KEY UPDATE) h)"
        )
        held = ", (SELECT count(*) FROM held) AS held"
    if moves:
        # Materialised and joined, so that all buckets and questions are locked before the first token is.
        tables.append(f"gate AS MATERIALIZED (SELECT {closed} AS closed{lost}{held})")
        may = (
            f"t.id = m.id AND NOT m.follows AND {MAY}"
            f" AND ((m.steps & {1 << Step.SPEND}) = 0 OR m.place <> ALL (g.closed))"
            f"{' AND m.place <> ALL (g.lost)' if answers else ''}{' AND g.held > 0' if follows else ''}"
        )
        stays, goes = f"(m.steps & {REMOVES}) = 0", f"(m.steps & {REMOVES}) <> 0"
        tables.append(
            f"first AS (UPDATE token t SET {ASSIGNMENTS} FROM gate g, moves m WHERE {may} AND {stays}"
            " RETURNING m.place, m.steps)"
        )
        wins[0] = f"SELECT place FROM first WHERE (steps & {DECIDES}) <> 0"
        if removes:
            tables.append(
                f"gone AS (DELETE FROM token t USING gate g, moves m WHERE {may} AND {goes}"
                " RETURNING m.place, m.steps)"
            )
            wins.append(f"SELECT place FROM gone WHERE (steps & {DECIDES}) <> 0")
    tables.append(f"wins AS ({' UNION ALL '.join(wins)})")
    if follows:
        # Joined, as in `_FOLLOWED`.
        follow = "t.id = m.id AND m.follows AND w.place = m.place"
        tables.append(
            f"next AS (UPDATE token t SET {ASSIGNMENTS} FROM moves m, wins w WHERE {follow} AND {stays})"
        )
        if removes:
            tables.append(
                f"next_gone AS (DELETE FROM token t USING moves m, wins w WHERE {follow} AND {goes})"
            )
    if answers:
        tables.append(
            "marks AS (UPDATE challenge c SET received = c.received + x.received,"
            " valid = CASE WHEN x.claims THEN 1 ELSE c.valid END,"
            " open = CASE WHEN x.closes THEN 0 ELSE c.open END"
            f" FROM answer x {_FOLLOWED} AND c.id = x.id)"
        )
    happens = f"x.happens = {_ALWAYS} OR (x.happens = {_WON}) = (x.place IN (SELECT place FROM wins))"
    if throttles:
        tables.append(
            f"limits AS (INSERT INTO throttle ({columns(THROTTLE)}) SELECT {columns(THROTTLE, 'x')}"
            f" FROM {places.rows('x', _THROTTLE_TYPES, throttles)} WHERE {happens} {ON_CONFLICT})"
        )
    if forgotten:
        forgets = places.rows("x", {"id": "text"}, forgotten)
        tables.append(f"forgets AS (DELETE FROM challenge c USING {forgets} WHERE c.id = x.id)")
    if asking:
        # With + 0 the time is in no index: those of the token are found, however few they were when that was planned.
        tables.append(
            f"sweeps AS (DELETE FROM challenge c USING {places.rows('x', _ASKING_TYPES, asking)} {_FOLLOWED}"
            " AND c.token_id = x.token_id AND c.expires + 0 <= x.at)"
        )
    for name, table, types, wanted in (
        ("questions", "challenge", CHALLENGE_TYPES, questions),
        ("errands", "errand", ERRAND_TYPES, errands),
    ):
        if wanted:
            tables.append(
                f"{name} AS (INSERT INTO {table} ({columns(tuple(types))}) SELECT {columns(tuple(types), 'x')}"
                f" FROM {places.rows('x', {'place': 'int', 'happens': 'int'} | types, wanted)} WHERE {happens})"
            )
    if ended:
        tables.append(
            "ended AS (UPDATE errand e SET stage = x.stage, reason = x.reason, their_reference = x.their_reference"
            f" FROM {places.rows('x', _ENDING_TYPES, ended)}"
            f" WHERE e.reference = x.reference AND e.stage = '{Stage.UNDER_WAY}')"
        )
    if audits:
        told = (
            f'CASE WHEN w.place IS NULL THEN coalesce(x."lost_{name}", x."{name}") ELSE x."{name}" END'
            if name in _IF_LOST
            else f'x."{name}"'
            for name in AUDIT[1:]
        )
        tables.append(
            f"log AS (INSERT INTO audit ({columns(AUDIT[1:])}) SELECT {', '.join(told)}"
            f" FROM {places.rows('x', _AUDIT_TYPES, audits)} LEFT JOIN wins w ON w.place = x.place"
            f" WHERE x.happens = {_ALWAYS} OR (x.happens = {_WON}) = (w.place IS NOT NULL))"
        )
    return f"WITH {', '.join(tables)} SELECT place FROM wins"


def rounds(settlements: Sequence[Settlement]) -> Iterator[list[int]]:
    """The places of the settlements, in rounds within which no two concern the same token or bucket.

    First come, first served: nobody overtakes one that concerns the same.
    """
    left = list(range(len(settlements)))
    concerns = [_concerns(settlement) for settlement in settlements]
    while left:
        taken: set[object] = set()
        now: list[int] = []
        later: list[int] = []
        for place in left:
            (now if taken.isdisjoint(concerns[place]) else later).append(place)
            taken |= concerns[place]
        yield now
        left = later


def _concerns(settlement: Settlement) -> set[object]:
    concerned: set[object] = {move.token_id for move in settlement.moves}
    if settlement.guard is not None:
        concerned.add(key_of(settlement.guard))
    if settlement.throttle is not None:
        concerned.add(key_of(settlement.throttle))
    asked = settlement.asked
    if asked is not None:
        concerned.update(answer.challenge for answer in answers_of(asked))
        concerned.update(map(kept, asked.forget))
        concerned.update(ending.reference for ending in asked.ended)
        concerned.update(question.token_id for question in asked.ask)
    return concerned
