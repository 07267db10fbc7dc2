from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.errors import BadParameter
from watchword.plugin.shapes import Label
from watchword.testing.bench import Bench
from watchword.testing.token_type_contract import JudgingContract
from watchword.tokens.recovery import Recovery
from watchword.web.parameters import Params


def codes_of(bench: Bench) -> list[str]:
    (shown,) = bench.enrolled.show(Label(issuer="W", account="a"))
    assert shown.name == "recovery_codes"
    return shown.value.split("\n")


class TestContract(JudgingContract):
    kind = Recovery()

    def answers(self, bench: Bench) -> Sequence[str]:
        return codes_of(bench)[:3]


def test_each_code_opens_once_in_any_order() -> None:
    bench = Bench(Recovery(), {})
    codes = codes_of(bench)
    assert len(set(codes)) == 10
    for code in reversed(codes):
        assert bench.answer(code).accepted
    for code in codes:
        again = bench.answer(code)
        assert (again.accepted, again.replayed) == (False, True)
    assert bench.token.state["recovery_codes_left"] == 0


def test_what_is_left_is_told() -> None:
    bench = Bench(Recovery(), {"codes": "5"})
    assert bench.token.info == {"recovery_codes": 5, "recovery_codes_left": 5}
    bench.answer(codes_of(bench)[2])
    assert bench.token.state["recovery_codes_left"] == 4


def test_codes_have_eighty_bits_in_groups_of_four() -> None:
    assert all(len(code) == 19 and code[4::5] == "---" for code in codes_of(Bench(Recovery(), {})))


@given(st.data())
def test_codes_are_taken_as_people_type_them(data: st.DataObject) -> None:
    bench = Bench(Recovery(), {})
    code = codes_of(bench)[0]
    letters = [
        data.draw(st.sampled_from([letter, letter.lower(), *{"0": "oO", "1": "iIlL"}.get(letter, "")]))
        for letter in code.replace("-", "")
    ]
    typed = data.draw(st.sampled_from(["", " ", "-", " - "])).join(letters)
    assert bench.answer(typed).accepted
    assert not bench.answer(code).accepted


@pytest.mark.parametrize("spoilt", ["0" + "{0}", "{0}0", "{0:.18}", "{0}{0}", "{1:.10}{0:.9}"])
def test_what_is_nearly_a_code_is_none(spoilt: str) -> None:
    bench = Bench(Recovery(), {})
    verdict = bench.answer(spoilt.format(*codes_of(bench)))
    assert (verdict.accepted, verdict.replayed) == (False, False)


def test_neither_code_nor_half_a_code_is_kept() -> None:
    bench = Bench(Recovery(), {})
    kept = bench.enrolled.secret + repr(bench.token).encode()
    for code in codes_of(bench):
        for piece in (code, code.replace("-", ""), code[:9], code.replace("-", "")[:8]):
            assert piece.encode() not in kept


def test_two_sets_have_no_code_and_no_key_in_common() -> None:
    bench = Bench(Recovery(), {})
    first = codes_of(bench), bench.enrolled.secret[:32]
    bench.enrolled = Recovery().enrol(Params({}), bench.tools)
    assert set(first[0]).isdisjoint(codes_of(bench))
    assert bench.enrolled.secret[:32] != first[1]


@pytest.mark.parametrize("number", ["0", "-1", "51", "many"])
def test_there_are_one_to_fifty_codes(number: str) -> None:
    with pytest.raises(BadParameter, match="codes"):
        Bench(Recovery(), {"codes": number})
