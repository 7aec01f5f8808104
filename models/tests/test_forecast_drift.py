"""Series that change their law, and who follows them."""

import json
from functools import partial

import numpy as np
import pytest
from matplotlib.figure import Figure
from neurolsm_models.forecast import changing, drift

import neurolsm as nl


@pytest.mark.parametrize("series", [changing.mackey_glass, changing.narma10, changing.lorenz], ids=lambda s: s.__name__)
def test_the_law_changes_at_its_value_and_not_before(series):
    x, y = series(400, 250, 3)
    late, target = series(400, 400, 3)
    driven = series is changing.narma10  # its input is the same, its answer is not
    a, b = (y, target) if driven else (x, late)
    assert np.array_equal(a[:250], b[:250]) and not np.allclose(a[250:300], b[250:300])
    assert len(x) == len(y) == 400 and np.isfinite(x).all() and np.isfinite(y).all()
    assert np.abs(np.diff(a)).max() < 2 * np.abs(np.diff(b)).max()  # without a jump


def test_targets_are_later_values():
    for series, ahead in ((changing.mackey_glass, 6), (changing.lorenz, 5)):
        x, y = series(300, 200, 1)
        assert np.array_equal(y[:-ahead], x[ahead:])
    u, y = changing.narma10(300, 200, 1)
    t = 150
    assert y[t] == pytest.approx(0.3 * y[t - 1] + 0.05 * y[t - 1] * y[t - 10 : t].sum() + 1.5 * u[t - 9] * u[t] + 0.1)
    t = 250
    assert y[t] == pytest.approx(0.2 * y[t - 1] + 0.05 * y[t - 1] * y[t - 10 : t].sum() + 2.2 * u[t - 9] * u[t] + 0.1)


def test_the_report_has_every_follower(monkeypatch, tmp_path):
    monkeypatch.setattr(drift, "DRIFTS", {"lorenz": drift.DRIFTS["lorenz"]})
    monkeypatch.setattr(drift, "follow", partial(drift.follow, neurons=100))
    report = drift.learn(scenario="drift", samples=2400, seeds=2)
    found = json.loads(json.dumps(report.to_dict()))["changes"]["lorenz"]
    after = {who: np.mean(found["after"][who]) for who in ("frozen", "chip", "rls", "host")}
    assert after["chip"] < after["frozen"] and len(found["won_back"]) == 2
    frozen, chip, rls, host = (np.array(found["after"][who]) for who in after)
    assert np.allclose(found["won_back"], (frozen - chip) / (frozen - np.minimum(rls, host)))
    (one,), (picture,) = report.scores, report.pictures
    assert list(one.values.values())[:2] == [found["after"]["chip"], found["after"]["frozen"]]
    figure = Figure()
    picture.draw(figure)
    lines = {line.get_label(): line.get_ydata() for line in figure.axes[0].get_lines()}
    assert np.allclose(lines["learning on the chip"], np.mean(found["curves"]["chip"], axis=0))
    assert len(report.rows) == 2 and len(report.rows[0]) == len(report.rows[1]) == 7


@pytest.mark.parametrize("given, words", [({"samples": 2300}, "samples.*2350"), ({"seeds": 0}, "seeds.*1 to 100")])
def test_wrong_input_is_named(given, words):
    with pytest.raises(nl.InvalidValue, match=words):
        drift.learn(scenario="drift", **given)
