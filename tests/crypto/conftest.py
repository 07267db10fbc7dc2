"""What the tests of this room share."""

from pathlib import Path

import pytest

from watchword.clock import SystemDice
from watchword.crypto.keyring import KeyRing


@pytest.fixture(scope="session")
def dice() -> SystemDice:
    return SystemDice()


@pytest.fixture
def ring_path(tmp_path: Path) -> Path:
    return tmp_path / "keyring.toml"


@pytest.fixture(scope="session")
def ring(tmp_path_factory: pytest.TempPathFactory, dice: SystemDice) -> KeyRing:
    return KeyRing.create(tmp_path_factory.mktemp("ring") / "keyring.toml", dice, 1_767_225_600_123)


@pytest.fixture(scope="session")
def other_ring(tmp_path_factory: pytest.TempPathFactory, dice: SystemDice) -> KeyRing:
    return KeyRing.create(tmp_path_factory.mktemp("other") / "keyring.toml", dice, 1_767_225_600_123)
