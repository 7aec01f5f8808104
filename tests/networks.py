"""Networks that tests build synapse by synapse."""

import numpy as np

import neurolsm as nl
from neurolsm.program import Neurons, Population, Program, Projection


def neurons(n, **constants):
    zero = np.zeros(n, np.int32)
    plain = {
        "du": zero + 400, "dv": zero + 100, "vth": zero + 1000, "bias_mant": zero, "bias_exp": zero, "refractory": zero,
        "theta_step": zero, "theta_decay": zero,
    }  # fmt: skip
    return Neurons(**(plain | constants))


def projection(name, source, sources, pre, post, weight=8, delay=0, **fields):
    """Synapses sorted by (pre, post), all of one weight and delay unless arrays are given."""
    order = np.lexsort((post, pre))
    pre, post = np.asarray(pre)[order], np.asarray(post)[order]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(pre, minlength=sources))]).astype(np.int64)
    return Projection(
        name, source, fields.pop("sign_mode", "excitatory"), 0, indptr, post.astype(np.int32),
        np.broadcast_to(weight, post.shape).astype(np.int16), np.broadcast_to(delay, post.shape).astype(np.uint8), **fields,
    )  # fmt: skip


def network(n, n_inputs, *projections, target="loihi1", **constants):
    return Program(target, "loihi", 1e-3, 0, n_inputs, (Population("all", 0, n),), neurons(n, **constants), projections)


def nalsm(seed=1):
    """The liquid of NALSM: 10 x 10 x 10 neurons, wavelength 3, 784 channels at density 0.15."""
    column = nl.Column(shape=(10, 10, 10), wavelength=3.0, p_ee=0.2, p_ei=0.1, p_ie=0.3, p_ii=0.05)
    liquid = nl.Liquid(
        topology=column, neuron=nl.LIF(tau_syn=1e-3, tau_mem=64e-3, t_refractory=2e-3), weights=0.15,
        input=nl.RandomMap(density=0.15, weight=0.15, inhibitory=0.5),
    )  # fmt: skip
    return nl.lower(nl.LSM(inputs=784, liquid=liquid, seed=seed), target="loihi1").program
