"""What a message counts against before it is sent."""

from msgspec import Struct


class Charge(Struct, frozen=True, kw_only=True):
    """One bound that a message counts against, and what it counts there."""

    reason: str
    """The class of refusals by it: ``number-hour``."""
    key: str
    """Whose bound it is. Numbers and names are in it by a keyed fingerprint only."""
    until: int
    """When the count begins anew, milliseconds UTC."""
    most: int = 0
    """Messages until then; 0 is no bound."""
    cost: int = 0
    """In millionths of the budget's currency."""
    most_cost: int = 0
