"""scikit-learn's own checks of both estimators."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from neurolsm.estimators import LSMClassifier, LSMRegressor

# Checks that cannot apply, with the reason. There is none: static samples [B, N] are a table like any other.
NOT_APPLICABLE: dict[str, str] = {}


@parametrize_with_checks([LSMClassifier(), LSMRegressor()], expected_failed_checks=lambda _: NOT_APPLICABLE)
def test_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.nightly
@parametrize_with_checks(
    [LSMClassifier(readout="logistic"), LSMRegressor(arithmetic="float", batch_size=7)],
    expected_failed_checks=lambda _: NOT_APPLICABLE,
)
def test_scikit_learn_with_other_options(estimator, check):
    check(estimator)
