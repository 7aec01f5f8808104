"""How the synapses of one projection are stored in one core, and what that costs in bits.

    sparse   a slot for each synapse, with the index of its target where indices are counted
    dense    a slot for each neuron of the core in each list, without indices
    shared   as sparse, with its index, but lists that are equal (targets, weights, delays) are stored once

A list of n slots of b bits takes whole words:  floor(n / 64) W(64 b + 10) + W((n mod 64) b + 10),  W(x) = 64 ceil(x / 64).

Source: nengo-loihi block.py, SynapseConfig.bits_per_axon, which counts the index of a synapse for shared lists and none for
the lists of single axons; ``indices=True`` counts it for every sparse synapse, the conservative reading.
"""

# mypy: ignore-errors
from __future__ import annotations

import numpy as np

from neurolsm.compiled import compiled
from neurolsm.hardware.limits import BLOCK_HEADER, BLOCK_SYNAPSES, WORD

SPARSE, DENSE, SHARED, UNUSED = 0, 1, 2, 3
CODINGS = ("sparse", "dense", "shared")
_WORD, _BLOCK, _HEADER = WORD, BLOCK_SYNAPSES, BLOCK_HEADER


@compiled()
def list_bits(synapses, slot):
    """Bits of one list of ``synapses`` slots of ``slot`` bits."""
    full, rest = synapses // _BLOCK, synapses % _BLOCK
    bits = full * (_WORD * ((_BLOCK * slot + _HEADER + _WORD - 1) // _WORD))
    if rest:
        bits += _WORD * ((rest * slot + _HEADER + _WORD - 1) // _WORD)
    return bits


@compiled()
def list_bits_of(synapses, slot):
    """``list_bits`` of arrays."""
    bits = np.empty(synapses.size, np.int64)
    for k in range(synapses.size):
        bits[k] = list_bits(synapses[k], slot[k])
    return bits


@compiled()
def list_hashes(indptr, post, weight, delay, core, cores, keys):
    """For every (source, core) with synapses: source, core, count, and a 64-bit hash of targets, weights and delays.

    Lists with the same hash share storage; the odds that two of a million lists do so falsely are 3e-8, and the validator
    compares the lists themselves.
    """
    n_sources = indptr.size - 1
    count = np.zeros(cores, np.int64)
    sums = np.zeros(cores, np.uint64)
    size = 0
    source = np.empty(1024, np.int64)
    where = np.empty(1024, np.int64)
    many = np.empty(1024, np.int64)
    total = np.empty(1024, np.uint64)
    for j in range(n_sources):
        for s in range(indptr[j], indptr[j + 1]):
            c = core[post[s]]
            x = keys[post[s]] ^ (np.uint64(np.int64(weight[s]) + 512) * np.uint64(0x9E3779B97F4A7C15))
            x ^= np.uint64(delay[s] + 1) * np.uint64(0xC2B2AE3D27D4EB4F)
            x = (x ^ (x >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
            x ^= x >> np.uint64(32)
            count[c] += 1
            sums[c] += x * (x | np.uint64(1))
        for s in range(indptr[j], indptr[j + 1]):
            c = core[post[s]]
            if count[c] > 0:
                if size == source.size:
                    source = np.concatenate((source, np.empty_like(source)))
                    where = np.concatenate((where, np.empty_like(where)))
                    many = np.concatenate((many, np.empty_like(many)))
                    total = np.concatenate((total, np.empty_like(total)))
                source[size], where[size], many[size], total[size] = j, c, count[c], sums[c]
                size += 1
                count[c] = 0
                sums[c] = 0
    return source[:size], where[:size], many[:size], total[:size]
