"""A resolver's contract, tried on people whom its `example` writes down."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from watchword.errors import Refused
from watchword.model.configuration import ResolverConfig
from watchword.plugin.shapes import Resolver
from watchword.testing.resolver_contract import PEOPLE, ResolverContract, resolver_context


def resolver_suite(kind: type[Resolver]) -> type:
    """The tests of this resolver. One that cannot be reached is not tried: the kit takes no directory away."""

    class Suite(ResolverContract):
        @pytest.fixture
        async def resolver(self, tmp_path: Path) -> AsyncIterator[Resolver]:
            settings = kind.example(PEOPLE, str(tmp_path))
            if settings is None:
                raise Refused(
                    f"{kind.__name__} declares no example(): inherit ResolverContract in a test of your own."
                )
            config = ResolverConfig(name="people", kind=kind.kind, settings=dict(settings))
            opened = kind(config, resolver_context())
            yield opened
            await opened.close()

        @pytest.fixture
        def unreachable(self) -> Resolver:
            pytest.skip("the kit takes no directory away")

    Suite.__name__ = Suite.__qualname__ = "TestPlugin"
    return Suite
