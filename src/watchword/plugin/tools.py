"""Gives token types their tools."""

from watchword.clock import Dice
from watchword.crypto.keyring import KeyRing
from watchword.crypto.passwords import keep_password, password_matches
from watchword.model.configuration import Configuration
from watchword.model.token import secret_context
from watchword.plugin.shapes import Tools


def tools_for(ring: KeyRing, dice: Dice, configuration: Configuration, now: int) -> Tools:
    """What a token type may use at this moment (milliseconds UTC)."""
    return Tools(
        now=now,
        dice=dice,
        secret=lambda token: ring.open(secret_context(token.serial), token.secret),
        settings=configuration,
        keep_password=lambda password: keep_password(ring, password, dice).encode(),
        password_matches=lambda kept, password: password_matches(ring, kept.decode(), password),
    )
