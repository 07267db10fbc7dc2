"""What a token type or a resolver must be, and what it may be besides.

A type *decides* and the core *acts*: a type gets a token, an answer and `Tools`, and returns a `Verdict` or an
`Enrolled`. It cannot store, send or log, so it needs no waiting, no mock and no error handling of its own.
What a type can do beyond enrolment it has as an ability (`Judging`, `Resyncing`, ...): the core asks
``isinstance(kind, Judging)`` and never a type's name. Abilities are inherited, so that a type that misspells a
method is refused when it is loaded, and so that the question costs next to nothing.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal, Protocol

from msgspec import Struct

from watchword.clock import Clock, Dice
from watchword.errors import BadParameter, WatchwordError
from watchword.model.attempt import Verdict
from watchword.model.configuration import ResolverConfig
from watchword.model.message import Channel, Message
from watchword.model.policy import Action
from watchword.model.token import Token


class Settings(Protocol):
    """System settings by LinOTP's names. A `Configuration` is one, and so no copy is made for a judgement."""

    def text(self, name: str, default: str = "") -> str: ...

    def number(self, name: str, default: int) -> int:
        """The setting, or the default where it is not set or no number."""
        ...

    def flag(self, name: str, *, default: bool = False) -> bool: ...


class Tools(Struct, frozen=True, kw_only=True):
    """What a type may use: the hour, dice, its own seed, settings, and the keeping of passwords."""

    now: int
    """Milliseconds UTC."""
    dice: Dice
    secret: Callable[[Token], bytes]
    """Opens the token's own secret."""
    settings: Settings
    keep_password: Callable[[str], bytes]
    """A password in the form in which it is kept as a secret (slow on purpose)."""
    password_matches: Callable[[bytes, str], bool]
    """Whether a password is the kept one (slow on purpose)."""


class Form(Protocol):
    """What was filled in at enrolment; reading a field names it in the error."""

    def text(self, name: str, default: str = "") -> str:
        """The field, or the default where it is missing or empty."""
        ...

    def need(self, name: str) -> str:
        """The field; raises `errors.MissingParameter` where it is missing."""
        ...

    def number(self, name: str, default: int) -> int:
        """The field as a number; raises `errors.BadParameter` where it is none."""
        ...

    def items(self) -> Iterable[tuple[str, str]]:
        """All fields with what they say."""
        ...

    def flag(self, name: str) -> bool:
        """Whether the field is ``1`` or ``true``; raises `errors.BadParameter` for other words."""
        ...


class Shown(Struct, frozen=True, kw_only=True):
    """Something that is shown once, at enrolment, as text and as a QR code of it."""

    name: str
    """Key in the answer: ``otpkey``, ``enrollment_url``."""
    description: str
    order: int
    value: str

    def __repr__(self) -> str:
        return f"Shown(name={self.name!r})"


class Label(Struct, frozen=True, kw_only=True):
    """How an authenticator app shall name the account (policies ``tokenlabel`` and ``tokenissuer``)."""

    issuer: str
    account: str


class Enrolled(Struct, frozen=True, kw_only=True):
    """A new token as its type wants it: the core adds serial, owner, PIN, limits, and seals the secret."""

    secret: bytes
    digits: int = 6
    info: Mapping[str, Any] = {}
    pin: str | None = None
    """Where the type has words of its own for the PIN in the form; None: what the form says as ``pin``."""
    successes_max: int = 0
    show: Callable[[Label], tuple[Shown, ...]] = lambda _label: ()
    """What to show once, given the label; never kept."""

    def __repr__(self) -> str:
        return f"Enrolled(digits={self.digits}, info={dict(self.info)!r})"


class Dictated(Struct, frozen=True, kw_only=True):
    """A field of the enrolment form that policy fills in where people enrol for themselves."""

    field: str
    action: Action[Any]
    """Its default, None, leaves the field as it was filled in."""
    words: Mapping[Any, str] = {}
    """How the form says what the policy says, where the two differ (``2`` is ``sha256``)."""

    def written(self, value: Any) -> str:
        """The policy's value as the form says it."""
        return self.words.get(value, str(value))


