"""Settings of the plug-ins."""

from typing import Annotated

from msgspec import Meta, Struct


class PluginSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where plug-ins of this installation lie, beside those that are installed as packages."""

    folders: Annotated[
        tuple[str, ...], Meta(description="Folders with plug-ins; relative ones count from the home folder")
    ] = ()
    allow_writable: Annotated[
        bool,
        Meta(
            description="Whether folders and files of plug-ins may be ones that the server itself can change, as in a checkout of whoever writes them"
        ),
    ] = False
    seconds: Annotated[
        int, Meta(ge=1, le=60, description="Longest time that a token type of yours may take for one call")
    ] = 2
