"""The slope of a cost over the number of sessions, and what it is called."""

from __future__ import annotations

import random
from math import log

import pytest

from benchmarks.scaling.fit import fit

SIZES = (1_000, 10_000, 100_000, 1_000_000)


@pytest.mark.parametrize(
    ("exponent", "meaning"),
    [
        (0.0, "flat"),
        (-0.4, "falls"),
        (0.5, "grows slower than the size"),
        (1.0, "grows with the size"),
        (2.0, "grows faster than the size"),
    ],
)
def test_the_fit_recovers_a_known_slope(exponent: float, meaning: str) -> None:
    """A cost of n to the power of an exponent has that slope, and is named so."""
    found = fit({size: 7.0 * size**exponent for size in SIZES})
    assert found is not None
    assert found.slope == pytest.approx(exponent)
    assert found.meaning == meaning


def test_a_logarithm_is_named_so() -> None:
    """A cost like log(n) is told from a flat one and from n."""
    found = fit({size: log(size) for size in SIZES})
    assert found is not None
    assert found.meaning == "grows with the logarithm"


def test_noise_of_a_tenth_hides_no_growth() -> None:
    """Noise of a tenth in each cost moves the slope by less than 0.05."""
    draw = random.Random(7)
    for exponent in (0.0, 1.0):
        found = fit({size: size**exponent * draw.uniform(0.9, 1.1) for size in SIZES})
        assert found is not None
        assert found.slope == pytest.approx(exponent, abs=0.05)


def test_two_sizes_are_too_few_to_say() -> None:
    """Two sizes have a slope without a name, and one size has none."""
    found = fit({1_000: 1.0, 10_000: 10.0})
    assert found is not None
    assert found.slope == pytest.approx(1.0)
    assert found.meaning == "too few sizes to say"
    assert fit({1_000: 1.0}) is None
