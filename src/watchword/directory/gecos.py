"""The fifth field of a passwd line: name, room, mobile, phone, e-mail, parted by commas."""

from typing import NamedTuple


class Gecos(NamedTuple):
    """What the field says; empty texts for what it does not."""

    givenname: str
    surname: str
    room: str
    mobile: str
    phone: str
    email: str


def read_gecos(field: str) -> Gecos:
    """The parts of the field. The first blank parts given name and surname; the address is the part with an @."""
    name, room, mobile, phone, *rest = (*field.split(","), "", "", "", "")
    givenname, _, surname = name.partition(" ")
    email = next((part for part in rest if "@" in part), "")
    return Gecos(givenname, surname, room, mobile, phone, email)
