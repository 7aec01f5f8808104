"""The rule language: what it reads, what it says about rounding, and where it points."""

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurolsm.learn.language import RuleError, RuleRounded, format_series, parse
from neurolsm.program.plasticity import Factor, Product


def test_pair_stdp_as_lava_writes_it():
    series = parse("2^-2*x1*y0 - 2^-2*y1*x0")
    assert series.products == (Product("y0", 1, -2, (Factor("x1"),)), Product("x0", -1, -2, (Factor("y1"),)))
    assert series.decimate is None


def test_constants_signs_and_decimation():
    series = parse("-3*2^-4*u2*(w-10)*sgn(t+1)*y2")
    assert series.products == (Product("u", -3, -4, (Factor("w", -10), Factor("t", 1, True), Factor("y2"))),)
    assert series.decimate == 2


def test_a_second_spike_variable_is_a_factor():
    assert parse("x0*y0").products == (Product("x0", 1, 0, (Factor("y0"),)),)


@pytest.mark.parametrize("text, used", [("0.3*x0*y1", 0.3125), ("9*x0*y1", 8.0), ("2^-9*5*x0*y1", 1 / 128)])
def test_rounding_is_said(text, used):
    with pytest.warns(RuleRounded, match="is used"):
        (product,) = parse(text).products
    assert product.mantissa * 2.0**product.exponent == used


@pytest.mark.parametrize("text", ["7*2^-7*x0", "-8*2^8*y0*x1", "2*x0*y1"])
def test_what_the_engine_has_stays_as_written(text):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parse(text)


@pytest.mark.parametrize(
    "text, at, reason",
    [
        ("2^-2*q*x0", 6, "unknown variable 'q'"), ("x1*y1", 1, "dependency"), ("x0*", 4, "too early"), ("x0 $ y1", 4, "unexpected"),
        ("3^2*x0", 1, "powers of 2"), ("2^-30*x0", 1, "outside"), ("0*x0", 1, "rate is 0"), ("u1*x1 + u2*y1", 9, "only one u<k>"),
        ("x0*x1*x2*y1*y2", 1, "bits wide"), ("sgn(x1)*x0", 5, "takes w, d or t"), ("", 1, "too early"), ("x0*(w+1.5)", 7, "whole number"),
    ],
)  # fmt: skip
def test_errors_point_at_the_character(text, at, reason):
    with pytest.raises(RuleError) as error:
        parse(text)
    lines = str(error.value).splitlines()
    assert reason in lines[0] and f"character {at}" in lines[0]
    assert lines[2].index("^") == 2 + at - 1


factors = st.builds(Factor, st.sampled_from(["x1", "x2", "y1", "y2", "y3", "w", "d", "t"]), st.integers(-9, 9))
products = st.builds(
    Product, st.sampled_from(["x0", "y0", "u"]), st.integers(-8, 7).filter(bool), st.integers(-7, 8),
    st.lists(factors, max_size=2).map(tuple),
)  # fmt: skip


@given(st.lists(products, min_size=1, max_size=4).map(tuple))
def test_writing_and_reading_are_inverse(series):
    assert parse(format_series(series, 3)).products == series
