"""Codes that are sent: drawn by the dice when they are asked for, told to one number or address, right once.

Types of this kind say where a code goes and how the message reads. Foreign words (the request's, the directory's)
are put into a message in one pass, so that nobody's name is read as a placeholder.
"""

import re
from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from msgspec.structs import replace

from watchword.clock import pick
from watchword.errors import BadParameter, Refused
from watchword.model.message import Channel, Message
from watchword.model.policy import Action
from watchword.model.token import Token
from watchword.plugin.seeds import algorithm_of, digits_of
from watchword.plugin.shapes import (
    Adjustable,
    Asking,
    Challenging,
    Enrolled,
    Form,
    Question,
    Settings,
    TokenType,
    Tools,
)

CODE = "<otp>"
SERIAL = "<serial>"
TRANSACTION = "<transactionid>"

_CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff"
"""Line breaks, control characters, turns of the writing direction, and halves of characters."""
_NO_ADDRESS = rf"{_CONTROLS}\s<>(),;\"\\@"

NUMBER = re.compile(rf"(?=.*\d)[^{_CONTROLS}]{{1,100}}")
"""A telephone number as people write it, or an extension: one line with a digit in it."""
MAILBOX = re.compile(rf"(?!.{{255}})[^{_NO_ADDRESS}\[\]:]+@[^{_NO_ADDRESS}]+")
"""One bare address (RFC 5321 section 4.1.2 without quoted names): nothing in it begins a second one."""

_LENGTHS = range(4, 11)
"""What an administrator may set as a token's length: less is guessed, more is not typed."""
_LONGEST_SAID = 1600
"""Characters of the request's text; gateways take no longer message."""
_LONGEST_WORD = 200
_UNSEEN = re.compile(f"[{_CONTROLS}]+")
_UNSEEN_BUT_LINES = re.compile(rf"(?:(?!\n)[{_CONTROLS}])+")


class SentCode(TokenType, Challenging, Adjustable):
    """A token type whose codes are sent."""

    only_asked = True
    channel: ClassVar[Channel]
    address: ClassVar[str]
    """What forms and the token info call the number or address: ``phone``."""
    fits: ClassVar[re.Pattern[str]] = NUMBER
    attribute: ClassVar[str] = "mobile"
    """What the directory calls it."""
    dynamic: ClassVar[Action[bool]]
    """By which policy the directory's word on it goes before the token's."""
    hashlib: ClassVar[str] = "sha1"
    """Shown in the token info because clients expect it; no code is made by it."""

    @abstractmethod
    def worded(self, message: Message, token: Token, asking: Asking) -> Message:
        """The message, whose code and goal are given, with its text."""

    def enrol(self, form: Form, tools: Tools) -> Enrolled:
        address = self._checked(form.need(self.address))
        info = {self.address: address, "hashlib": algorithm_of(form, self.hashlib)}
        return Enrolled(secret=b"", digits=digits_of(form, tools), info=info)

    def adjust(self, token: Token, name: str, value: str) -> Token:
        return replace(token, info={**token.info, self.address: self._checked(value)})

    def ask(self, token: Token, asking: Asking, tools: Tools) -> Question:
        if token.digits not in _LENGTHS:
            raise Refused(f"A code of {token.digits} digits is not sent: set OtpLen of {token.serial} to 6.")
        message = Message(
            channel=self.channel,
            to=self._reached(token, asking),
            text="",
            code=pick(tools.dice, "0123456789", token.digits),
            seconds=max(1, self._life(token, tools.settings) // 1000),
        )
        return Question(
            prompt=self.prompted(tools.settings),
            code=message.code,
            message=self.worded(message, token, asking),
        )

    def _life(self, token: Token, settings: Settings) -> int:
        return min(self.open_for(token, settings), self.good_for(token, settings))

    def goal(self, token: Token, asking: Asking) -> str:
        """The number or address to which a code would go now, as it was given; empty if there is none."""
        if asking.goal:
            return asking.goal if self.fits.fullmatch(asking.goal) else ""
        held = [str(token.info.get(self.address, ""))]
        if asking.rules(self.dynamic):
            held.insert(0, asking.attributes.get(self.attribute, ""))
        return next((address for address in held if self.fits.fullmatch(address)), "")

    def _reached(self, token: Token, asking: Asking) -> str:
        goal = self.goal(token, asking)
        if not goal:
            raise Refused(
                f"The token {token.serial} has no usable {self.address}: set one, or enter it in the directory."
            )
        return goal

    def _checked(self, address: str) -> str:
        if not self.fits.fullmatch(address):
            raise BadParameter(f"{self.address} cannot be used as it is: send one, on one line.")
        return address


def fields_of(token: Token, asking: Asking) -> dict[str, str]:
    """What a message may name besides the code: the token's serial, and what the directory knows of its owner."""
    known = {name: one_line(value)[:_LONGEST_WORD] for name, value in asking.attributes.items() if name}
    return {**known, "serial": token.serial}


def filled(template: str, words: Mapping[str, str]) -> str:
    """The template with every placeholder replaced that has a word. What was put in is not read again."""
    return re.sub("|".join(map(re.escape, words)), lambda found: words[found[0]], template)


def one_line(text: str) -> str:
    """The text on one line, so that nobody's name becomes a header."""
    return _UNSEEN.sub(" ", text).strip()


def said_by(asking: Asking) -> str:
    """The request's own text, if it brought one, without what no telephone shows."""
    return _UNSEEN_BUT_LINES.sub(" ", asking.said[:_LONGEST_SAID]).strip()