class Wanted(Struct, frozen=True, kw_only=True):
    """A field that people fill in when they enrol a token for themselves. Texts are marked by `words._`."""

    name: str
    """As `TokenType.enrol` reads it."""
    label: str
    kind: Literal["text", "tel", "email", "password", "number", "select", "checkbox"] = "text"
    help: str = ""
    attribute: str = ""
    """What the directory calls it, so that it is filled in."""
    longest: int = 200
    choices: tuple[str, ...] = ()
    """Of a ``select``."""
    default: str = ""
    needed: bool = True


class Adjusted(Struct, frozen=True, kw_only=True):
    """A system setting of a token type. It is kept as ``<type>.<name>``, so that no two types meet."""

    name: str
    label: str
    default: str | int | bool
    """Says its type, too."""
    help: str = ""
    choices: tuple[str, ...] = ()
    """Of a text: what it may be; empty: anything."""
    least: int = 0
    """Of a number."""
    most: int = 2**31 - 1

    def read(self, said: str) -> str | int | bool:
        """What was said, as its type; `errors.BadParameter` where it cannot be so."""
        if isinstance(self.default, bool):
            if said.strip().lower() in {"true", "1", "yes", "on"}:
                return True
            if said.strip().lower() in {"false", "0", "no", "off", ""}:
                return False
            raise BadParameter(f"{self.name} must be true or false.")
        if isinstance(self.default, int):
            number = said.strip()
            short = number.isascii() and number.isdecimal() and len(number) <= _DIGITS_OF_NUMBERS
            if short and self.least <= int(number) <= self.most:
                return int(number)
            raise BadParameter(f"{self.name} must be a whole number from {self.least} to {self.most}.")
        if self.choices and said not in self.choices:
            raise BadParameter(f"{self.name} must be one of {', '.join(self.choices)}.")
        return said


class Example(Struct, frozen=True, kw_only=True):
    """What the test kit tries a type with: how one is enrolled, and right answers to it."""

    form: Mapping[str, str] = {}
    """What is filled in to enrol one."""
    settings: Mapping[str, str] = {}
    """System settings, by their whole names."""
    answers: Callable[[Token, "Tools"], Sequence[str]] | None = None
    """Three right answers in their order; None: there are none, or they are shown at enrolment."""


class Portrait(Struct, frozen=True, kw_only=True):
    """How a type is told to people, in plain words that are marked by `words._`."""

    title: str
    """What they choose, and what they have: ``Code by text message``."""
    text: str
    """A sentence on what it is like."""
    icon: str = "key"
    """One of the symbols of pages."""
    place: int = 50
    """Where it stands among the others; the first is recommended."""
    suggested: str = ""
    """A name for a new one."""
    fields: tuple[Wanted, ...] = ()
    shown_once: bool = False
    """Whether enrolling is over when it was shown: it is written down. Else a right answer finishes it."""
    letters: bool = False
    """Whether letters are in its codes."""
    once_more: bool = False
    """Whether people choose the answer, and type it once more to finish."""


