"""Tasks on processes and on a Dask cluster: the same results, deaths that cost time only, one message for what is refused."""

import os
import signal
import socket
import sys
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from worker_tasks import add, change, die_always, die_once, draw, fail, slow

import neurolsm as nl
from neurolsm.cli import main
from neurolsm.encode import RateEncoder
from neurolsm.errors import BackendFailure, InvalidValue, NotAvailable
from neurolsm.estimators import LSMClassifier
from neurolsm.execute import cluster
from neurolsm.execute import workers as workers_module
from neurolsm.execute.workers import cores, each_result, run_tasks
from neurolsm.measure import evaluate
from neurolsm.measure.scenarios import learn_model
from neurolsm.readout import Counts
from neurolsm.tasks import model as models

two = pytest.mark.skipif(cores() < 2, reason="this machine has one core")
pytestmark = pytest.mark.xdist_group("workers")  # one cluster and one pool for the file


@pytest.fixture(scope="module")
def dask_cluster():
    """Two Dask workers of one thread each on loopback."""
    distributed, dask = pytest.importorskip("distributed"), pytest.importorskip("dask")
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
        ) as made,
    ):
        yield made


@pytest.fixture
def somewhere(request):
    """The values of ``workers`` that a test runs with: ``@pytest.mark.parametrize("somewhere", [2, "dask"], indirect=True)``."""
    if request.param != "dask":
        return request.param
    made = request.getfixturevalue("dask_cluster")
    with made.get_client() as client:
        # A test before this one may have killed them, and a busy machine takes its time.
        client.wait_for_workers(2, timeout=120)
    return made.scheduler_address


EVERYWHERE = pytest.mark.parametrize("somewhere", [None, pytest.param(2, marks=two), "dask"], indirect=True)
OUTSIDE = pytest.mark.parametrize("somewhere", [pytest.param(2, marks=two), "dask"], indirect=True)


# ---------------------------------------------------------------------- run_tasks


@EVERYWHERE
def test_results_are_equal_to_the_bit_and_in_order(somewhere):
    found = run_tasks(draw, [(seed,) for seed in range(9)], (2.0,), workers=somewhere)
    for seed, (values, process) in enumerate(found):
        assert np.array_equal(values, draw(2.0, seed)[0])
        assert (process == os.getpid()) == (somewhere is None)
    assert run_tasks(draw, [], (2.0,), workers=somewhere) == []


@OUTSIDE
def test_a_worker_that_dies_costs_no_result(somewhere, tmp_path):
    found = run_tasks(die_once, [(number,) for number in range(12)], (tmp_path,), workers=somewhere)
    assert (tmp_path / "died").exists() and found == [number * number for number in range(12)]


def test_a_dask_worker_killed_from_outside_costs_no_result(dask_cluster, tmp_path):
    """Also what the tasks share is lost with neither of the two workers."""
    with dask_cluster.get_client() as client:
        victim = next(iter(client.run(os.getpid).values()))

        def kill():
            while not (tmp_path / "4").exists():
                time.sleep(0.01)
            os.kill(victim, signal.SIGKILL)

        threading.Thread(target=kill, daemon=True).start()
        tasks, address = [(number,) for number in range(16)], dask_cluster.scheduler_address
        found = run_tasks(slow, tasks, (np.arange(10**5), tmp_path), workers=address)
        assert found == [number * sum(range(10**5)) for number in range(16)]
        assert victim not in client.run(os.getpid).values()  # it did die


@pytest.mark.parametrize(
    "somewhere", [pytest.param(2, marks=two), pytest.param("dask", marks=pytest.mark.nightly)], indirect=True
)
def test_a_task_that_always_kills_its_worker_is_named(somewhere):
    """Dask may blame another task of the same worker."""
    with pytest.raises(BackendFailure, match=r"workers in a row died, and of the tasks \d(, \d)* there is no result"):
        run_tasks(die_always, [(number,) for number in range(3)], workers=somewhere)


def test_a_cluster_that_ends_midway_is_named(monkeypatch, tmp_path):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "ALONE", 1)
    made = distributed.LocalCluster(n_workers=1, host="127.0.0.1", dashboard_address=None, silence_logs=50)

    def end():  # once: Dask may wait for ever when a cluster is closed again
        while not (tmp_path / "0").exists():
            time.sleep(0.01)
        made.close()

    ending = threading.Thread(target=end, daemon=True)
    ending.start()
    with pytest.raises(BackendFailure, match=r"the cluster is gone\. Start it again"):
        run_tasks(slow, [(number,) for number in range(1000)], (np.ones(1), tmp_path), workers=made.scheduler_address)
    ending.join(timeout=120)
    assert not ending.is_alive()


