"""A token type's contracts, tried with what its class says and what is shown when one is enrolled."""

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from watchword.plugin.guarding import guarded
from watchword.plugin.loading import Kinds
from watchword.plugin.shapes import Example, Judging, Label, TokenType
from watchword.testing.bench import Bench
from watchword.testing.token_type_contract import CONTRACTS, JudgingContract, TokenTypeContract
from watchword.web.faces import TypeFaces, enrolment_fields, field_of, settings_fields
from watchword.web.pages import Pages
from watchword.web.settings import PageSettings

_ANSWERS = 3


def token_type_suite(kind: type[TokenType], path: Path) -> type:
    """The tests of all contracts that this type has to keep."""
    example = kind.example()
    held = [contract for ability, contract in CONTRACTS.items() if issubclass(kind, ability)]
    contracts = _leaves([*held, TokenTypeContract])

    class Suite(*contracts):  # type: ignore[misc]  # put together of what the type can do
        form = example.form
        settings = example.settings

        def answers(self, bench: Bench) -> Sequence[str]:
            return answers_of(self.kind, example, bench)

        def test_the_server_takes_what_it_returns(self) -> None:
            bench = Bench(guarded(kind), self.form, settings=self.settings)
            assert bench.enrolled.show(Label(issuer="Watchword", account="alice")) or not _shown(bench)
            if isinstance(self, JudgingContract):
                for otp in self.answers(self.bench()):
                    verdict = bench.answer(otp)
                    assert verdict.accepted, verdict.why

        def test_its_pages_can_be_shown(self) -> None:
            face = path.with_suffix(".html")
            if not face.is_file():
                return
            faces = TypeFaces(
                Pages(PageSettings()), Kinds([self.kind], faces={kind.name: face.read_text("utf-8")})
            )
            people = self.kind.portrait.fields if self.kind.portrait is not None else ()
            blocks = {
                "enrol": enrolment_fields(self.kind),
                "settings": settings_fields(self.kind, self.bench().configuration),
                "selfservice": tuple(map(field_of, people)),
                "answer": (),
            }
            for block, fields in blocks.items():
                if faces.has(self.kind, block):
                    assert faces.title(self.kind, block, "en")
                    assert faces.show(self.kind, block, "en", fields, prompt="")

    Suite.kind = kind()
    Suite.__name__ = Suite.__qualname__ = "TestPlugin"
    return Suite


def answers_of(kind: TokenType, example: Example, bench: Bench) -> Sequence[str]:
    """Right answers to the token on the bench: those of the example, else words that were shown at enrolment and are
    accepted one after another.
    """
    if example.answers is not None:
        return example.answers(bench.token, bench.tools)
    trial = Bench(kind, example.form, settings=example.settings)
    trial.token = replace(bench.token, info=dict(bench.token.info))
    found: list[str] = []
    for word in _shown(bench):
        if len(found) < _ANSWERS and isinstance(kind, Judging) and trial.answer(word).accepted:
            found.append(word)
    assert len(found) == _ANSWERS, "say three right answers: declare example() with answers"
    return found


def _shown(bench: Bench) -> list[str]:
    shown = bench.enrolled.show(Label(issuer="Watchword", account="alice"))
    return [word for one in shown for word in one.value.split()]


def _leaves(contracts: Sequence[type]) -> tuple[type, ...]:
    """Those of the classes that no other of them inherits from."""
    return tuple(
        one
        for one in dict.fromkeys(contracts)
        if not any(other is not one and issubclass(other, one) for other in contracts)
    )
