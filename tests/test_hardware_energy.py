"""Counts of events by hand and against the reference, and the energy model against arithmetic that a reader can redo."""

import json
from dataclasses import replace

import numpy as np
import pytest
from networks import network, projection

import neurolsm as nl
from neurolsm.conformance.generate_plastic import plastic_case, plastic_inputs, plastic_program
from neurolsm.execute.backend import open_simulator
from neurolsm.hardware.energy import BOARDS, DAVIES, estimate
from neurolsm.hardware.events import count_events
from neurolsm.hardware.limits import CHIPS, Limit
from neurolsm.hardware.place import place
from neurolsm.measure.instruments.neurobench import neurobench
from neurolsm.program.spikes import Spikes
from neurolsm.semantics.learning import learn as learn_step


@pytest.fixture
def chain():
    """Two neurons that forget in a step; channel 0 makes neuron 0 fire, it makes neuron 1 fire."""
    forget = {"du": np.full(2, 4095, np.int32), "dv": np.full(2, 4096, np.int32), "vth": np.full(2, 100, np.int32)}
    return network(
        2, 2, projection("in", "input", 2, [0, 1], [0, 1], [200, 50]), projection("on", "neuron", 2, [0], [1], 200), **forget
    )  # fmt: skip


def test_events_by_hand(chain):
    """Step 0: both channels. Step 1: neuron 0 fires, neuron 1 hears 50 and does not. Step 2: neuron 1 fires. Step 3: rest."""
    inputs = Spikes.from_events([([0, 0], [0, 1])], 4, 2)
    one = replace(CHIPS["loihi1"], neurons=Limit(1, "a core for each neuron", "assumed"))
    events = count_events(chain, place(chain, one), inputs)
    assert events.synops.tolist() == [[1, 1], [0, 1], [0, 0], [0, 0]]
    assert events.active.tolist() == [[0, 0], [1, 1], [0, 1], [0, 0]]
    assert (events.active + events.inactive == 1).all()
    totals = events.totals()
    assert totals == {
        "samples": 1, "steps": 4, "synops": 3, "active": 3, "inactive": 5, "plastic": 0, "received": 3, "spikes": 2,
        "input_spikes": 2, "within": 0, "across": 1, "outside": 2, "hops_x": 0, "hops_y": 0, "between_chips": 0,
    }  # fmt: skip


def test_the_model_by_hand(chain):
    inputs = Spikes.from_events([([0, 0], [0, 1])], 4, 2)
    placed = place(chain)
    guess = estimate(count_events(chain, placed, inputs), placed, 1e-3)
    davies = 3 * 23.6 + 3 * 81 + 5 * 52 + 3 * 1.7
    boards = 3 * 35.5 + 3 * 72.8 + 5 * 51.2 + 2 * 69.3 + 3 * 111
    assert guess.dynamic_joule == pytest.approx((1e-12 * davies, 1e-12 * boards))
    busy = (2 * 3.5 + 2 * 5.3 + 2 * 2.1) + (3.5 + 2 * 8.4 + 2.1) + (8.4 + 5.3) + 2 * 5.3  # one core, steps 0 to 3
    assert guess.fast_second == pytest.approx((1e-9 * (busy + 4 * 113), 1e-9 * (busy + 4 * 1800)))
    assert guess.real_joule == pytest.approx([1e-12 * davies + 0.104 * 4e-3, 1e-12 * boards + 0.104 * 4e-3])
    assert "not a measurement" in guess.model and guess.sources == (DAVIES.source, BOARDS.source)


def test_the_floor_of_a_thousand_resting_neurons():
    """52 pJ in each of 250 steps for each of 1,000 neurons at rest is 13 uJ; 104 mW over 250 ms is 26 mJ."""
    found = network(1000, 1)
    placed = place(found)
    guess = estimate(count_events(found, placed, Spikes.from_events([([], [])], 250, 1)), placed, 1e-3)
    assert guess.dynamic[DAVIES.source]["inactive neuron updates"] == pytest.approx(13e-6)
    assert guess.real_joule[0] - guess.dynamic_joule[0] == pytest.approx(26e-3)


def test_loihi_2_has_counts_alone(chain):
    placed = place(chain, "loihi2")
    events = count_events(chain, placed, Spikes.from_events([([0], [0])], 4, 2))
    assert estimate(events, placed, 1e-3) is None and events.totals()["synops"] == 2


