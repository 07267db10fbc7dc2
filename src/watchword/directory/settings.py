"""Settings of the directories: how much they are asked, and what is remembered of them."""

from typing import Annotated

from msgspec import Meta, Struct

_SECONDS = {"allowed": "a number of seconds from 0.1 to 60"}


class DirectorySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds that hold for each directory by itself, in each worker."""

    seconds: Annotated[
        float,
        Meta(
            ge=0.1,
            le=60.0,
            description="Seconds that one directory has for one answer, waiting for its turn included",
            extra=_SECONDS,
        ),
    ] = 5.0
    at_once: Annotated[
        int, Meta(ge=1, le=1000, description="Questions that one worker puts to one directory at once")
    ] = 16
    waiting: Annotated[
        int,
        Meta(
            ge=0, le=100_000, description="Questions to one directory that may wait; further ones are unknown"
        ),
    ] = 500
    rest_after: Annotated[
        int,
        Meta(
            ge=1, le=10_000, description="Unanswered questions in a row after which a directory is left alone"
        ),
    ] = 5
    rest_seconds: Annotated[
        int,
        Meta(ge=1, le=3600, description="Seconds for which it is left alone; then one question tries it"),
    ] = 10
    remembered: Annotated[
        int,
        Meta(
            ge=0, le=10_000_000, description="People that one worker remembers, and as many names of nobody"
        ),
    ] = 20_000
    last_known: Annotated[
        int,
        Meta(
            ge=0,
            le=2_592_000,
            description="Seconds for which lists show what was last known while a directory does not answer",
        ),
    ] = 86_400
    brake: Annotated[
        int,
        Meta(
            ge=1,
            le=100,
            description="Percent of the people looked up lately who may be missing before a directory is not believed",
        ),
    ] = 10