class TokenType(ABC):
    """One kind of token. `name` is what requests say, lower case."""

    requires: ClassVar[tuple[int, int]] = (1, 0)
    """For which version of these shapes it was written (`versions.PLUGIN_API`)."""
    name: ClassVar[str]
    label: ClassVar[str]
    """Spelling in LinOTP's dialect (``HMAC``, ``TOTP``, ``pw``)."""
    prefix: ClassVar[str]
    """Of generated serials."""
    title: ClassVar[str]
    portrait: ClassVar[Portrait | None] = None
    """How people are told of it; None: by its title."""
    fields: ClassVar[tuple[Wanted, ...]] = ()
    """What administrators fill in when they enrol one; empty: what people do (`portrait`)."""
    settings: ClassVar[tuple[Adjusted, ...]] = ()
    """Its system settings."""
    actions: ClassVar[tuple[Action[Any], ...]] = ()
    """Policy actions about this type, beyond ``init<TYPE>`` and ``maxtoken<TYPE>``; those of `dictated` too."""
    dictated: ClassVar[tuple[Dictated, ...]] = ()
    self_enrolment: ClassVar[bool] = True
    """Whether people may enrol it themselves (declares ``enroll<TYPE>``)."""
    prepared_by_default: ClassVar[bool] = False
    """Enrolled when a request names no type."""
    single: ClassVar[bool] = False
    """Whether a person has one at most: a new one takes the place of the one before."""
    replaces_lost: ClassVar[str] = ""
    """In which way tokens of this type stand in for a lost one: ``password``, ``sms``, ``email``; empty: they do not.

    Such a type is enrolled by ``otpkey``, ``phone`` or ``email_address``.
    """

    @abstractmethod
    def enrol(self, form: Form, tools: Tools) -> Enrolled:
        """Make a token of what was filled in, or raise `BadParameter`, `MissingParameter`."""

    def needs_own_pin(self) -> bool:
        """Whether the token's own PIN counts although policy ignores PINs (there is nothing else to judge)."""
        return False

    def setting(self, name: str, settings: Settings) -> Any:
        """The value of one of its `settings`: its default where it is not set, or set to what cannot be."""
        [one] = [each for each in self.settings if each.name == name]
        said = settings.text(f"{self.name}.{name}")
        try:
            return one.read(said) if said else one.default
        except BadParameter:
            return one.default

    @classmethod
    def example(cls) -> Example:
        """What the test kit tries it with (``watchword plugin check``)."""
        return Example()


class Judging(ABC):
    """Rules on an answer that came unasked.

    ``otp`` is the one-time part of the answer. ``costly`` says that judging takes milliseconds (a password
    hash): the gate then judges in its bounded pool, after all cheap checks.
    """

    costly: ClassVar[bool] = False
    canonical: ClassVar[bool] = True
    """Whether blanks and full-width digits in ``otp`` are canonicalised before judging (codes, not passwords)."""
    fillers: ClassVar[str] = ""
    """What may stand between the groups of a code besides blanks; it does not count where the answer is parted, and
    is left in ``otp``."""
    guessable: ClassVar[bool] = True
    """False for codes too long to be guessed: a wrong answer then counts for the person and other tokens, and
    nobody can lock this one."""

    @abstractmethod
    def judge(self, token: Token, otp: str, tools: Tools) -> Verdict: ...


class Resyncing(ABC):
    """Finds its place again from two consecutive codes, as they were typed."""

    @abstractmethod
    def resync(self, token: Token, first: str, second: str, tools: Tools) -> Verdict:
        """Accepted: the token's new place. Nobody is let in by it, and no code of the past opens again."""


class Recognising(ABC):
    """Tells whether a code, as it was typed, is its own, without using it up (search by code)."""

    @abstractmethod
    def recognises(self, token: Token, otp: str, tools: Tools) -> Verdict:
        """Accepted with the counter that the token would move to, if the code could be used now."""


class Showing(ABC):
    """Can show a second time what was shown at enrolment. It is asked to as long as the owner has not finished."""

    @abstractmethod
    def show(self, token: Token, label: Label, tools: Tools) -> tuple[Shown, ...]: ...


class Dwindling(ABC):
    """Is used up one day."""

    @abstractmethod
    def left(self, token: Token) -> int:
        """How often it can still be used."""


class Moment(Struct, frozen=True, kw_only=True):
    """When a time-based code was current."""

    counter: int
    at: int
    """Milliseconds UTC of the start of the step."""
    step: int
    """Seconds."""


class Timed(ABC):
    """Knows when a code of its past was current (LinOTP: totp_lookup)."""

    @abstractmethod
    def moment_of(self, token: Token, otp: str, span: int, tools: Tools) -> Moment | None:
        """The step within the last ``span`` seconds that had this code; never one of the future."""


class Adjustable(ABC):
    """Takes changes of its own settings by an administrator (``hashlib``, ``timeStep``, ``timeWindow`` ...)."""

    adjustable: ClassVar[tuple[str, ...]]

    @abstractmethod
    def adjust(self, token: Token, name: str, value: str) -> Token:
        """The token after the change of one of `adjustable`, or `BadParameter`. No used code opens again."""


class Pinned(ABC):
    """Has a PIN within its codes, besides the PIN in front of them (LinOTP: ``otppin``, the user PIN)."""

    @abstractmethod
    def repinned(self, token: Token, pin: str, tools: Tools) -> bytes:
        """The token's secret with another PIN in it, or `BadParameter`."""