def test_hops_follow_the_mesh():
    """Neuron 0 in core 0 reaches core 4 (the next tile), core 32 (tile 8: one row down) and core 127 (7 across, 3 down)."""
    one = replace(CHIPS["loihi1"], neurons=Limit(1, "a core for each neuron", "assumed"))
    feed, quiet = projection("in", "input", 1, [0], [0], 255), np.full(128, 200, np.int32)
    found = network(128, 1, feed, projection("out", "neuron", 128, [0, 0, 0, 0], [1, 4, 32, 127]), vth=quiet)
    totals = count_events(found, place(found, one), Spikes.from_events([([0], [0])], 4, 1)).totals()
    fired = totals["spikes"]
    assert fired >= 1
    assert (totals["across"], totals["hops_x"], totals["hops_y"]) == (4 * fired, (1 + 7) * fired, (1 + 3) * fired)


@pytest.mark.parametrize("seed", [3, 1, 2, 5, 8])
def test_counts_agree_with_the_recording_and_the_reference(seed, monkeypatch):
    """Synops as recorded; plastic updates as a plain loop over every synapse of the reference finds them."""
    case = plastic_case(seed, largest=40)
    learner = plastic_program(case)
    learner = replace(
        learner,
        projections=tuple(
            replace(p, plasticity=replace(p.plasticity, dd=())) if p.plasticity else p for p in learner.projections
        ),
    )
    inputs, graded = plastic_inputs(case, learner)
    small = replace(CHIPS["loihi2"], neurons=Limit(7, "a small core", "assumed"))
    events = count_events(learner, place(learner, small, chips=9), inputs, graded=graded)
    looked = []

    def counting(projection, state, clock, pre, post, third):
        rule = projection.plasticity
        tx, ty = state.tx.copy(), state.ty.copy()
        tx[pre], ty[post] = 1, 1
        if clock % rule.t_epoch == 0:
            u = (clock // rule.t_epoch) % 2**rule.decimate == 0
            needs = {product.dependency for product in rule.products}
            looked.extend(
                ("u" in needs and u) or ("x0" in needs and tx[a] > 0) or ("y0" in needs and ty[b] > 0)
                for a, b in zip(projection.pre.tolist(), projection.post.tolist(), strict=True)
            )
        learn_step(projection, state, clock, pre, post, third)

    monkeypatch.setattr("neurolsm.semantics.reference.learn_projection", counting)
    with open_simulator(learner, "reference") as simulator:
        recording = simulator.run(inputs, graded=graded)
    assert events.totals()["synops"] == recording.synops.sum()
    assert events.totals()["spikes"] == recording.spikes.count
    assert events.totals()["plastic"] == sum(looked) > 0


def test_metrics_by_hand(chain):
    inputs = Spikes.from_events([([0, 0], [0, 1])], 4, 2)
    with open_simulator(chain) as simulator:
        found = neurobench(chain, inputs, simulator.run(inputs))
    assert found.connection_sparsity == 1 - 3 / 8  # three synapses in two matrices of 2 x 2
    assert found.activation_sparsity == 1 - 2 / 8
    assert (found.effective_acs, found.effective_macs, found.dense) == (3, 0, 8 * 4)
    assert found.dense_footprint == 4 * 8
    assert found.footprint > sum(p.weight.nbytes for p in chain.projections)


def test_the_command_models_energy(command, tmp_path):
    file = tmp_path / "energy.json"
    code, out, _ = command("report", "wide", "--target", "loihi1", "--samples", 3, "--json", file)
    written = json.loads(file.read_text())
    assert code == 0 and "MODEL from these counts, not a measurement" in out and "NeuroBench:" in out
    assert written["events"]["samples"] == 3 and written["energy"]["model"] == "model, not a measurement"
    assert written["energy"]["assumptions"] and 0 < written["energy"]["dynamic_joule"][0] < 1e-3
    code, out, _ = command("report", "wide", "--target", "loihi2", "--samples", 3, "--json", file)
    assert code == 0 and "No energy of an event of loihi2 is public" in out
    assert json.loads(file.read_text())["energy"] is None


def test_the_command_refuses_samples_of_a_saved_program(command, tmp_path, wide):
    file = tmp_path / "wide.program"
    nl.lower(wide, "loihi1").program.save(file)
    code, _, err = command("report", file, "--samples", 2)
    assert code == 2 and "has no samples" in err
    code, _, err = command("report", "wide", "--samples", 0)
    assert code == 2 and "samples = 0" in err
