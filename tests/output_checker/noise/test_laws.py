import math
from fractions import Fraction

import numpy as np
import pytest
from diffprivlib.mechanisms import Geometric

from output_checker.noise import laws, sampler
from output_checker.noise.laws import DiscreteGaussian, DiscreteLaplace, Law, cumulative
from output_checker.noise.rejection import bernoulli_exponential, draw_one
from output_checker.noise.sampler import Sampler, draw, inverse_exactly, sampler_of
from tests.output_checker.noise.bench import same_as, same_law

CHANCE = 1e-6
ONE = DiscreteLaplace(Fraction(1))
BELL = DiscreteGaussian(Fraction(41, 2))
DRAWS = 200_000


def exact(law: Law) -> dict[int, float]:
    half = [math.exp(_power(law, k)) for k in range(400)]
    total = half[0] + 2 * sum(half[1:])
    return {k: half[abs(k)] / total for k in range(-399, 400)}


def _power(law: Law, k: int) -> float:
    return -k / law.spread if isinstance(law, DiscreteLaplace) else -(k**2) / (2 * law.spread**2)


@pytest.mark.parametrize(
    "law", [ONE, BELL, DiscreteLaplace(Fraction(7, 3)), DiscreteGaussian(Fraction(1, 5))]
)
def test_draws_have_exactly_their_law(law: Law) -> None:
    probabilities = exact(law)
    assert same_law(draw(law, DRAWS), lambda k: probabilities[k]) > CHANCE


@pytest.mark.parametrize("law", [DiscreteLaplace(Fraction(7, 3)), BELL, DiscreteLaplace(Fraction(1, 3))])
def test_drawn_one_by_one_too(law: Law) -> None:
    probabilities = exact(law)
    drawn = [draw_one(law) for _ in range(8_000)]
    assert same_law(drawn, lambda k: probabilities.get(k, 0.0)) > CHANCE


def test_the_law_is_that_of_diffprivlib() -> None:
    geometric = Geometric(epsilon=0.5, sensitivity=1)
    others = [geometric.randomise(0) for _ in range(20_000)]
    assert same_as(draw(DiscreteLaplace(Fraction(2)), DRAWS), others) > CHANCE


@pytest.mark.parametrize("law", [DiscreteLaplace(Fraction(2)), BELL])
def test_the_law_is_that_of_opendp(law: Law) -> None:
    import opendp.prelude as dp

    dp.enable_features("contrib")
    make = dp.m.make_laplace if isinstance(law, DiscreteLaplace) else dp.m.make_gaussian
    distance = dp.l1_distance(T="i64") if isinstance(law, DiscreteLaplace) else dp.l2_distance(T="i64")
    mechanism = make(dp.vector_domain(dp.atom_domain(T="i64")), distance, scale=law.spread)
    assert same_as(draw(law, DRAWS), mechanism([0] * 20_000)) > CHANCE


def test_wide_noise_is_drawn_one_by_one() -> None:
    law = DiscreteLaplace(Fraction(10**6))
    drawn = draw(law, 2_000)
    assert abs(np.abs(drawn).mean() / 1e6 - 1) < 0.2
    assert sampler_of.cache_info().maxsize == 64


def test_an_unknown_law_has_no_sampler() -> None:
    with pytest.raises(TypeError, match="no sampler"):
        draw_one("normal")  # type: ignore[arg-type]


def test_a_coin_of_a_large_power_hardly_ever_falls() -> None:
    assert not any(bernoulli_exponential(Fraction(60)) for _ in range(200))
    assert 0.3 < np.mean([bernoulli_exponential(Fraction(9, 10)) for _ in range(4_000)]) < 0.5


class TestTails:
    """What 64 bits do not decide is decided by more, never cut off."""

    def test_the_first_and_last_words_are_decided_exactly(self) -> None:
        ends = Sampler(ONE).inverse(np.array([0, (1 << 64) - 1], dtype=np.uint64))
        assert ends[0] < -40
        assert ends[1] > 40

    def test_a_tie_takes_more_bits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        boundary = cumulative(ONE, 128)
        tied = boundary.values[boundary.reach]
        given = iter([tied & ((1 << 64) - 1), (1 << 64) - 1, 0])
        monkeypatch.setattr(sampler, "word", lambda: next(given))
        assert inverse_exactly(ONE, tied >> 64) in (0, 1)
        assert next(given) == 0, "one more word than usual was drawn"

    def test_beyond_the_last_probability_more_bits_are_taken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        given = iter([(1 << 64) - 1, 0])
        monkeypatch.setattr(sampler, "word", lambda: next(given))
        assert inverse_exactly(ONE, (1 << 64) - 1) > 80

    def test_cumulative_probabilities_are_proven(self) -> None:
        """At twice the bits they agree to within the error that is claimed for them."""
        for law in (ONE, BELL):
            coarse, fine = cumulative(law, 64), cumulative(law, 192)
            shift = fine.reach - coarse.reach
            for place, value in enumerate(coarse.values):
                assert abs(value - (fine.values[place + shift] >> 128)) <= laws.ERROR


class TestMargins:
    @pytest.mark.parametrize(
        ("epsilon", "margins"),
        [
            ("2", (1, 2)),
            ("1", (3, 4)),
            ("0.5", (6, 9)),
            ("0.25", (12, 18)),
            ("0.1", (30, 46)),
            ("0.05", (60, 92)),
        ],
    )
    def test_of_counts(self, epsilon: str, margins: tuple[int, int]) -> None:
        law = DiscreteLaplace(1 / Fraction(epsilon))
        assert (law.margin(), law.margin(0.99)) == margins

    @pytest.mark.parametrize("law", [ONE, BELL])
    def test_they_cover_and_no_smaller_one_does(self, law: Law) -> None:
        probabilities = exact(law)
        margin = law.margin()
        within = [sum(probabilities[k] for k in range(-m, m + 1)) for m in (margin, margin - 1)]
        assert within[0] >= 0.95 > within[1]

    def test_of_sums(self) -> None:
        sums = draw(BELL, 100 * 20_000).reshape(-1, 100).sum(axis=1)
        covered = np.mean(np.abs(sums) <= BELL.margin_of_sum(100))
        assert 0.94 < covered < 0.96

    @pytest.mark.parametrize("law", [DiscreteLaplace(Fraction(10**7)), DiscreteGaussian(Fraction(10**14))])
    def test_of_noise_too_wide_to_add_up(self, law: Law) -> None:
        assert law.margin() / law.standard_deviation == pytest.approx(2.0, rel=0.1)
        ratio = law.margin_of_sum(400) / (20 * law.standard_deviation)
        assert 1.96 <= ratio < 3, "a bound, but not a wild one"

    def test_the_standard_deviation_is_that_of_the_draws(self) -> None:
        for law in (ONE, BELL):
            assert draw(law, DRAWS).std() == pytest.approx(law.standard_deviation, rel=0.02)
