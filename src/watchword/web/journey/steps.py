"""The steps of a person's log-in, without pages: password, choice, question, code. The gate rules on each.

A face calls `begin` with what was typed, and with the session that the browser then holds one of `choose`, `ask`,
`answer`, `repeat`, `standing`. The last four may also be called in a session that is complete: to prove one thing
more, whereby the session stays what it is. Each step that gets on gives the session a new value (`Step.opened`); a step that does
not leaves it as it is. Nobody comes to `State.AUTHENTICATED` but by the gate's yes.

Two settlements lie in a step: the gate's, and the session's. Should a node die between them, a code is spent and
nobody is in: the person logs in anew.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from watchword.authentication.case import Case, Completing, Enough
from watchword.challenges.desk import Again
from watchword.challenges.identifiers import parent_of
from watchword.errors import NotAuthenticated, Unreachable
from watchword.model.attempt import Attempt, Outcome, Posed, Result, Route
from watchword.model.challenge import Challenge
from watchword.model.configuration import Configuration
from watchword.model.person import Person, UserName
from watchword.model.session import PASSWORD, PersonSession, Proof, State
from watchword.model.token import Token
from watchword.selfservice.logging_in import MFA_LOGIN, MFA_PASS_ON_NO_TOKEN
from watchword.web.house import House
from watchword.web.person_sessions import Opened, PersonSessions

_NO = "nothing was answered"


class Way(Struct, frozen=True, kw_only=True):
    """Which tokens may answer, and how their codes travel."""

    kinds: frozenset[str] = frozenset()
    """Names of token types; empty: all."""
    route: Route = Route()


ANY_WAY = Way()


class Step(Struct, frozen=True, kw_only=True):
    """What a step came to."""

    outcome: Outcome
    """The gate's; its ``why`` is for the audit only."""
    opened: Opened | None = None
    """The session as it is now, with its new value; None where the step was refused, and everything is as before."""

    @property
    def state(self) -> State | None:
        """How far the log-in has come by this step; None where it was refused."""
        return self.opened.session.state if self.opened is not None else None

    @property
    def questions(self) -> tuple[Posed, ...]:
        """What was asked in this step."""
        return self.outcome.questions if self.opened is not None else ()


def portal_enough(case: Case) -> bool:
    """Whether the password is the whole log-in at the portal: LinOTP's ``mfa_login`` and ``mfa_passOnNoToken``.

    A rollout token is none that keeps somebody out; one that is disabled or locked is, or losing it would open.
    """
    if not case.ask(MFA_LOGIN):
        return True
    return bool(case.ask(MFA_PASS_ON_NO_TOKEN)) and all(token.rollout for token in case.held.tokens)


async def begin(
    house: House,
    attempt: Attempt,
    *,
    enough: Enough,
    complete: Completing | None = None,
    agent: str = "",
) -> Step:
    """The first step: name and password, and the code where the form has a field for it.

    The attempt has ``action``, ``path``, ``password``, ``client``, and ``answer`` and ``serial`` where a code came
    along; ``complete`` adds the name (`gate.Completing`). Without a password nothing is asked: Step.opened is None.
    """
    outcome = await house.gate.log_in(attempt, enough=enough, complete=complete)
    person = outcome.person
    if outcome.result is Result.NO or person is None:
        return Step(outcome=outcome)
    now = house.clock.now()
    proofs: tuple[Proof, ...] = (Proof(how=PASSWORD, at=now),)
    if outcome.accepted and outcome.token is not None:
        proofs = (*proofs, _shown(outcome, now))
    configuration = (await house.snapshots.current()).configuration
    async with house.store.unit() as unit:
        opened = await sessions_of(house).open(
            unit,
            person,
            path=attempt.path,
            state=State.AUTHENTICATED if outcome.accepted else State.CREDENTIALS_VERIFIED,
            proofs=proofs,
            client=attempt.client,
            configuration=configuration,
            agent=agent,
        )
    return Step(outcome=outcome, opened=opened)


async def answer(
    house: House,
    held: PersonSession,
    code: str,
    *,
    action: str,
    client: str,
    serial: str = "",
    way: Way = ANY_WAY,
) -> Step:
    """The second step: a code of the token with this serial, else of the one that was asked, else of any token.

    No code is no answer, and is refused without a look. A wrong one is counted and leaves the session as it is.
    """
    person = await _known(house, held)
    if person is None or not code.strip():
        return Step(outcome=Outcome(result=Result.NO, why=_NO))
    transaction = held.transaction if serial in {"", held.asked} or not held.asked else ""
    attempt = _attempt(held, person, action=action, client=client, serial=serial or held.asked, way=way)
    outcome = await house.gate.check(replace(attempt, answer=code, transaction=transaction))
    if not outcome.accepted or outcome.token is None or outcome.person is None:
        return Step(outcome=outcome)
    if outcome.person.subject != held.subject:
        return Step(outcome=Outcome(result=Result.NO, why="the name is somebody else's by now"))
    proof = _shown(outcome, house.clock.now())
    if transaction:
        proof = replace(proof, carrier=await _carrier(house, transaction, proof.serial))
    return await _onwards(house, held, outcome, state=State.AUTHENTICATED, proof=proof)


