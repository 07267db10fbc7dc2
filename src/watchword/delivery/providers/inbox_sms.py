"""SMS into the inbox of a demo."""

from watchword.delivery.inbox import InboxProvider
from watchword.model.message import Channel


class InboxSMSProvider(InboxProvider):
    names = ("InboxSMSProvider",)
    channel = Channel.SMS
    title = "SMS into the inbox of a demo"
