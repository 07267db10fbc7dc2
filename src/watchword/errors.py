"""One family of errors, a slug each.

The slug is for machines and for the audit; each door translates it into its own numbers and words
(`api/linotp/envelope.py` for LinOTP's). A message is a sentence for an administrator: it says what is
wrong and what to do next, and never holds a secret.
"""

from typing import ClassVar


class WatchwordError(Exception):
    """Anything that Watchword refuses or cannot do, with a sentence that says why."""

    slug: ClassVar[str] = "error"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or self.slug).strip().splitlines()[0])

    @property
    def message(self) -> str:
        """The sentence alone."""
        return str(self.args[0])


class NotAuthenticated(WatchwordError):
    """Not authenticated"""

    slug = "not-authenticated"


class NotAllowed(WatchwordError):
    """No policy allows this action."""

    slug = "not-allowed"


class ProofNeeded(NotAllowed):
    """A second factor must be shown anew before factors are changed."""

    slug = "proof-needed"


class MissingParameter(WatchwordError):
    """A parameter that the call needs was not given."""

    slug = "missing-parameter"

    def __init__(self, name: str) -> None:
        super().__init__(f"Missing parameter: {name!r}")
        self.name = name


class BadParameter(WatchwordError):
    """A parameter was given and cannot be used."""

    slug = "bad-parameter"


class BadPaging(BadParameter):
    """A page of a list was asked for that is no number."""

    slug = "bad-paging"


class IllegalPolicyName(BadParameter):
    """No policy can have this name."""

    slug = "illegal-policy-name"


class ConflictingParameters(BadParameter):
    """Two parameters exclude each other."""

    slug = "conflicting-parameters"


class NothingToDo(WatchwordError):
    """None of the parameters that this call knows was given."""

    slug = "nothing-to-do"


class NoSuchToken(WatchwordError):
    """No token has this serial."""

    slug = "no-such-token"


class NotYours(NoSuchToken):
    """The token is somebody else's. It is said as if there were none: whoever asks shall not learn the difference."""

    slug = "not-yours"

    def __init__(self, serial: str) -> None:
        super().__init__(f"There is no token with serial {serial!r}.")


class SeveralTokens(WatchwordError):
    """Several tokens answer to this."""

    slug = "several-tokens"


class SeveralMatches(WatchwordError):
    """Several tokens have this code."""

    slug = "several-matches"


class NoSuchTokenType(WatchwordError):
    """No token type of this name is installed."""

    slug = "no-such-token-type"


class TokenTypeMismatch(WatchwordError):
    """The serial belongs to a token of another type."""

    slug = "token-type-mismatch"


class NoSuchUser(WatchwordError):
    """No user of this name is in the realm."""

    slug = "no-such-user"


class AmbiguousUser(WatchwordError):
    """Two directory entries answer to this name."""

    slug = "ambiguous-user"


class NoSuchRealm(WatchwordError):
    """No realm of this name is defined."""

    slug = "no-such-realm"


class NoSuchResolver(WatchwordError):
    """No resolver of this name is defined."""

    slug = "no-such-resolver"


class NoSuchProvider(WatchwordError):
    """No provider of this name is defined."""

    slug = "no-such-provider"


class LimitReached(WatchwordError):
    """A policy allows no further token."""

    slug = "limit-reached"


class UserLimitReached(LimitReached):
    """The user has as many tokens as policy allows."""

    slug = "user-limit-reached"


class UserTypeLimitReached(LimitReached):
    """The user has as many tokens of this type as policy allows."""

    slug = "user-type-limit-reached"


class Refused(WatchwordError):
    """The change would harm the house and was not made."""

    slug = "refused"


class Unreachable(WatchwordError):
    """A directory or the store did not answer: nothing is known, so nothing is allowed."""

    slug = "unreachable"


class DirectorySilent(Unreachable):
    """A directory did not answer, or cannot be believed: nothing is known of its people, and nobody is gone."""

    slug = "directory-silent"


class Misconfigured(WatchwordError):
    """A setting, file or plug-in is not usable; the message names it."""

    slug = "misconfigured"


class Unsealable(WatchwordError):
    """A sealed secret does not open: wrong key, wrong row, or altered."""

    slug = "unsealable"
