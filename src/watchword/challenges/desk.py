"""Asks questions, brings them to people, and holds answers against them.

Threat: guessing a code that was sent. Each question's code is drawn from the dice and kept only as a keyed
fingerprint; a wrong answer counts for the token and the person, however many questions are open; and a right
one is claimed by a conditional update, so of two that come at once one is let in.

A question is written down before anybody is spoken to, and no transaction is open while a telephone rings. What
becomes of the message decides: brought, or perhaps brought, and the question stands; surely not brought, and it
is taken back as if it had never been asked.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from watchword.challenges import identifiers
from watchword.clock import Clock, Dice
from watchword.crypto.keyring import KeyRing
from watchword.crypto.otp import canonical_code
from watchword.delivery.carriers import routed
from watchword.delivery.configs import seconds_valid
from watchword.delivery.dispatch import Dispatch
from watchword.delivery.outbox import packed, unpacked
from watchword.errors import Refused
from watchword.model.attempt import Posed
from watchword.model.audit import AuditEntry
from watchword.model.challenge import Challenge
from watchword.model.configuration import Configuration
from watchword.model.errand import Ending, Errand, Stage
from watchword.model.message import Channel, Fate, Message
from watchword.model.settlement import Asked, Settlement
from watchword.model.token import Token
from watchword.plugin.shapes import Asking, Challenging, Prompting, Standing, TokenType, Tools
from watchword.storage.promises import Store

_PURPOSE = "challenge"
_MOST_OPEN = 10
"""Open questions to one token; the next one closes the oldest."""
_PATIENCE = 8.0
"""Seconds for which a request waits for the outcome of its message."""
_MOST_REPEATS = 2
"""How often the message of one question is sent again."""
_PAUSE = 30_000
"""Milliseconds before it is sent again, at the least; the next pause is twice as long."""


class Wanted(Struct, frozen=True, kw_only=True):
    """A token that is to be asked."""

    token: Token
    kind: TokenType
    asking: Asking
    providers: tuple[str, ...] = ()
    """Who may bring the message, in order."""
    named: bool = False
    """Whether somebody chose them for this person, so that no route has a say."""
    realm: str = ""


class Again(Struct, frozen=True, kw_only=True):
    """Whether the message of a question may be sent again."""

    at: int | None
    """From this moment on (milliseconds UTC); None: not any more, or never."""
    why: str = ""


class Desk:
    """Where questions are asked."""

    def __init__(self, *, store: Store, ring: KeyRing, clock: Clock, dice: Dice, dispatch: Dispatch) -> None:
        self._store = store
        self._now = clock.now
        self._ring = ring
        self._dice = dice
        self._dispatch = dispatch

    async def ask(
        self,
        wanted: Sequence[Wanted],
        held: Iterable[Challenge],
        tools: Tools,
        configuration: Configuration,
        record: Callable[[bool, str], AuditEntry],
    ) -> tuple[Posed, ...]:
        """Ask each token, or say again what is still open. Empty if nothing could be asked.

        ``record`` makes the signed audit row of the whole, given whether anything was asked and why not; it is
        written with the last change.
        """
        posed: list[Posed] = []
        fresh: list[tuple[Wanted, Challenge, Message | None]] = []
        failures: list[str] = []
        ids = identifiers.fresh(self._dice, configuration, len(wanted))
        again = self._open_still(wanted, held, tools.now, configuration)
        for one, identifier in zip(wanted, ids, strict=True):
            still = again.get(one.token.id)
            if still is not None:
                posed.append(self._posed_again(one, still))
                continue
            try:
                make = partial(self._made, one, identifier, held, tools, configuration)
                # A type of somebody else is waited for off the event loop.
                aside = getattr(one.kind, "costly", False)
                sent, challenge, message, more = await asyncio.to_thread(make) if aside else make()
            except Refused as impossible:
                failures.append(f"{one.token.serial}: {impossible.message}")
                continue
            fresh.append((sent, challenge, message))
            posed.append(self._posed(one, identifier, challenge.prompt, more=more))
        lost, reasons, ended = await self._bring(fresh, held, tools.now, configuration)
        posed = [one for one in posed if one.id not in lost]
        why = "; ".join([*failures, *reasons])
        travelled = [challenge.id for _, challenge, message in fresh if message is not None]
        entry = record(bool(posed), why)
        asked = Asked(forget=tuple(sorted(lost)), ended=ended) if lost or ended else None
        if not travelled and fresh:
            asked = self._written(fresh, held, tools.now)
        await self._store.settle(Settlement(at=tools.now, asked=asked, entry=entry))
        return tuple(posed)

    async def repeat(
        self,
        one: Wanted,
        challenge: Challenge,
        configuration: Configuration,
        record: Callable[[bool, str], AuditEntry],
    ) -> str:
        """Bring the message of an open question once more, with the same code; empty, or why it was not.

        A new errand is written down with its audit row before anybody is spoken to. It is brought like any other:
        what is under way when a node dies is never sent by another. The question itself is left as it is.
        """
        async with self._store.unit() as unit:
            await unit.tokens.take_turn(f"repeat {challenge.id}")
            now = self._now()
            [standing] = await unit.challenges.of(challenge.id) or [None]
            errands = await unit.errands.of(challenge.id)
            if standing is None or not standing.open:
                again = Again(at=None, why="the question is not open any more")
            else:
                again = self.again(standing, errands, one.token, one.kind, now, configuration)
            errand = None
            if again.at is not None and again.at <= now:
                errand = self._repeated(errands[-1], challenge, now)
                await unit.errands.add([errand])
            why = again.why if again.at is None else "" if errand is not None else "it is too early for that"
            await unit.audit.append(record(errand is not None, why or "the same code is sent again"))
        if errand is None:
            return why
        receipt = await self._dispatch.bring(errand, configuration, _PATIENCE)
        return receipt.reason if receipt.fate in {Fate.REFUSED, Fate.UNAVAILABLE} else ""

    def shown_again(self, challenge: Challenge) -> Standing:
        """The question as the type sees it that has asked it."""
        data = self._ring.open(_data_context(challenge.id), challenge.data) if challenge.data else b""
        return Standing(
            id=challenge.id,
            prompt=challenge.prompt,
            data=data,
            asked=challenge.asked,
            expires=challenge.expires,
        )

    def again(
        self,
        challenge: Challenge,
        errands: Sequence[Errand],
        token: Token,
        kind: TokenType,
        now: int,
        configuration: Configuration,
    ) -> Again:
        """When the message may be sent again, given all errands of the question, the oldest first.

        The pause is the one in which policy lets no new message go to the token, and doubles; nothing is sent that
        would come too late, or while the one before is on its way.
        """
        if not errands or not challenge.open:
            return Again(at=None, why="the question brings no message")
        if len(errands) > _MOST_REPEATS:
            return Again(at=None, why="it was sent again often enough")
        if errands[-1].stage in {Stage.WAITING, Stage.UNDER_WAY}:
            return Again(at=now + _PAUSE, why="")
        quiet = max(_PAUSE, _challenging(kind).quiet_for(configuration))
        at = max(now, errands[-1].made + quiet * 2 ** (len(errands) - 1))
        if not self.takes_answers(challenge, token, kind, at, configuration):
            return Again(at=None, why="the time of the question is over before that")
        return Again(at=at)

    def _repeated(self, errand: Errand, challenge: Challenge, now: int) -> Errand:
        message = unpacked(errand, self._ring)
        return packed(
            replace(message, seconds=max(1, (challenge.expires - now) // 1000)),
            errand.providers,
            self._ring,
            self._dice,
            now=now,
            expires=challenge.expires,
            challenge=challenge.id,
        )

    def is_right(self, challenge: Challenge, answer: str) -> bool:
        """Whether this is the code of the question."""
        return bool(answer) and self._ring.fingerprint_matches(
            _PURPOSE, challenge.fingerprint, challenge.id, canonical_code(answer)
        )

    def takes_answers(
        self, challenge: Challenge, token: Token, kind: TokenType, now: int, configuration: Configuration
    ) -> bool:
        """Whether the question's time is not over, by the settings of now as well as by those of its hour."""
        life = _challenging(kind).open_for(token, configuration)
        return now <= min(challenge.expires, challenge.asked + life)

    def _open_still(
        self, wanted: Sequence[Wanted], held: Iterable[Challenge], now: int, configuration: Configuration
    ) -> dict[int, Challenge]:
        """The questions that are told again, by token: those asked lately, and prompts that stand beside them.

        Without the latter, an answer under the parent's id would not be held against a token that shows a code.
        """
        again: dict[int, Challenge] = {}
        for one in wanted:
            quiet = _challenging(one.kind).quiet_for(configuration)
            for challenge in self._open_to(one, held, now, configuration):
                if now < challenge.asked + quiet:
                    again.setdefault(one.token.id, challenge)
        parents = {challenge.parent for challenge in again.values()}
        for one in wanted:
            if isinstance(one.kind, Prompting):
                for challenge in self._open_to(one, held, now, configuration):
                    if challenge.parent in parents:
                        again.setdefault(one.token.id, challenge)
        return again

    def _open_to(
        self, one: Wanted, held: Iterable[Challenge], now: int, configuration: Configuration
    ) -> list[Challenge]:
        """The open questions to one token."""
        return [
            challenge
            for challenge in held
            if challenge.token_id == one.token.id
            and challenge.open
            and self.takes_answers(challenge, one.token, one.kind, now, configuration)
        ]

    def _made(
        self,
        one: Wanted,
        identifier: str,
        held: Iterable[Challenge],
        tools: Tools,
        configuration: Configuration,
    ) -> tuple[Wanted, Challenge, Message | None, dict[str, object]]:
        kind = _challenging(one.kind)
        open_to = self._open_to(one, held, tools.now, configuration)
        asking = replace(
            one.asking, transaction=identifier, standing=tuple(self.shown_again(each) for each in open_to)
        )
        question = kind.ask(one.token, asking, tools)
        life = min(kind.open_for(one.token, configuration), kind.good_for(one.token, configuration))
        if question.message is not None:
            if not one.named:
                found = routed(
                    question.message,
                    one.providers,
                    configuration,
                    now=tools.now,
                    realm=one.realm,
                    purpose="login",
                )
                one = replace(one, providers=found)
            if not one.providers:
                raise Refused(f"no provider is set for {question.message.channel.value}")
            life = min([life, *_lives(question.message.channel, one.providers, configuration)])
        code = canonical_code(question.code)
        challenge = Challenge(
            id=identifier,
            token_id=one.token.id,
            serial=one.token.serial,
            kind=one.token.kind,
            prompt=question.prompt,
            fingerprint=self._ring.fingerprint(_PURPOSE, identifier, code) if code else b"",
            data=self._ring.seal(_data_context(identifier), question.data) if question.data else None,
            asked=tools.now,
            expires=tools.now + life,
        )
        message = question.message
        if message is not None:
            message = replace(message, seconds=max(1, life // 1000))
        return one, challenge, message, dict(question.more)

    async def _bring(
        self,
        fresh: list[tuple[Wanted, Challenge, Message | None]],
        held: Iterable[Challenge],
        now: int,
        configuration: Configuration,
    ) -> tuple[frozenset[str], list[str], tuple[Ending, ...]]:
        """Write down and bring what travels; which questions did not arrive, and why, and what became of messages."""
        if not any(message is not None for _, _, message in fresh):
            return frozenset(), [], ()
        errands = {
            challenge.id: self._dispatch.begun(
                packed(
                    message,
                    one.providers,
                    self._ring,
                    self._dice,
                    now=now,
                    expires=challenge.expires,
                    challenge=challenge.id,
                )
            )
            for one, challenge, message in fresh
            if message is not None
        }
        asked = replace(self._written(fresh, held, now), errands=tuple(errands.values()))
        await self._store.settle(Settlement(at=now, asked=asked, entry=None))
        outcomes = await asyncio.gather(
            *(self._dispatch.bring_begun(errand, configuration, _PATIENCE) for errand in errands.values())
        )
        lost: set[str] = set()
        reasons: list[str] = []
        for identifier, (receipt, _) in zip(errands, outcomes, strict=True):
            if receipt.fate in {Fate.REFUSED, Fate.UNAVAILABLE}:
                lost.add(identifier)
                reasons.append(f"{receipt.provider or 'delivery'}: {receipt.reason}")
            elif receipt.fate is Fate.UNCERTAIN:
                reasons.append(f"{receipt.provider}: perhaps sent, {receipt.reason}")
        ended = tuple(ending for _, ending in outcomes if ending is not None)
        return frozenset(lost), reasons, ended

    def _written(
        self, fresh: list[tuple[Wanted, Challenge, Message | None]], held: Iterable[Challenge], now: int
    ) -> Asked:
        """The new questions; where a token has too many open ones, its oldest are closed."""
        asked_tokens = {challenge.token_id for _, challenge, _ in fresh}
        close: list[str] = []
        for token_id in asked_tokens:
            still = [one.id for one in held if one.token_id == token_id and one.open and one.expires >= now]
            close += still[_MOST_OPEN - 1 :]
        return Asked(ask=tuple(challenge for _, challenge, _ in fresh), close=tuple(close))

    def _posed_again(self, one: Wanted, still: Challenge) -> Posed:
        if isinstance(one.kind, Prompting):
            return self._posed(one, still.id, still.prompt)
        return self._posed(one, still.id, _challenging(one.kind).blocked or still.prompt, blocked=True)

    def _posed(
        self,
        one: Wanted,
        identifier: str,
        prompt: str,
        *,
        blocked: bool = False,
        more: dict[str, object] | None = None,
    ) -> Posed:
        return Posed(
            id=identifier,
            serial=one.token.serial,
            label=one.kind.label,
            description=one.token.description,
            prompt=prompt,
            blocked=blocked,
            travels=_challenging(one.kind).channel is not None,
            more=more or {},
        )


def _data_context(identifier: str) -> tuple[str, ...]:
    return (_PURPOSE, identifier, "data")


def _lives(channel: Channel, providers: Iterable[str], configuration: Configuration) -> list[int]:
    """How long a code is good for by the word of each of these providers, in milliseconds."""
    found = [configuration.provider(channel, name) for name in providers]
    said = [seconds_valid(one.timeout) for one in found if one is not None]
    return [seconds * 1000 for seconds in said if seconds is not None]


def _challenging(kind: TokenType) -> Challenging:
    assert isinstance(kind, Challenging)
    return kind
