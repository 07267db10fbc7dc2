"""E-mails into the inbox of a demo."""

from watchword.delivery.inbox import InboxProvider
from watchword.model.message import Channel


class InboxEmailProvider(InboxProvider):
    names = ("InboxEmailProvider",)
    channel = Channel.EMAIL
    title = "E-mails into the inbox of a demo"
