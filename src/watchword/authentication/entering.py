"""The first step of a log-in of people: the password of the directory.

Threat: guessing it, one after the other or many at once. Failures are counted in the store by person and address;
who has to wait is not looked at; and a right password that was guessed among many counts only if the person does
not have to wait by the time it is known to be right. Nobody, a wrong and no password take the same work.
"""

from watchword.authentication.case import Case
from watchword.directory.finding import Directory
from watchword.limits.throttling import Throttling
from watchword.model.settlement import Lookup
from watchword.storage.promises import Store

WAITS = "too many failures: the next attempt has to wait"


class Entering:
    """Judges passwords of the directory. Nothing is counted or settled here."""

    def __init__(self, *, store: Store, directory: Directory, throttling: Throttling) -> None:
        self._store = store
        self._directory = directory
        self._throttling = throttling

    async def refusal(self, case: Case, password: str) -> tuple[str, bool]:
        """Why the password lets the person get no further, empty if it does; and whether it was a guess.

        `errors.DirectorySilent` if the directory does not answer.
        """
        configuration = case.snapshot.configuration
        problem = case.problem or ("" if case.person is not None else "User not found")
        waits = self._throttling.must_wait(case.bucket, case.now)
        known = case.person if not problem and not waits else None
        right = await self._directory.check_password(known, password, configuration)
        if problem:
            return problem, False
        if waits:
            return WAITS, False
        if not right:
            return "wrong password", True
        held = await self._store.look_up(Lookup(subject=case.subject, client=case.attempt.client))
        bucket = self._throttling.bucket(held.throttles, case.attempt.client)
        return (WAITS, False) if self._throttling.must_wait(bucket, case.now) else ("", False)