@EVERYWHERE
def test_a_task_may_depend_on_results(somewhere):
    """Each adds the result three before it; no task is drawn early, none late."""
    taken, drawn = [], []

    def tasks():
        for number in range(12):
            drawn.append(len(taken))
            yield (taken[number - 3] if number >= 3 else number,)

    for result in each_result(add, tasks(), ([1, 1, 1],), workers=somewhere, ahead=3, total=12):
        taken.append(result)
    assert taken == [number % 3 + 1 + number // 3 for number in range(12)]
    if somewhere is not None:
        assert drawn == [max(0, number - 2) for number in range(12)]


@OUTSIDE
def test_a_worker_that_dies_costs_no_result_of_tasks_drawn_one_by_one(somewhere, tmp_path):
    tasks = ((number,) for number in range(12))
    found = list(each_result(die_once, tasks, (tmp_path,), workers=somewhere, ahead=2))
    assert (tmp_path / "died").exists() and found == [number * number for number in range(12)]


@OUTSIDE
def test_shared_arrays_arrive_whole_and_writable(somewhere):
    arrays = {"large": np.arange(10**6), "turned": np.arange(20.0).reshape(4, 5).T, "fresh": np.zeros(3)}
    found = run_tasks(change, [(number,) for number in range(5)], (arrays, np.zeros((0, 4))), workers=somewhere)
    assert found == [(499999500000 + number, 3.0 * number, True) for number in range(5)]
    assert not arrays["fresh"].any()


@two
def test_no_process_goes_on_for_who_stops_early(tmp_path):
    results = each_result(slow, [(number,) for number in range(200)], (np.ones(3), tmp_path), workers=2)
    assert next(results) == 0
    results.close()
    begun = len(list(tmp_path.iterdir()))
    time.sleep(0.3)
    assert len(list(tmp_path.iterdir())) == begun < 100


@EVERYWHERE
def test_what_a_task_raises_is_raised(somewhere):
    with pytest.raises(InvalidValue, match="number = 2"):
        run_tasks(fail, [(number,) for number in range(4)], workers=somewhere)


def test_progress_counts_tasks(capsys, monkeypatch):
    bar = workers_module.Bar
    monkeypatch.setattr(workers_module, "Bar", lambda **options: bar(**{**options, "delay": 0, "leave": True}))
    run_tasks(draw, [(1.0, seed) for seed in range(3)], unit="draw", desc="draws", progress=True)
    assert "draws: 100%" in (said := capsys.readouterr().err) and "3/3" in said and "draw/s" in said
    run_tasks(draw, [(1.0, 1)], progress=False)
    assert not capsys.readouterr().err


# ---------------------------------------------------------------------- what runs on them


def load():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    return models.Data(np.eye(6)[y] * 0.6 + 0.4 * rng.random((60, 6)), y)


def lsm(seed, plasticity=None):
    liquid = nl.Liquid(
        topology=nl.RandomGraph(n=30, density=0.2),
        input=nl.RandomMap(density=0.5, weight=0.8),
        plasticity=plasticity,
    )
    return nl.LSM(inputs=6, liquid=liquid, seed=seed)


TINY = models.Model(
    name="tiny", summary="Three classes.", load=load, lsm=lsm, encoder=RateEncoder(steps=12), features=Counts(windows=2),
    readout=RidgeClassifier, splits=3,
)  # fmt: skip


@pytest.mark.parametrize(
    ("somewhere", "plastic"), [pytest.param(2, False, marks=two), ("dask", True)], indirect=["somewhere"]
)
def test_evaluations_do_not_depend_on_the_workers(somewhere, plastic):
    data = load()
    rule = nl.STDP(tau_plus=20e-3, tau_minus=20e-3) if plastic else None
    model = LSMClassifier(lsm(1, rule), RateEncoder(steps=12), batch_size=16)
    here, there = (evaluate(model, data.x, data.y, splits=3, workers=workers) for workers in (None, somewhere))
    assert here.values == there.values and np.array_equal(here.confusion, there.confusion)
    assert (here.spikes_per_sample, here.synops_per_sample) == (there.spikes_per_sample, there.synops_per_sample)


@two
def test_liquid_states_do_not_depend_on_the_workers():
    data = load()
    model = LSMClassifier(lsm(1), RateEncoder(steps=12), batch_size=7).fit(data.x, data.y)
    here, there = model.states_.run(data.x), replace(model.states_, workers=2).run(data.x)
    assert np.array_equal(here.states, there.states) and np.array_equal(here.synops, there.synops)


@pytest.mark.parametrize(
    "somewhere", [pytest.param(2, marks=two), pytest.param("dask", marks=pytest.mark.nightly)], indirect=True
)
def test_seeds_of_a_scenario_do_not_depend_on_the_workers(somewhere):
    here, there = (learn_model(TINY, "scratch", seeds=2, workers=workers) for workers in (None, somewhere))
    assert here.each == there.each and here.curve == there.curve and here.controls == there.controls


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("workers", "parts"),
    [
        (100_000, ["workers = 100000", f"{cores()} cores", "Dask"]),
        ("100000", ["workers = 100000", f"{cores()} cores"]),
        (0, ["workers = 0", "at least 1"]),
        ("-2", ["workers = '-2'", "at least 1"]),
        (1.5, ["workers = 1.5", "whole number"]),
        ("many", ["'many'", "tcp://host:port"]),
        ("udp://127.0.0.1:8786", ["udp://127.0.0.1:8786", "tcp://host:port"]),
        ("tcp://127.0.0.1", ["tcp://127.0.0.1", "tcp://host:port"]),
        ("tcp://127.0.0.1:port", ["tcp://127.0.0.1:port", "tcp://host:port"]),
        ([2], ["[2]", "whole number"]),
    ],
)
def test_workers_that_cannot_be(workers, parts):
    with pytest.raises(InvalidValue) as refused:
        run_tasks(fail, [(1,)], workers=workers)
    assert all(part in str(refused.value) for part in parts), refused.value


