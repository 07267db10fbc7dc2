"""When a directory that does not answer is left alone, and when it is tried again."""

from watchword.clock import Clock


class Rest:
    """After ``after`` unanswered questions in a row nothing is asked for ``millis``; then one question tries.

    ``after`` None: it never rests.
    """

    def __init__(self, clock: Clock, after: int | None, millis: int) -> None:
        self._clock = clock
        self._after = after
        self._millis = millis
        self._unanswered = 0
        self._since: int | None = None
        self._trying = False

    @property
    def begun(self) -> bool:
        """Whether it rests, or is being tried after a rest."""
        return self._since is not None

    @property
    def lasts(self) -> bool:
        """Whether nothing may be asked now. A clock that was set back does not prolong it."""
        return self._since is not None and self._since <= self._clock.now() < self._since + self._millis

    def admits(self) -> bool:
        """Whether a look-up may be put. Who is let in after a rest tries it for all: until it has `told` what became
        of that, nobody else is.
        """
        if self._since is None:
            return True
        if self.lasts or self._trying:
            return False
        self._trying = True
        return True

    def answered(self) -> None:
        """It answered: all is well."""
        self._unanswered = 0
        self._since = None

    def unanswered(self) -> None:
        """It had a question and gave no answer."""
        self._unanswered += 1
        if self._after is not None and self._unanswered >= self._after:
            self._since = self._clock.now()

    def told(self) -> None:
        """The look-up that was let in is over."""
        self._trying = False
