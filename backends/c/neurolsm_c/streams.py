"""The C text of the random streams, and how traces decay with them. The formulas are those of ``neurolsm.program.streams``."""

from __future__ import annotations

import re

import numpy as np

from neurolsm.program.decay import TABLE_ZERO, decay_table
from neurolsm.program.plasticity import LAVA, THIRD_FACTOR_TAU
from neurolsm_c.design import Design
from neurolsm_c.tables import table

MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645  # of PCG64
ALL = (1 << 128) - 1

ADVANCE = """
/* NumPy's PCG64, 128 bits in four words: x <- a x + c. */
static void advance(uint32_t x[4], const uint32_t a[4], const uint32_t c[4])
{
    uint32_t sum[4];
    memcpy(sum, c, sizeof sum);
    for (int i = 0; i < 4; i++) {
        uint64_t carry = 0;
        for (int j = 0; i + j < 4; j++) {
            carry += (uint64_t)x[i] * a[j] + sum[i + j];
            sum[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    memcpy(x, sum, sizeof sum);
}

"""

SHOWN = """
/* The number that a generator shows: 53 bits. */
static uint64_t shown(const uint32_t x[4])
{
    uint64_t bits = (((uint64_t)x[3] << 32) | x[2]) ^ (((uint64_t)x[1] << 32) | x[0]);
    uint32_t turn = x[3] >> 26;
    return ((bits >> turn) | (bits << ((64u - turn) & 63u))) >> 11;
}
"""

MIX = """
/* One 32-bit number for each seed, clock and index: multiply, xor, shift. */
LSM_INLINE uint32_t mix(uint32_t seed, uint32_t index)
{
    uint32_t x = (seed * 0x9E3779B1u + (uint32_t)lsm.clock * 0x85EBCA77u) ^ (index * 0xC2B2AE3Du);
    x = (x ^ (x >> 15)) * 0x2C1B3C6Du;
    x = (x ^ (x >> 12)) * 0x297A2D39u;
    return x ^ (x >> 15);
}
"""


def words(number: int) -> list[int]:
    """128 bits as four words, the lowest first."""
    return [number >> 32 * k & 0xFFFFFFFF for k in range(4)]


def generator(seed: int, done: int) -> tuple[int, int]:
    """State and increment of ``default_rng(seed)`` after ``done`` draws."""
    bits = np.random.PCG64(seed)
    bits.advance(done)
    inner = bits.state["state"]
    return int(inner["state"]), int(inner["inc"])


def place(design: Design, name: str, clock: int) -> list[int]:
    """The words of a generator after ``clock`` learning steps."""
    from neurolsm.program.streams import WEIGHT_SEED

    kind, value = design.draws[name]
    seed, done = (value, 2 * clock + 1) if kind == "step" else (WEIGHT_SEED, clock // value + 1)
    return words(generator(seed, done)[0])


def jumps(design: Design, name: str) -> tuple[list[int], list[int]]:
    """a and c of one move of a generator: two draws a step, or one an epoch."""
    from neurolsm.program.streams import WEIGHT_SEED

    kind, value = design.draws[name]
    increment = generator(value if kind == "step" else WEIGHT_SEED, 0)[1]
    if kind == "epoch":
        return words(MULTIPLIER), words(increment)
    return words(MULTIPLIER * MULTIPLIER & ALL), words(increment * (MULTIPLIER + 1) & ALL)


def streams(design: Design, learning: str) -> str:
    """Generators and what is asked of them in the text of learning."""
    text = []
    if design.draws:
        text.append(ADVANCE)
        text.append(SHOWN if "shown(" in learning else "")
        for name in design.draws:
            a, c = jumps(design, name)
            text.append(table(f"{name}_a", a, "uint32_t") + table(f"{name}_c", c, "uint32_t"))
    if "mix(" in learning:
        text.append(MIX)
    return "\n".join(text)


def decay_name(tau: float, stream: str) -> str:
    """The name of the function for a time constant."""
    return "decayed_" + re.sub(r"\W", "_", f"{'lava' if stream == LAVA else 'mix'}_{tau:.17g}".replace("-", "m"))


def decays(design: Design, learning: str) -> str:
    """A function for each time constant of which the text of learning asks."""
    found = {}
    for plan in design.plans:
        for name in plan.slots:
            if name not in plan.rule.third or name in design.third:
                tau = plan.rule.trace(name).tau
                found[decay_name(tau, plan.rule.stream)] = (tau, plan.rule.stream)
    return "\n".join(_decay(name, *what) for name, what in sorted(found.items()) if f"{name}(" in learning)


def _decay(name: str, tau: float, stream: str) -> str:
    number = "uint64_t" if stream == LAVA else "uint32_t"
    whole, fraction = decay_table(tau)
    if not fraction.any():  # nothing is lost, or all
        body = (
            "    (void)number;\n    return value;\n"
            if whole[TABLE_ZERO + 1]
            else "    (void)number;\n    return 0 * value;\n"
        )
        return f"/* A trace of tau = {tau:g} steps. */\nLSM_INLINE int32_t {name}(int32_t value, {number} number)\n{{\n{body}}}\n"
    bits = 53 if stream == LAVA else 32
    limit = np.array([-int(-(x * 2.0**bits) // 1) for x in fraction.tolist()], object)  # rounded up
    always = limit >= 1 << bits
    whole, limit = whole + always.astype(np.int64), np.where(always, 0, limit)
    start = 0 if tau == THIRD_FACTOR_TAU else TABLE_ZERO
    shift = f" + {TABLE_ZERO}" if not start else ""
    texts = [int(x) for x in limit[start:]]
    tables = table(f"whole_{name}", whole[start:]) + table(f"up_{name}", np.array(texts, np.uint64), number)
    return (
        f"/* A trace of tau = {tau:g} steps: exp(-1 / tau) value, rounded down, and up where the number is less than what was cut. */\n"
        f"{tables}\nLSM_INLINE int32_t {name}(int32_t value, {number} number)\n{{\n"
        f"    return whole_{name}[value{shift}] + (number < up_{name}[value{shift}]);\n}}\n"
    )
