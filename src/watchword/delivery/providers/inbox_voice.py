"""Calls into the inbox of a demo."""

from watchword.delivery.inbox import InboxProvider
from watchword.model.message import Channel


class InboxVoiceProvider(InboxProvider):
    names = ("InboxVoiceProvider",)
    channel = Channel.VOICE
    title = "Calls into the inbox of a demo"