class Standing(Struct, frozen=True, kw_only=True):
    """A question to the token that still takes answers."""

    id: str
    prompt: str
    data: bytes
    """What the type wanted to see again (`Question.data`)."""
    asked: int
    expires: int


class Asking(Struct, frozen=True, kw_only=True):
    """What a type is told when it is to ask: the rules, what the directory knows, what the request said."""

    rules: Callable[[Action[Any]], Any]
    """What policy says to an action, about this person here and now."""
    attributes: Mapping[str, str]
    """The owner's attributes in the directory; empty for a token of nobody."""
    transaction: str = ""
    """The id that the question will have."""
    sent: Mapping[str, str] = {}
    """All else that the request says, for types that read it by themselves."""
    standing: tuple[Standing, ...] = ()
    """The questions to the token that still take answers."""
    said: str = ""
    """The text that came with the request (LinOTP: data, message)."""
    goal: str = ""
    """The number or address that the code must go to, and nowhere else; empty: where the token says."""


class Question(Struct, frozen=True, kw_only=True):
    """What a type wants asked. The core keeps it, sends its message, and holds the answer against the code."""

    prompt: str
    """What the person is told."""
    code: str = ""
    """The right answer, kept only as a keyed fingerprint; empty where the type judges the answer by itself."""
    message: Message | None = None
    more: Mapping[str, Any] = {}
    """Further keys of the reply (LinOTP: the attributes of a challenge)."""
    data: bytes = b""
    """What the type is to see again with the answer (`Standing`); kept sealed."""

    def __repr__(self) -> str:
        return f"Question(prompt={self.prompt!r})"


_DIGITS_OF_SECONDS = 9
_DIGITS_OF_NUMBERS = 10
_LONGEST_SECONDS = 366 * 24 * 3600
"""What is set beyond is a slip, and no date."""


def _millis(seconds: int) -> int:
    return min(max(seconds, 0), _LONGEST_SECONDS) * 1000


class Challenging(ABC):
    """Asks first. An answer to a question that has a code is judged by the core, any other by `Judging.judge`."""

    name: ClassVar[str]
    only_asked: ClassVar[bool] = False
    """Whether it takes answers to its questions only (the code comes by telephone); else policy decides
    (``challenge_response``) whether it asks at all."""
    pin_with_answer: ClassVar[bool] = True
    """Whether an answer that names its transaction may have the PIN in front of the code."""
    channel: ClassVar[Channel | None] = None
    """How its questions travel; None: they are only shown."""
    prompt: ClassVar[str] = "Otp:"
    """What the person is told, where the setting ``<TYPE>_CHALLENGE_PROMPT`` says nothing else."""
    blocked: ClassVar[str] = ""
    """What the person is told instead while the open question is not asked anew."""
    quiet: ClassVar[int] = 0
    """Seconds for which an open question is not asked anew, where the setting ``<Type>BlockingTimeout`` says
    nothing else; 0: it always is, whatever the setting says."""
    asks_again: ClassVar[Action[bool] | None] = None
    """By which policy a right answer is followed by the next question at once (LinOTP: ``autosms``)."""
    asks_without_pin: ClassVar[Action[bool] | None] = None
    """By which policy a request that names the token and brings a text needs no PIN (LinOTP: ``trigger_sms``)."""

    @abstractmethod
    def ask(self, token: Token, asking: Asking, tools: Tools) -> Question:
        """The question, or `errors.Refused` with the reason why there can be none (no number)."""

    def prompted(self, settings: Settings) -> str:
        """What the person is told."""
        return settings.text(f"{self.name.upper()}_CHALLENGE_PROMPT") or self.prompt

    def open_for(self, token: Token, settings: Settings) -> int:
        """Milliseconds for which a question takes answers, by the settings of now."""
        own = str(token.info.get("challenge_validity_time", ""))
        if own.isdecimal():
            return _millis(int(own[:_DIGITS_OF_SECONDS]))
        common = settings.number("DefaultChallengeValidityTime", 120)
        return _millis(self._seconds("ChallengeValidityTime", settings, common))

    def good_for(self, token: Token, settings: Settings) -> int:
        """Milliseconds for which the right answer stays right, by the settings of the hour of asking.

        Later it counts as wrong although the question is open.
        """
        return self.open_for(token, settings)

    def quiet_for(self, settings: Settings) -> int:
        """Milliseconds for which an open question is not asked anew."""
        return _millis(self._seconds("BlockingTimeout", settings, self.quiet)) if self.quiet else 0

    def _seconds(self, ending: str, settings: Settings, otherwise: int) -> int:
        """The setting of this type, which administrators know in three spellings."""
        for spelling in (self.name.capitalize(), self.name.upper(), self.name):
            seconds = settings.number(f"{spelling}{ending}", -1)
            if seconds >= 0:
                return seconds
        return otherwise


