"""Which tokens and whom a call is about."""

from collections.abc import Sequence

from msgspec import Struct

from watchword.directory.names import split
from watchword.enrolment.occasion import Occasion
from watchword.errors import MissingParameter, NoSuchTokenType, NoSuchUser
from watchword.model.person import Person
from watchword.model.policy import Action
from watchword.model.token import Token
from watchword.plugin.loading import Kinds
from watchword.plugin.shapes import TokenType
from watchword.storage.promises import Unit
from watchword.web.administrators.unanswered import Unanswered, note_unanswered
from watchword.web.call import Call
from watchword.web.parameters import Params

_LONGEST_LIST = 30


def occasion_of(call: Call) -> Occasion:
    """The rules, hour and address of this call."""
    return Occasion(snapshot=call.snapshot, now=call.now, client=call.client)


async def find_user(call: Call, params: Params | None = None) -> Person | None:
    """Whom ``user``, ``realm`` and ``resConf`` name; None if there surely is no such user."""
    sent = params or call.params
    configuration = call.snapshot.configuration
    name = split(sent.text("user"), configuration, realm=sent.text("realm"), resolver=sent.text("resConf"))
    person = await call.house.directory.find(name, configuration)
    call.note.user = person.login if person is not None else name.login
    call.note.realm = person.realm if person is not None else name.realm
    return person


async def need_user(call: Call) -> Person:
    """The same, or NoSuchUser."""
    call.params.need("user")
    person = await find_user(call)
    if person is None:
        raise NoSuchUser(f"There is no user {call.params.text('user')!r} in this realm: check the spelling.")
    return person


async def owner_of(call: Call, token: Token) -> Person | None:
    """Whose token it is, for deciding something; None if surely nobody's."""
    if token.owner is None:
        return None
    return await call.house.directory.owner(token.owner, call.snapshot.configuration, token.realms)


async def shown_owner_of(call: Call, token: Token) -> Person | None:
    """Whose token it is, for showing: as last known, where the directory does not answer. The audit row says so."""
    if token.owner is None:
        return None
    unanswered: Unanswered = {}
    wanted = {token.owner: token.realms}
    found = await call.house.directory.owners(wanted, call.snapshot.configuration, unanswered)
    note_unanswered(call, unanswered)
    return found[token.owner]


class Target(Struct, frozen=True, kw_only=True):
    """The one token, or all tokens of one user, that a call names."""

    serial: str
    by_user: bool
    person: Person | None

    async def tokens(self, call: Call, unit: Unit, *rights: Action[bool]) -> Sequence[Token]:
        """They, where the administrator has these rights on each of them; else NotAllowed."""
        tokens: tuple[Token, ...]
        if self.serial:
            token = await unit.tokens.by_serial(self.serial)
            tokens = (token,) if token is not None else ()
        else:
            tokens = await unit.tokens.of(self.person.subject) if self.person is not None else ()
        if self.by_user:
            subject = self.person.subject if self.person is not None else None
            tokens = tuple(token for token in tokens if token.owner == subject)
        for token in tokens:
            for permitted in rights:
                call.permit(permitted, token.realms)
        note(call, tokens)
        return tokens


async def target_of(call: Call, params: Params | None = None) -> Target:
    """What ``serial`` or ``user`` name; with both, the token must be that user's. MissingParameter without either."""
    sent = params or call.params
    serial, by_user = sent.text("serial"), bool(sent.text("user"))
    if not serial and not by_user:
        raise MissingParameter("serial")
    return Target(serial=serial, by_user=by_user, person=await find_user(call, sent) if by_user else None)


def note(call: Call, tokens: Sequence[Token]) -> None:
    """Let the audit row name these tokens; a list of several is cut."""
    longest = None if len(tokens) == 1 else _LONGEST_LIST
    call.note.serial = " ".join(token.serial for token in tokens)[:longest]
    labels = dict.fromkeys(label_of(call.house.kinds, token) for token in tokens)
    call.note.token_type = " ".join(labels)[:longest]
    if not call.note.realm and tokens:
        call.note.realm = ",".join(tokens[0].realms)


def kind_of(kinds: Kinds, token: Token) -> TokenType | None:
    """The token's type; None if it is not installed any more."""
    try:
        return kinds.token_type(token.kind)
    except NoSuchTokenType:
        return None


def label_of(kinds: Kinds, token: Token) -> str:
    """The token's type as the dialect spells it."""
    kind = kind_of(kinds, token)
    return kind.label if kind is not None else token.kind