@pytest.mark.parametrize("says", [None, b"", b"SSH-2.0-OpenSSH_9.2\r\n"])
def test_an_address_where_no_scheduler_answers(says, monkeypatch):
    """Nobody, somebody who stays silent, and somebody else."""
    monkeypatch.setattr(cluster, "ANSWER", 1)
    held = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if says is None:
            server.close()
        else:
            threading.Thread(target=lambda: held.append(server.accept()[0]) or held[0].sendall(says)).start()
        start = time.perf_counter()
        with pytest.raises(NotAvailable, match=rf"tcp://127.0.0.1:{port}.*no Dask scheduler answered"):
            run_tasks(fail, [(1,)], workers=f"tcp://127.0.0.1:{port}")
        assert time.perf_counter() - start < 10
        for connection in held:
            connection.close()


def test_a_cluster_with_another_version(dask_cluster, monkeypatch):
    here = cluster.versions()
    monkeypatch.setattr(cluster, "versions", lambda: here | {"neurolsm": "99.0"})
    with pytest.raises(NotAvailable, match=rf"has neurolsm {here['neurolsm']}, and 99.0 runs here"):
        run_tasks(fail, [(1,)], workers=dask_cluster.scheduler_address)


def test_a_cluster_that_lacks_a_package(dask_cluster, monkeypatch):
    here = cluster.versions()
    monkeypatch.setattr(cluster, "versions", lambda: here | {"neurolsm-nowhere": "1.0"})
    monkeypatch.setattr(cluster, "PACKAGES", (*cluster.PACKAGES, "neurolsm-nowhere"))
    with pytest.raises(NotAvailable, match=r"has neurolsm-nowhere none, and 1.0 runs here"):
        run_tasks(fail, [(1,)], workers=dask_cluster.scheduler_address)


def test_a_cluster_without_workers():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=None, silence_logs=50) as empty,
        pytest.raises(NotAvailable, match=r"no workers. Start some with 'dask worker tcp://"),
    ):
        run_tasks(fail, [(1,)], workers=empty.scheduler_address)


@pytest.mark.parametrize("command", [["run"], ["learn", "--scenario", "scratch", "--seeds", "1"]])
@pytest.mark.parametrize("workers", ["100000", "here:1", "tcp://127.0.0.1:1"])
def test_the_command_line_says_one_message(command, workers, monkeypatch, capsys):
    monkeypatch.setattr(cluster, "ANSWER", 1)
    monkeypatch.setattr(models, "_points", lambda: {"tiny": type("Point", (), {"load": lambda: TINY})})
    monkeypatch.setattr(sys, "argv", ["neurolsm", command[0], "tiny", *command[1:], "--workers", workers])
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr().err
    assert end.value.code == 2 and said.count("neurolsm:") == 1 and workers in said and "Traceback" not in said