class Prompting(Challenging):
    """Asks by its prompt alone, and judges the answer as it judges one that came unasked."""

    pin_with_answer = False

    def ask(self, token: Token, asking: Asking, tools: Tools) -> Question:
        return Question(prompt=self.prompted(tools.settings))


class Deferred(Challenging):
    """Its questions are answered elsewhere, as by a button on a page: whoever asked waits, and polls.

    The page at ``/answer?transactionid=...`` shows what the type's file has in its block ``answer``, and hands on what
    is sent from there. The gate makes the answer true once, like any other.
    """

    only_asked = True

    @abstractmethod
    def answered(self, token: Token, transaction: str, form: Form, tools: Tools) -> Verdict:
        """What is thought of the answer. Refused with ``final``: the person said no, and the question is closed."""

    def ask(self, token: Token, asking: Asking, tools: Tools) -> Question:
        return Question(prompt=self.prompted(tools.settings))


class Record(Struct, frozen=True, kw_only=True):
    """A directory's entry, in text: what is binary in the directory, its resolver writes as text, always alike.

    ``attributes`` never holds a password or its hash, and of several values the first.
    """

    userid: str
    login: str
    attributes: Mapping[str, str] = {}


class KeptPeople(Protocol):
    """The people whom the store keeps for one resolver, for reading."""

    async def find(self, login: str) -> Record | None:
        """By login, compared without regard to case."""
        ...

    async def get(self, userid: str) -> Record | None: ...

    async def kept_password(self, userid: str) -> str:
        """The kept form of this person's password, empty if there is none."""
        ...

    def each(self) -> AsyncIterator[Record]:
        """All of them, by login."""
        ...


async def anywhere(host: str, port: int) -> None:
    """The rule of who may speak to every server."""


class ResolverContext(Struct, frozen=True, kw_only=True):
    """All that a resolver is given of the house besides its configuration."""

    clock: Clock
    people: KeptPeople
    """Whom the store keeps under this resolver's name."""
    secret: Callable[[str], str]
    """Opens one of the resolver's own secret settings; empty if it is not set."""
    password_matches: Callable[[str, str], Awaitable[bool]]
    """Whether a kept hash is this password's; computed aside, few at once. A hash that is none takes as long."""
    allow: Callable[[str, int], Awaitable[None]] = anywhere
    """The operator's rule (``outbound.allow``): raises `errors.Refused` for a server that may not be spoken to."""


class Trial(Struct, frozen=True, kw_only=True):
    """What came of one step when a resolver was tried out."""

    step: str
    """What was tried: ``ldaps://dc1.example.org``."""
    problem: str = ""
    """Why it failed, in the directory's own words, never with a secret; empty where it worked."""
    found: int = 0
    """How many people this step found."""


