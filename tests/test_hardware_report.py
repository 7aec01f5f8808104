"""The resource report: figures a reader can redo, other input maps, the command line and what it refuses."""

import json

import numpy as np
import pytest

import neurolsm as nl
from neurolsm.hardware.alternatives import alternatives
from neurolsm.hardware.limits import CHIPS, CORE
from neurolsm.hardware.resources import resources


def test_the_report_adds_up(wide):
    found, placed = resources(wide, "loihi1")
    program = nl.lower(wide, "loihi1").program
    assert found.synapses == program.synapses == sum(c.synapses for c in found.connections)
    assert found.by_hand == (8 * program.synapses, 8 * program.synapses / 1048576)
    for k, name in enumerate(CORE):
        used, available = found.total[name]
        assert used == sum(core[name][0] for core in found.per_core) == placed.used[:, k].sum()
        assert available == found.cores * getattr(CHIPS["loihi1"], name).value
        assert all(core[name][0] <= core[name][1] for core in found.per_core)
    assert found.fan_in == max(sum(np.bincount(p.post, minlength=50) for p in program.projections))
    assert json.loads(json.dumps(found.to_dict()))["binding"] == found.binding


def test_every_limit_names_its_source_and_confidence():
    for chip in CHIPS.values():
        for limit in chip.limits().values():
            assert limit.source and limit.confidence in ("published", "community", "assumed")
            assert ("not public" in limit.source) == (limit.confidence == "assumed")


def test_other_input_maps_are_placed_and_not_estimated(wide):
    found, _ = resources(wide, "loihi2")
    names = {m.name: m for m in found.other_maps}
    assert set(names) == {
        "half the density",
        "windows of 25 channels",
    }  # 64 channels do not go one to one onto 50 neurons
    fed = sum(c.synapses for c in found.connections if c.source == "input")
    rest = found.synapses - fed
    assert names["windows of 25 channels"].synapses == 50 * 25 + rest
    assert names["half the density"].synapses - rest == pytest.approx(fed / 2, rel=0.1)
    assert names["half the density"].synaptic_memory < found.total["synaptic_memory"][0]


def test_alternatives_change_only_what_the_channels_reach():
    first, second = (
        nl.Liquid(topology=nl.RandomGraph(n=20), input=nl.RandomMap(density=d, weight=0.4)) for d in (0.8, 0.6)
    )
    for name, other in alternatives(nl.LSM(inputs=9, liquid=nl.Series((first, second)))):
        assert other.liquid.liquids[1] == second, name
        assert other.liquid.liquids[0].input.weight == 0.4
    wide = nl.LSM(inputs=9, liquid=nl.Parallel((first, second)))
    assert dict(alternatives(wide))["half the density"].liquid.liquids[1].input.density == 0.3


def test_neurons_with_many_profiles_are_spread_over_cores():
    liquid = nl.Liquid(topology=nl.RandomGraph(n=200, density=0.05), neuron=nl.LIF(tau_mem=nl.Uniform(10e-3, 60e-3)))
    found, _ = resources(nl.LSM(inputs=5, liquid=liquid, seed=1), "loihi1")
    assert found.binding == "neuron_configurations"
    assert found.cores == -(-found.neuron_configurations // 32)


def test_the_command_prints_and_writes(command, tmp_path):
    file = tmp_path / "report.json"
    code, out, err = command("report", "wide", "--target", "loihi1", "--seed", 4, "--json", file)
    assert code == 0 and not err
    written = json.loads(file.read_text())
    assert written["seed"] == 4 and written["target"] == "loihi1" and written["cores"] == 1
    assert f"{written['synapses']:,} synapses" in out and f"{written['binding'].replace('_', ' ')} binds" in out
    assert {"used", "available", "confidence", "windows", "half"} <= set(out.split())


def test_a_saved_program_is_reported_too(command, tmp_path, wide):
    file = tmp_path / "wide.program"
    nl.lower(wide).program.save(file)
    code, out, _ = command("report", file, "--target", "loihi2")
    assert code == 0 and "50 neurons, 64 input channels" in out


@pytest.mark.parametrize(
    "words, said",
    [
        (["wide", "--target", "loihi3"], "target 'loihi3' is unknown. Known targets are: loihi1, loihi2"),
        (["narrow"], "model 'narrow' is unknown"),
        (["wide", "--chips", "0"], "place.chips = 0: must be a whole number, at least 1"),
        (["wide", "--seed", "-1"], "wide.seed = -1"),
        (["no/such.program"], "no/such.program: no such file"),
        (["wide", "--json", "/nowhere/at/all.json"], "the folder /nowhere/at does not exist"),
    ],
)
def test_bad_input_is_refused_in_one_line(command, words, said):
    code, out, err = command("report", *words)
    assert code == 2 and not out
    assert err.startswith("neurolsm: ") and said in err and err.count("\n") == 1


def test_a_float_program_is_refused(command, tmp_path, wide):
    file = tmp_path / "float.program"
    nl.lower(wide, arithmetic="float").program.save(file)
    code, _, err = command("report", file)
    assert code == 2 and "arithmetic='loihi'" in err
