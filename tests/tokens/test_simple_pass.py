from collections.abc import Sequence

from watchword.plugin.shapes import Challenging, Label
from watchword.testing.bench import Bench
from watchword.testing.token_type_contract import JudgingContract
from watchword.tokens.simple_pass import SimplePass


class TestContract(JudgingContract):
    kind = SimplePass()

    def answers(self, bench: Bench) -> Sequence[str]:
        return ["", "", ""]


def shown(form: dict[str, str]) -> str:
    (seed,) = Bench(SimplePass(), form).enrolled.show(Label(issuer="W", account="a"))
    assert (seed.name, seed.description) == ("otpkey", "OTP seed")
    return seed.value


def test_the_whole_answer_is_the_pin() -> None:
    assert Bench(SimplePass(), {}).enrolled.digits == 0
    assert SimplePass().needs_own_pin()


def test_whatever_is_no_pin_is_refused() -> None:
    assert not Bench(SimplePass(), {}).answer("1").accepted


def test_a_seed_is_shown_though_none_is_asked() -> None:
    assert len(shown({})) == len("seed://") + 40


def test_a_superfluous_seed_is_taken_as_it_is() -> None:
    assert shown({"otpkey": "not hexadecimal"}) == "seed://not hexadecimal"


def test_a_pass_for_one_log_in_has_one_success() -> None:
    assert Bench(SimplePass(), {"onetime": "true"}).enrolled.successes_max == 1
    assert Bench(SimplePass(), {}).enrolled.successes_max == 0


def test_it_never_asks() -> None:
    assert not isinstance(SimplePass(), Challenging)