class Resolver(ABC):
    """Finds people in one directory. All calls may take time; `errors.Unreachable` means "unknown", never "gone".

    One instance serves one configuration, for many calls at once, until `close`.
    """

    requires: ClassVar[tuple[int, int]] = (1, 0)
    """For which version of these shapes it was written (`versions.PLUGIN_API`)."""
    kind: ClassVar[str]
    """Name in our configuration."""
    dialect_type: ClassVar[str]
    """LinOTP's type: ``sqlresolver``, ``passwdresolver``, ``ldapresolver``."""
    dialect_class: ClassVar[str]
    """The middle of LinOTP's spec: ``SQLIdResolver`` in ``useridresolver.SQLIdResolver.IdResolver.name``."""
    needs: ClassVar[tuple[str, ...]] = ()
    """Settings without which it cannot work."""
    takes: ClassVar[tuple[str, ...]] = ()
    """Settings that it can do without."""
    secret_settings: ClassVar[tuple[str, ...]] = ()
    """Those of its settings that are kept sealed and never shown."""
    reached_by: ClassVar[tuple[str, ...]] = ()
    """Those of its settings that say to whom the secrets are shown: changing one asks for the secrets anew."""
    meanings: ClassVar[Mapping[str, str]] = {}
    """What each of these settings says, for the manual: a sentence each."""
    in_order: ClassVar[bool] = True
    """Whether a search lists people by login; else it lists them as the directory does."""
    lifetime: ClassVar[int | None] = 60_000
    """For how many milliseconds what was found, or surely not, may be remembered; None: until the
    configuration's revision moves."""
    rests: ClassVar[bool] = True
    """Whether it is left alone for some seconds when it does not answer. Not where asking costs next to nothing."""

    def __init__(self, config: ResolverConfig, context: ResolverContext) -> None:
        """Keep what is needed; nothing is opened yet."""
        self.config = config
        self.context = context

    @classmethod
    def ids_of(cls, settings: Mapping[str, str]) -> str:  # noqa: ARG003  for those that look at them
        """What makes the ids of people by these settings: where it changes, tokens follow their owners' logins."""
        return ""

    async def verify(self) -> None:
        """Raise `errors.BadParameter` if these settings can never work; asked before they are stored.

        A server that does not answer now is no reason.
        """
        return

    @abstractmethod
    async def find(self, login: str) -> Record | None:
        """The entry with this login (compared as the directory does), None if surely there is none.

        ``login`` comes in canonical form: NFKC, no blanks around it, no control characters, never empty.
        Two entries that answer to it: `errors.AmbiguousUser`.
        """

    @abstractmethod
    async def get(self, userid: str) -> Record | None:
        """The entry with this id."""

    @abstractmethod
    async def check_password(self, record: Record, password: str) -> bool:
        """Whether the directory takes this password for this entry; an empty one never."""

    @abstractmethod
    def search(self, patterns: Mapping[str, str]) -> AsyncIterator[Record]:
        """Entries whose attributes match all patterns, by login (`plugin.patterns.matcher` tells what matches)."""

    async def try_out(self) -> AsyncIterator[Trial]:
        """Try what the configuration names, step by step: what fails is told and not raised, and the next is tried.

        Unless a resolver knows more steps, there is one: to list everybody.
        """
        found, problem = 0, ""
        try:
            async for _ in self.search({}):
                found += 1
        except WatchwordError as trouble:
            problem = trouble.message
        yield Trial(step=self.config.name, problem=problem, found=found)

    @classmethod
    def example(cls, people: Sequence[Any], folder: str) -> Mapping[str, str] | None:
        """Settings with which it finds exactly these ``people`` (`testing.resolver_contract.Someone`), for the test kit
        (``watchword plugin check``): write them down in the folder. None: it needs a test of its own.
        """
        del people, folder
        return None

    async def close(self) -> None:
        """Give back what was opened."""
        return


class Writing(ABC):
    """Changes people in their directory, where its configuration says that it may (`writable`).

    Both calls raise `errors.Refused` where it may not, `errors.NoSuchUser` if the entry is surely gone,
    `errors.NotAllowed` if the directory forbids it to our account, `errors.BadParameter` with the directory's words
    if it does not take the value, and `errors.Unreachable` if nobody knows whether it was changed. What is remembered
    of a person is none of its business: whoever calls it forgets that.
    """

    @property
    @abstractmethod
    def writable(self) -> bool: ...

    @abstractmethod
    async def set_attributes(self, record: Record, values: Mapping[str, str]) -> None:
        """Set attributes by the names of `Record.attributes`, all or none; an empty value removes one.

        `errors.BadParameter` for a name that the resolver does not know.
        """

    @abstractmethod
    async def set_password(self, record: Record, password: str) -> None:
        """Give the person another password; an empty one is refused (`errors.BadParameter`)."""
