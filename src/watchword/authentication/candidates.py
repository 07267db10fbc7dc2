"""Which tokens an answer is held against, and how the answer parts into PIN and one-time part. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from watchword.crypto.otp import canonical_code
from watchword.model.attempt import Verdict
from watchword.model.challenge import Challenge
from watchword.model.token import Token
from watchword.plugin.shapes import Judging, TokenType

TOKEN_PIN, PASSWORD, ONLY_OTP, IGNORE_PIN = range(4)
_MODES = {"token_pin": TOKEN_PIN, "password": PASSWORD, "only_otp": ONLY_OTP, "ignore_pin": IGNORE_PIN}


UNJUDGED = Verdict(accepted=False)
WRONG = Verdict(accepted=False, why="wrong otp value")


@dataclass(slots=True)
class Candidate:
    """A token that the answer is held against; filled in while it is judged."""

    token: Token
    kind: TokenType
    mode: int
    pin: str
    otp: str
    pin_matches: bool = False
    verdict: Verdict = UNJUDGED
    challenge: Challenge | None = None
    """The question that the answer is held against, if any."""
    wish: bool = False
    """Whether a type that reads answers by itself takes this one for the wish to be asked."""

    @property
    def accepted(self) -> bool:
        return self.pin_matches and self.verdict.accepted

    @property
    def guessable(self) -> bool:
        """Whether wrong answers are counted for the token."""
        return not isinstance(self.kind, Judging) or self.kind.guessable

    @property
    def is_guess(self) -> bool:
        """Whether the answer can hold a code at all: then it is counted, and not taken for a wish to be asked."""
        long_enough = len(self.otp) >= self.token.digits
        return long_enough and (isinstance(self.kind, Judging) or self.otp.isdecimal())

    @property
    def why(self) -> str:
        """For trace and audit."""
        return self.verdict.why if self.pin_matches else "wrong otp pin"


@dataclass(frozen=True, slots=True)
class Dropped:
    """A token that is not judged. ``counts``: the attempt is a failure of this token all the same; ``free``: never."""

    token: Token
    why: str
    counts: bool = False
    exceeded: bool = False
    free: bool = False


def mode_of(value: object) -> int:
    """The way in which ``otppin`` says that the PIN is to be compared."""
    return _MODES[value] if isinstance(value, str) and value in _MODES else int(str(value))


def parted(
    answer: str, digits: int, *, pin_first: bool, canonical: bool, fillers: str = ""
) -> tuple[str, str]:
    """PIN and one-time part: the last (or first) ``digits`` characters are the one-time part.

    Where the code is canonicalised, blanks and ``fillers`` do not count, so ``123 456`` behind a PIN is one code. The
    PIN is left character by character as it was typed.
    """
    if digits == 0:
        return answer, ""
    place = 0
    found = 0
    for letter in reversed(answer) if pin_first else answer:
        if found == digits:
            break
        place += 1
        if not (canonical and (letter.isspace() or letter in fillers)):
            found += 1
    cut = len(answer) - place if pin_first else place
    pin, otp = (answer[:cut], answer[cut:]) if pin_first else (answer[cut:], answer[:cut])
    return pin, canonical_code(otp) if canonical else otp


def parted_for(kind: TokenType, answer: str, digits: int, *, pin_first: bool) -> tuple[str, str]:
    """The same, as the codes of this type are read."""
    canonical = kind.canonical if isinstance(kind, Judging) else True
    fillers = kind.fillers if isinstance(kind, Judging) else ""
    return parted(answer, digits, pin_first=pin_first, canonical=canonical, fillers=fillers)


def dropped_reason(token: Token, *, path: str, realm: str | None, now: int) -> Dropped | None:
    """Why this token is not even judged, if so. ``realm`` is the owner's, None where there is none."""
    if token.paths and path not in token.paths:
        return Dropped(token, "token is not valid on this path")
    if realm is not None and token.realms and realm not in token.realms:
        return Dropped(token, "token is not in the realm of the user")
    if not token.active:
        return Dropped(token, "Token inactive")
    if token.locked:
        return Dropped(token, "Failcounter exceeded", counts=True)
    if (token.attempts_max and token.attempts >= token.attempts_max) or (
        token.successes_max and token.successes >= token.successes_max
    ):
        return Dropped(token, "Authentication counter exceeded", counts=True, exceeded=True)
    if now < token.valid_from:
        return Dropped(token, "Authentication validity period not yet begun", counts=True)
    if token.valid_until and now > token.valid_until:
        return Dropped(token, "Authentication validity period exceeded", counts=True, exceeded=True)
    return None


def candidate(token: Token, kind: TokenType, answer: str, mode: int, *, pin_first: bool) -> Candidate:
    """The token with the answer parted for it."""
    if kind.needs_own_pin() and mode in {ONLY_OTP, IGNORE_PIN}:
        mode = TOKEN_PIN
    canonical = kind.canonical if isinstance(kind, Judging) else True
    if mode == ONLY_OTP:
        return Candidate(token, kind, mode, "", canonical_code(answer) if canonical else answer)
    pin, otp = parted_for(kind, answer, token.digits, pin_first=pin_first)
    return Candidate(token, kind, mode, pin, otp)


def counted(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Whose failure a refused answer is: those whose PIN matched, or else all."""
    held = list(candidates)
    return [one for one in held if one.pin_matches] or held
