"""Which providers a message goes over."""

from typing import Any

from tests.household import policy
from watchword.delivery.carriers import CARRIERS, carriers
from watchword.model.configuration import Configuration, ProviderConfig
from watchword.model.message import Channel
from watchword.model.policy import Action, Policy
from watchword.policy.catalogue import Catalogue
from watchword.policy.notation.actions import read_actions
from watchword.policy.saving import check

CONFIGURATION = Configuration(
    providers=tuple(
        ProviderConfig(channel=channel, name=name, class_name="x", default=default)
        for channel, name, default in (
            (Channel.SMS, "first", False),
            (Channel.SMS, "second", True),
            (Channel.VOICE, "ring", True),
        )
    )
)


def _said(*names: str, channel: Channel = Channel.SMS) -> tuple[str, ...]:
    def ask(action: Action[Any]) -> Any:
        return names if action is CARRIERS[channel] else action.default

    return carriers(channel, ask, CONFIGURATION)


def test_without_a_policy_the_channels_default_provider_is_taken() -> None:
    assert _said() == ("second",)
    assert _said(channel=Channel.VOICE) == ("ring",)
    assert _said(channel=Channel.EMAIL) == ()


def test_a_policys_providers_keep_their_order_and_the_default_does_not_step_in() -> None:
    assert _said("first", "second") == ("first", "second")
    assert _said("nobody") == ("nobody",)


def test_a_policy_may_name_several_providers_for_every_channel() -> None:
    catalogue = Catalogue.collect(CARRIERS.values())
    for channel in Channel:
        saved: Policy = check(policy(f"{channel.value}_provider=one two"), catalogue)
        assert read_actions(saved.action) == {f"{channel.value}_provider": "one two"}
