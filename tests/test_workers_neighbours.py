"""Workers among neighbours: joblib's own pool, threads, forks, daemonic processes, processes that are killed."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from operator import mul

import joblib
import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

import neurolsm as nl
from neurolsm.errors import BackendFailure, NotAvailable
from neurolsm.execute import pool as pools
from neurolsm.execute.workers import cores, each_result, run_tasks

pytestmark = [
    pytest.mark.xdist_group("workers"),
    pytest.mark.skipif(cores() < 2, reason="this machine has one core"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here"),
]
x = np.random.default_rng(0).random((40, 4))
y = np.arange(40) % 2


def _slowly():
    """Made inside a function, it travels by value: no worker has to import this module."""

    def slowly(number):
        import time

        time.sleep(0.05)
        return number

    return slowly


slowly = _slowly()


def ours(workers=2):
    return run_tasks(mul, [(number,) for number in range(6)], (3,), workers=workers)


def fitted(workers=2):
    lsm = nl.LSM(inputs=4, liquid=nl.Liquid(topology=nl.RandomGraph(n=20)))
    model = nl.LSMClassifier(lsm, nl.RateEncoder(), batch_size=10, workers=workers)
    return float(model.fit(x, y).score(x, y))


def with_joblib():
    return joblib.Parallel(n_jobs=2)(joblib.delayed(mul)(3, number) for number in range(6))


def within(**how):
    def use():
        with joblib.parallel_config(**how):
            return with_joblib(), ours()

    return use


THREE = [0, 3, 6, 9, 12, 15]
NEIGHBOURS = {
    "ours": (ours, THREE),
    "joblib": (with_joblib, THREE),
    "every core": (lambda: joblib.Parallel(n_jobs=-1)(joblib.delayed(abs)(-n) for n in range(3)), [0, 1, 2]),
    "loky": (within(backend="loky", n_jobs=2, inner_max_num_threads=1), (THREE, THREE)),
    "threading": (within(backend="threading", n_jobs=2), (THREE, THREE)),
    "scikit-learn": (
        lambda: cross_val_score(LogisticRegression(), x, y, n_jobs=2).tolist(),
        cross_val_score(LogisticRegression(), x, y).tolist(),
    ),
    "ours in joblib": (lambda: joblib.Parallel(n_jobs=2)(joblib.delayed(ours)() for _ in range(2)), [THREE, THREE]),
}


@settings(max_examples=3)
@given(st.permutations(["ours", *list(NEIGHBOURS)]))
def test_joblib_and_workers_in_any_order(order):
    for name in order:
        use, expected = NEIGHBOURS[name]
        assert use() == expected, name


def test_a_fit_and_an_evaluation_leave_joblib_as_it_was():
    expected = fitted(None)
    assert fitted() == expected
    assert with_joblib() == THREE
    lsm = nl.LSM(inputs=4, liquid=nl.Liquid(topology=nl.RandomGraph(n=20)))
    model = nl.LSMClassifier(lsm, nl.RateEncoder(), batch_size=10)
    assert nl.evaluate(model, x, y, splits=2, workers=2).values == nl.evaluate(model, x, y, splits=2).values
    assert NEIGHBOURS["scikit-learn"][0]() == NEIGHBOURS["scikit-learn"][1]


def test_threads_use_workers_at_once_and_one_stops_early():
    found = {}

    def work(name):
        if name == "early":
            results = each_result(slowly, [(number,) for number in range(50)], workers=2)
            found[name] = next(results)
            results.close()
        else:
            found[name] = run_tasks(slowly, [(number,) for number in range(6)], workers=2)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "early", "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"one": list(range(6)), "early": 0, "other": list(range(6))}
    assert ours() == THREE and len(pools._idle) == 1 == len(pools._all)


def in_child(function):
    """What ``function`` gives in a forked child, which must end within 20 s and leave no process."""
    context = multiprocessing.get_context("fork")
    reader, writer = context.Pipe(duplex=False)

    def answer():
        try:
            writer.send(function())
        except Exception as error:
            writer.send(f"{type(error).__name__}: {error}")

    child = context.Process(target=answer)
    child.start()
    assert reader.poll(60), "no answer"
    found = reader.recv()
    descendants = psutil.Process(child.pid).children(recursive=True) if child.is_alive() else []
    child.join(20)
    ended = not child.is_alive()
    child.kill()
    assert ended, "the child lives on"
    psutil.wait_procs(descendants, timeout=10)
    assert not [process for process in descendants if process.is_running()]
    return found


@pytest.mark.parametrize("before", [False, True])
def test_a_forked_child(before):
    """Whether or not its parent has used workers; and the parent's go on."""
    if before:
        ours()
    else:
        pools._end_all()
        pools._idle.clear()
    assert in_child(ours) == THREE
    assert ours() == THREE
    assert in_child(fitted) == fitted(None)


def test_a_child_forked_in_the_middle_of_a_run(tmp_path):
    """It cannot take the run over, may begin another, and does not take away what its parent needs."""
    results = each_result(slowly, [(number,) for number in range(12)], workers=2, ahead=4)
    first = next(results)

    def go_on():
        try:
            return list(results)
        except BackendFailure as error:
            return str(error), ours()

    said, own = in_child(go_on)
    assert "forked in the middle of a run" in said and own == THREE
    assert [first, *results] == list(range(12))


def test_a_child_of_plain_fork_ends_by_itself():
    ours()
    child = os.fork()
    if not child:
        code = 1
        try:
            code = 0 if ours() == THREE else 2
        finally:
            pools._end_all()
            os._exit(code)
    until = time.monotonic() + 60
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < until:
        time.sleep(0.02)
    assert ended == (child, 0)


def refused(_):
    try:
        return ours()
    except NotAvailable as error:
        return str(error)


def test_a_daemonic_process_is_told_so():
    with multiprocessing.get_context("fork").Pool(1) as pool:
        said = pool.map(refused, [0])[0]
        assert pool.apply(ours, (1,)) == THREE
    assert all(
        part in said for part in ("workers = 2", "daemonic", "ProcessPoolExecutor", "--no-nanny", "daemon: false")
    )
    with joblib.parallel_config(backend="multiprocessing", n_jobs=2):
        assert "daemonic" in joblib.Parallel()(joblib.delayed(refused)(k) for k in range(2))[0]


def test_workers_killed_while_they_are_idle():
    ours()
    mine = set(pools._idle[0]._executor._processes)
    for process in mine:
        os.kill(process, signal.SIGKILL)
    assert ours() == THREE
    assert not mine & set(pools._idle[0]._executor._processes)


def test_workers_end_with_a_parent_that_is_killed():
    """Or whoever reads what it prints would wait until they are idle."""
    code = (
        "import os, signal\nfrom neurolsm.execute.workers import run_tasks\n"
        "print(run_tasks(abs, [(-1,), (-2,)], workers=2), flush=True)\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert found.stdout == "[1, 2]\n" and found.returncode == -signal.SIGKILL
