"""What a face says about its log-in: where it is, who may come in, and where people go then."""

from collections.abc import Callable, Mapping
from urllib.parse import quote

from msgspec import Struct

from watchword.authentication.case import Enough
from watchword.model.configuration import Configuration
from watchword.model.person import UserName
from watchword.policy.circumstances import Circumstances
from watchword.policy.snapshot import Snapshot
from watchword.web.translating import Phrase


class Face(Struct, frozen=True, kw_only=True):
    """One face whose people log in by the shared journey."""

    path: str
    """Of attempts and sessions (`Attempt.path`): ``userservice``, ``manage``. No session counts for two faces."""
    action: str
    """What the audit calls a step: ``selfservice/login``."""
    at: str
    """The address of the log-in."""
    prove: str
    """The address at which somebody who is in proves one thing more."""
    home: str
    """Where people go when they are in."""
    places: Mapping[str, str] = {}
    """Other places of this face where people may be sent: an id, which links carry, and its address. With ``{}`` in it,
    the id is followed by a colon and what stands there: a serial.
    """
    within: str = ""
    """Below this address any page of the face may be where somebody goes back to (``/manage/``); empty: only places."""
    cookie: str
    """The name of the session's cookie, without ``__Host-``."""
    title: Phrase
    lead: Phrase
    enough: Enough
    """Whether the password is the whole log-in."""
    named: Callable[[str, str, Configuration], UserName]
    """The user name in what was typed, and the realm that was chosen."""
    asks_code: Callable[[Snapshot, Circumstances], bool] = lambda _snapshot, _who: False
    """Whether the first page has a field for the code, asked about nobody yet (LinOTP: mfa_3_fields)."""
    offers_realms: bool = False
    """Whether the setting ``selfservice.realmbox`` counts here."""

    def place(self, name: str) -> str:
        """The address of a place that people ask for; what is not known is home."""
        if self.within and name.startswith(self.within):
            return name
        known, _, part = name.partition(":")
        address = self.places.get(known, self.home)
        if ("{}" in address) != bool(part):
            return self.home
        return address.replace("{}", quote(part, safe=""))
