"""An independent check of a placement: from the map of neurons to cores alone, with none of the mapper's code.

Everything is counted again from sorted synapses, lists are compared as they are, and the widths are worked out from the weights
one by one; what is found must be what the mapper claims, and within every limit.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from math import ceil

import numpy as np

from neurolsm.hardware.limits import CORE
from neurolsm.hardware.place import Placement
from neurolsm.program import Program, Projection

MOST = 20  # violations that are listed


def violations(program: Program, placement: Placement) -> list[str]:
    """What is wrong with ``placement``, in sentences; empty for a valid one."""
    core = placement.core
    found: list[str] = []
    if core.shape != (program.n,) or core.min(initial=0) < 0 or core.max(initial=0) >= placement.cores:
        return [f"not every one of the {program.n} neurons has a core in 0..{placement.cores - 1}"]
    if -(-placement.cores // placement.chip.cores.value) != placement.chips:
        found.append(f"{placement.cores} cores are not on {placement.chips} chips of {placement.chip.cores.value}")
    members = [[] for _ in range(placement.cores)]  # type: list[list[int]]
    for neuron, c in enumerate(core.tolist()):
        members[c].append(neuron)
    pieces = [_by_core(p, core, placement.cores) for p in program.projections]
    outgoing = _outgoing(program, core, placement.cores)
    for c in range(placement.cores):
        counted = _count(program, placement, c, np.array(members[c], int), pieces, outgoing[c])
        for k, p in enumerate(program.projections):
            lists = np.unique(pieces[k][c][0]).size
            if placement.coding[c, k] == 1 and p.plasticity and pieces[k][c][0].size != lists * len(members[c]):
                found.append(f"core {c}: {p.name} learns and is stored dense, with synapses that it has not")
        for k, name in enumerate(CORE):
            limit, claimed = getattr(placement.chip, name).value, int(placement.used[c, k])
            if counted[name] > limit:
                found.append(f"core {c}: {counted[name]:,} {name}, the limit is {limit:,}")
            if counted[name] != claimed:
                found.append(f"core {c}: {counted[name]:,} {name}, the mapper claims {claimed:,}")
        if len(found) >= MOST:
            break
    return found


def _by_core(p: Projection, core: np.ndarray, cores: int) -> list[tuple[np.ndarray, ...]]:
    """The synapses of each core: sources, targets, weights, delays, in the order of the sources."""
    order = np.argsort(core[p.post], kind="stable")
    edges = np.searchsorted(core[p.post][order], np.arange(cores + 1))
    columns = (p.pre[order], p.post[order], p.weight[order], p.delay[order])
    return [tuple(column[a:b] for column in columns) for a, b in pairwise(edges.tolist())]


def _outgoing(program: Program, core: np.ndarray, cores: int) -> np.ndarray:
    """Pairs of a neuron of a core and a list it starts, over all cores that the lists lie in."""
    total = np.zeros(cores, np.int64)
    for p in program.projections:
        if p.source == "neuron" and p.size:
            pairs = np.unique(np.stack([p.pre, core[p.post]]), axis=1)
            np.add.at(total, core[pairs[0]], 1)
    return total


def _count(
    program: Program, placement: Placement, c: int, members: np.ndarray, pieces: list, outgoing: int
) -> dict[str, int]:
    n = program.neurons
    here = {
        (n.du[i], n.dv[i], n.refractory[i], n.bias_exp[i], n.theta_step[i], n.theta_decay[i]) for i in members.tolist()
    }
    bits = axons = formats = 0
    pre, post = set(), set()
    for k, p in enumerate(program.projections):
        source, target, weight, delay = pieces[k][c]
        if not source.size:
            continue
        formats += 1
        lists = np.split(np.arange(source.size), np.flatnonzero(np.diff(source)) + 1)
        axons += len(lists) * (2 if p.plasticity else 1)
        if p.plasticity:
            rule = p.plasticity
            x = (rule.x1, rule.x2, "x1" in rule.third, "x2" in rule.third, rule.t_epoch)
            y = tuple((None if name in rule.third else getattr(rule, name)) for name in ("y1", "y2", "y3"))
            pre.add(x)
            post.add((*y, rule.t_epoch))
        bits += _memory(p, placement, c, k, len(members), lists, target, weight, delay)
    return {
        "neurons": int(np.where(n.theta_step[members] > 0, 2, 1).sum()), "synaptic_memory": bits, "input_axons": axons,
        "output_axons": int(outgoing), "neuron_configurations": len(here), "thresholds": len(set(n.vth[members].tolist())),
        "synapse_formats": formats, "pre_traces": len(pre), "post_traces": len(post),
    }  # fmt: skip


def _memory(
    p: Projection, placement: Placement, c: int, k: int, members: int, lists: list, target: np.ndarray,
    weight: np.ndarray, delay: np.ndarray,
) -> int:  # fmt: skip
    slot = _width(p) + (len(f"{p.delay.max():b}") if p.delay.any() else 0)
    if p.plasticity and p.plasticity.dt:
        slot += 8
    index = max(6, len(f"{members - 1:b}"))
    coding = int(placement.coding[c, k])
    if coding == 1:  # dense
        return len(lists) * _list(members, slot)
    if coding == 2:  # shared
        distinct: dict[bytes, int] = defaultdict(int)
        for part in lists:
            distinct[np.stack([target[part], weight[part], delay[part]]).astype(np.int64).tobytes()] = part.size
        return sum(_list(size, slot + index) for size in distinct.values())
    return sum(_list(part.size, slot + (index if placement.indices else 0)) for part in lists)


def _list(synapses: int, slot: int) -> int:
    """Bits of a list, cut into pieces of 64 synapses."""
    pieces = [min(64, synapses - first) for first in range(0, synapses, 64)]
    return sum(64 * ceil((size * slot + 10) / 64) for size in pieces)


def _width(p: Projection) -> int:
    """The narrowest field that holds every weight: b bits hold multiples of 2^(8 - b), twice that where signs are mixed."""
    for width in (1, 2, 3, 4, 5, 6):
        step = 2 ** (8 - width) * (2 if p.sign_mode == "mixed" else 1)
        if p.plasticity is None and p.size and not (p.weight % step).any():
            return width
    return 8
