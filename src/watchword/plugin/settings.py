"""Settings of the plug-ins."""

from typing import Annotated

from msgspec import Meta, Struct


class PluginSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where plug-ins of this installation lie, beside those that are installed as packages."""

    folders: Annotated[
        tuple[str, ...], Meta(description="Folders with plug-ins; relative ones count from the home folder")
    ] = ()