async def ask(
    house: House,
    held: PersonSession,
    *,
    action: str,
    client: str,
    serial: str = "",
    said: str = "",
    way: Way = ANY_WAY,
) -> Step:
    """Ask the token with this serial, or all that can ask; a token that was asked lately is not asked anew.

    ``said`` goes along with a message (LinOTP: data). Nothing is counted, whatever comes of it.
    """
    person = await _known(house, held)
    if person is None:
        return Step(outcome=Outcome(result=Result.NO, why=_NO))
    attempt = _attempt(held, person, action=action, client=client, serial=serial, way=way)
    outcome = await house.gate.check(replace(attempt, said=said, asks=bool(said)))
    if outcome.result is not Result.QUESTION or not outcome.questions:
        return Step(outcome=outcome)
    first = outcome.questions[0].id
    return await _onwards(
        house,
        held,
        outcome,
        state=State.AUTHENTICATED if held.authenticated else State.CHALLENGE_TRIGGERED,
        transaction=parent_of(first) if outcome.together else first,
        asked=serial,
    )


async def repeat(
    house: House, held: PersonSession, *, action: str, client: str, way: Way = ANY_WAY
) -> Outcome:
    """Send the same code once more. `Result.QUESTION` if it is on its way, else ``why`` it is not."""
    person = await _known(house, held)
    if person is None or not held.transaction or not held.asked:
        return Outcome(result=Result.NO, why="no question to one token is open")
    attempt = _attempt(held, person, action=action, client=client, serial=held.asked, way=way)
    return await house.gate.send_again(replace(attempt, transaction=held.transaction))


async def choose(house: House, held: PersonSession, serial: str) -> Step:
    """Choose the token whose code will be typed, or none anew (an empty serial). Nothing is asked and nothing sent."""
    state = State.AUTHENTICATED if held.authenticated else State.CREDENTIALS_VERIFIED
    outcome = Outcome(result=Result.QUESTION, why="chosen")
    return await _onwards(house, held, outcome, state=state, asked=serial)


async def again(house: House, held: PersonSession) -> Again:
    """When the code of this log-in's question may be sent again."""
    challenges = await standing(house, held)
    open_one = next((one for one in challenges if one.open), None)
    if open_one is None or not held.asked:
        return Again(at=None)
    configuration = (await house.snapshots.current()).configuration
    async with house.store.view() as view:
        token = await view.tokens.by_serial(open_one.serial)
        errands = await view.errands.of(open_one.id)
    if token is None:
        return Again(at=None)
    kind = house.kinds.token_type(token.kind)
    return house.desk.again(open_one, errands, token, kind, house.clock.now(), configuration)


async def standing(house: House, held: PersonSession) -> tuple[Challenge, ...]:
    """The questions of this log-in as they stand, for polling; those of other people never."""
    if not held.transaction:
        return ()
    async with house.store.view() as view:
        challenges = await view.challenges.of(held.transaction)
        own = {token.id for token in await view.tokens.of(held.subject)} if challenges else set()
    now = house.clock.now()
    # What was asked of a number of the directory has a token that nobody owns.
    return tuple(
        one for one in challenges if (one.token_id in own or one.serial == held.asked) and one.expires >= now
    )


async def person_of(house: House, held: PersonSession) -> Person | None:
    """Whose session this is, as the directory knows them now; None if they are gone from there, or from the realm.

    `errors.Unreachable` if the directory does not say.
    """
    configuration = (await house.snapshots.current()).configuration
    person = await house.directory.owner(held.subject, configuration, (held.realm,))
    return person if person is not None and person.realm == held.realm else None


def has_more_to_prove(held: PersonSession, tokens: Iterable[Token]) -> bool:
    """Whether the person has a token that was not asked for when the session was opened by less.

    Threat: somebody who knows the password, where it is the whole log-in or after a rollout token, enrols a factor of
    their own beside the owner's. Before such a change a page sends people to `Journey.to_prove`. A token that is
    disabled or locked counts: it is the owner's all the same.
    """
    shown = held.second_factor
    has_real = any(not (token.rollout or token.pending) for token in tokens)
    return has_real and (shown is None or shown.rollout)


def sessions_of(house: House) -> PersonSessions:
    """The sessions of this house's people."""
    return PersonSessions(house.clock, house.dice)


async def _known(house: House, held: PersonSession) -> Person | None:
    try:
        return await person_of(house, held)
    except Unreachable:
        return None


async def _onwards(
    house: House,
    held: PersonSession,
    outcome: Outcome,
    *,
    state: State,
    proof: Proof | None = None,
    transaction: str = "",
    asked: str = "",
) -> Step:
    configuration: Configuration = (await house.snapshots.current()).configuration
    try:
        async with house.store.unit() as unit:
            opened = await sessions_of(house).advance(
                unit,
                held,
                state=state,
                configuration=configuration,
                proof=proof,
                transaction=transaction,
                asked=asked,
            )
    except NotAuthenticated:
        why = "the session was ended, or another request of it was first"
        return Step(outcome=Outcome(result=Result.NO, why=why))
    return Step(outcome=outcome, opened=opened)


async def _carrier(house: House, transaction: str, serial: str) -> str:
    """Which provider has brought the code that was answered."""
    async with house.store.view() as view:
        asked = [one for one in await view.challenges.of(transaction) if one.serial == serial]
        errands = [errand for one in asked for errand in await view.errands.of(one.id)]
    return errands[-1].provider if errands else ""


def _attempt(
    held: PersonSession, person: Person, *, action: str, client: str, serial: str, way: Way
) -> Attempt:
    return Attempt(
        action=action,
        path=held.path,
        user=UserName(login=person.login, realm=held.realm, resolver=held.subject.resolver),
        serial=serial or None,
        verified=True,
        kinds=way.kinds,
        route=way.route,
        client=client,
    )


def _shown(outcome: Outcome, now: int) -> Proof:
    token = outcome.token
    assert token is not None
    return Proof(how=token.kind, at=now, serial=token.serial, rollout=token.rollout)
