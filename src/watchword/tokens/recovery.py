"""Recovery codes: a sheet of paper for the day when the telephone is gone. Each code opens once.

Threat: whoever reads the database. A code is 80 random bits and is kept as a keyed fingerprint under a key of its
own set, sealed with it (look-up secrets, NIST SP 800-63B section 3.1.2): nothing gives the codes back, and judging
one costs one hash however many there are.
"""

import hmac

from watchword.crypto.fingerprints import fingerprint, keyed_state
from watchword.plugin import (
    BadParameter,
    Dwindling,
    Enrolled,
    Form,
    Judging,
    Portrait,
    Shown,
    Token,
    TokenType,
    Tools,
    Verdict,
    _,
    pick,
)

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that is taken for a digit, or makes words."""
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None})
_LENGTH, _GROUP = 16, 4
_USUAL, _MOST = 10, 50
_KEY = 32
_MARK = 16
"""Bytes that are kept of a code's fingerprint."""
_LONGEST = 100
"""Characters of an answer that are looked at; what is longer is no code."""


class Recovery(TokenType, Judging, Dwindling):
    name, label, prefix = "recovery", "recovery", "RECO"
    title = "Recovery codes (each opens once)"
    portrait = Portrait(
        title=_("Recovery codes"),
        text=_("A sheet of codes for the day when your phone is gone. Each opens once."),
        icon="paper",
        place=30,
        shown_once=True,
        letters=True,
    )
    single = True
    fillers, guessable = "-", False

    def enrol(self, form: Form, tools: Tools) -> Enrolled:
        number = form.number("codes", _USUAL)
        if not 1 <= number <= _MOST:
            raise BadParameter(f"codes must be a number from 1 to {_MOST}.")
        codes = [pick(tools.dice, _ALPHABET, _LENGTH) for _ in range(number)]
        key = tools.dice.bytes(_KEY)
        return Enrolled(
            secret=key + b"".join(_mark(key, code) for code in codes),
            digits=_LENGTH,
            info={"recovery_codes": number, "recovery_codes_left": number},
            show=lambda _label: (
                Shown(
                    name="recovery_codes",
                    description="Recovery codes",
                    order=0,
                    value="\n".join(map(_printed, codes)),
                ),
            ),
        )

    def judge(self, token: Token, otp: str, tools: Tools) -> Verdict:
        """The counter counts uses and the state says of which codes: of two uses that begin with the same count the
        store lets one pass, and so no code passes twice.
        """
        code = otp.upper().translate(_MISREAD) if len(otp) <= _LONGEST else ""
        secret = tools.secret(token)
        marks = [secret[place : place + _MARK] for place in range(_KEY, len(secret), _MARK)]
        mark = _mark(secret[:_KEY], code)
        found = [place for place, kept in enumerate(marks) if hmac.compare_digest(kept, mark)]
        used = list(token.state.get("used", ()))
        if len(code) != _LENGTH or not found:
            return Verdict(accepted=False, why="no such recovery code")
        if found[0] in used:
            return Verdict(accepted=False, why="this recovery code was used before", replayed=True)
        used.append(found[0])
        left = len(marks) - len(used)
        return Verdict(
            accepted=True,
            counter=token.counter + 1,
            state={"used": used, "recovery_codes_left": left},
        )

    def left(self, token: Token) -> int:
        return int(token.state.get("recovery_codes_left", token.info.get("recovery_codes_left", 0)))


def _mark(key: bytes, code: str) -> bytes:
    return fingerprint(keyed_state(key), code)[:_MARK]


def _printed(code: str) -> str:
    """In groups, as it is read aloud and typed: blanks, hyphens and lower case are forgiven."""
    return "-".join(code[place : place + _GROUP] for place in range(0, _LENGTH, _GROUP))
