"""Filling cores one neuron after the other: a core is closed when the next neuron would break one of its limits."""

# mypy: ignore-errors
from __future__ import annotations

import numpy as np

from neurolsm.compiled import compiled
from neurolsm.hardware.coding import list_bits

NEURONS, MEMORY, INPUT_AXONS, OUTPUT_AXONS, CONFIGURATIONS, THRESHOLDS, FORMATS, PRE, POST = range(9)
N_LIMITS = 9


@compiled()
def _room_for(used, limits):
    for k in range(N_LIMITS):
        if used[k] > limits[k]:
            return k
    return -1


@compiled()
def pack(order, back, heard, list_projection, slot, index, axons, dense, pre, post, configuration, threshold,
         compartments, outgoing, limits):  # fmt: skip
    """Place the neurons of ``order`` into as many cores as they need.

    Args:
        list_projection: the projection of each list.
        index: bits of an index of each projection.
        outgoing: output axons to allow for each neuron.
        limits: of a core, in the order of the names above.
        The others: see ``Demand``.

    Returns:
        The core of each neuron; for each core the limit that closed it (-1: nothing was left); and a neuron that does not fit
        into an empty core with the limit it breaks, or -1, -1.
    """
    n, projections = order.size, slot.size
    core_of = np.full(n, -1, np.int64)
    closed = np.full(n, -1, np.int64)
    count = np.zeros(list_projection.size, np.int64)
    touched = np.empty(heard.size + 1, np.int64)
    sparse, lists, synapses = (
        np.zeros(projections, np.int64),
        np.zeros(projections, np.int64),
        np.zeros(projections, np.int64),
    )
    seen_configuration = np.zeros(configuration.max() + 1, np.int64)
    seen_threshold = np.zeros(threshold.max() + 1, np.int64)
    seen_pre, seen_post = np.zeros(pre.size + 1, np.int64), np.zeros(post.size + 1, np.int64)
    used = np.zeros(N_LIMITS, np.int64)
    core, start, members, k = 0, 0, 0, 0
    top = 0
    while k < n:
        i = order[k]
        for s in range(back[i], back[i + 1]):
            one = heard[s]
            p = list_projection[one]
            c = count[one]
            if c == 0:
                touched[top] = one
                top += 1
                lists[p] += 1
                used[INPUT_AXONS] += axons[p]
                if lists[p] == 1:
                    used[FORMATS] += 1
                    if pre[p] >= 0:
                        used[PRE] += seen_pre[pre[p]] == 0
                        used[POST] += seen_post[post[p]] == 0
                        seen_pre[pre[p]] += 1
                        seen_post[post[p]] += 1
            sparse[p] += list_bits(c + 1, slot[p] + index[p]) - list_bits(c, slot[p] + index[p])
            synapses[p] += 1
            count[one] = c + 1
        members += 1
        used[NEURONS] += compartments[i]
        used[OUTPUT_AXONS] += outgoing[i]
        used[CONFIGURATIONS] += seen_configuration[configuration[i]] == 0
        used[THRESHOLDS] += seen_threshold[threshold[i]] == 0
        seen_configuration[configuration[i]] += 1
        seen_threshold[threshold[i]] += 1
        memory = 0
        for p in range(projections):
            if lists[p]:
                bits = sparse[p]
                if dense[p] or synapses[p] == lists[p] * members:
                    bits = min(bits, lists[p] * list_bits(members, slot[p]))
                memory += bits
        used[MEMORY] = memory
        broken = _room_for(used, limits)
        if broken < 0:
            core_of[i] = core
            k += 1
            continue
        if k == start:
            return core_of, closed[:0], i, broken
        closed[core] = broken
        core += 1
        start, members = k, 0
        for t in range(top):
            count[touched[t]] = 0
        top = 0
        sparse[:], lists[:], synapses[:], used[:] = 0, 0, 0, 0
        seen_configuration[:], seen_threshold[:], seen_pre[:], seen_post[:] = 0, 0, 0, 0
    return core_of, closed[: core + 1], -1, -1


@compiled()
def destinations(indptr, post, core, cores):
    """How many cores each source of a projection reaches."""
    found = np.zeros(indptr.size - 1, np.int64)
    stamp = np.full(cores, -1, np.int64)
    for j in range(found.size):
        for s in range(indptr[j], indptr[j + 1]):
            c = core[post[s]]
            if stamp[c] != j:
                stamp[c] = j
                found[j] += 1
    return found
