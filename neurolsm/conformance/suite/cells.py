"""Cells whose course was worked out by hand. Index k of u and v is the value after step k.

du = 2047 keeps half of u and dv = 2048 half of v in a step; du = 4095 and dv = 4096 keep nothing. An input spike at step t
acts at step t + 1 + delay and adds 64 times its weight to u.
"""

from __future__ import annotations

from neurolsm.conformance.suite.bench import Cell, Synapse

S = Synapse
FULL = 255  # with exponent 7 it adds 255 * 128 * 64 = 2,088,960 to u

PLAIN = (
    Cell(
        "decay rounds toward zero",
        {"du": 2047, "dv": 1024},  # keeps 1/2 of u and 3/4 of v
        (S(3, at=(0,)),),
        u=[0, 192, 96, 48, 24, 12, 6, 3, 1, 0, 0, 0],
        v=[0, 192, 240, 228, 195, 158, 124, 96, 73, 54, 40, 30],
    ),
    Cell(
        "decay of negative values rounds toward zero",
        {"du": 2047, "dv": 1024},
        (S(-3, at=(0,)),),
        u=[0, -192, -96, -48, -24, -12, -6, -3, -1, 0, 0, 0],
        v=[0, -192, -240, -228, -195, -158, -124, -96, -73, -54, -40, -30],
    ),
    Cell(
        "threshold is strict",
        {"vth": 3},  # 192 in units of v
        (S(3, at=(0,)), S(4, at=(2,))),
        u=[0, 192, 0, 256, 0, 0, 0, 0, 0, 0, 0, 0],
        v=[0, 192, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        spikes=[3],
    ),
    Cell(
        "a spike resets v and not u",
        {"du": 2047, "vth": 1},
        (S(4, at=(0,)),),
        u=[0, 256, 128, 64, 32, 16, 8, 4, 2, 1, 0, 0],
        v=[0, 0, 0, 64, 32, 16, 8, 4, 2, 1, 0, 0],
        spikes=[1, 2],
    ),
    Cell(
        "bias drives a clock",
        {"dv": 0, "vth": 2, "bias_mant": 5, "bias_exp": 3},
        u=[0] * 12,
        v=[40, 80, 120, 0, 40, 80, 120, 0, 40, 80, 120, 0],
        spikes=[3, 7, 11],
    ),
    Cell(
        "negative bias",
        {"dv": 2048, "bias_mant": -5},
        u=[0] * 12,
        v=[-5, -7, -8] + [-9] * 9,
    ),
    Cell(
        "v saturates below",
        {"dv": 0},
        (S(-FULL, at=(0, 1, 2, 3, 4), exp=7), S(FULL, at=(6,), exp=7)),
        u=[0] + [-2088960] * 5 + [0, 2088960, 0, 0, 0, 0],
        v=[0, -2088960, -4177920, -6266880, -8355840, -8388607, -8388607] + [-6299647] * 5,
    ),
    Cell(
        "v saturates above and fires",
        {"dv": 0},  # the highest threshold is 131071 * 64 = 8,388,544
        (S(FULL, at=(0, 1, 2, 3, 4), exp=7),),
        u=[0] + [2088960] * 5 + [0] * 6,
        v=[0, 2088960, 4177920, 6266880, 8355840] + [0] * 7,
        spikes=[5],
    ),
    Cell(
        "u wraps once from above",
        {"du": 0},  # still loses 1/4096: 8,355,840 - 2,040 + 8,355,840 - 2^24 = -67,576
        (S(FULL, at=(0, 1), exp=7),) * 4,
        u=[0, 8355840, -67576, -67559, -67542, -67525, -67508, -67491, -67474, -67457, -67440, -67423],
        v=[0, 8355840, -67576, -67559, -67542, -67525, -67508, -67491, -67474, -67457, -67440, -67423],
    ),
    Cell(
        "u wraps once from below",
        {"du": 0},
        (S(-FULL, at=(0, 1), exp=7),) * 4,
        u=[0, -8355840, 67576, 67559, 67542, 67525, 67508, 67491, 67474, 67457, 67440, 67423],
        v=[0, -8355840, 67576, 67559, 67542, 67525, 67508, 67491, 67474, 67457, 67440, 67423],
    ),
    Cell(
        "delays, two arrivals in one step",
        {},
        (S(1, at=(2,)), S(2, at=(2,), delay=1), S(4, at=(2,), delay=5), S(8, at=(4,), delay=3)),
        u=[0, 0, 0, 64, 128, 0, 0, 0, 768, 0, 0, 0],
        v=[0, 0, 0, 64, 128, 0, 0, 0, 768, 0, 0, 0],
    ),
    Cell(
        "recurrent synapses and delays",
        {},
        (S(6, source="bias drives a clock", delay=2), S(-2, source="threshold is strict")),
        u=[0, 0, 0, 0, -128, 0, 384, 0, 0, 0, 384, 0],
        v=[0, 0, 0, 0, -128, 0, 384, 0, 0, 0, 384, 0],
    ),
    Cell(
        "a synapse onto itself",
        {"vth": 1},
        (S(2, at=(0,)), S(2, source="a synapse onto itself", delay=3)),
        u=[0, 128, 0, 0, 0, 128, 0, 0, 0, 128, 0, 0],
        v=[0] * 12,
        spikes=[1, 5, 9],
    ),
    Cell(
        "longest delay",  # acts at step 63; see test_longest_delay
        {"du": 2047},
        (S(10, at=(0,), delay=62),),
        u=[0] * 12,
        v=[0] * 12,
    ),
)

REFRACTORY = (
    Cell(
        "bias, three steps of silence",
        {"dv": 0, "vth": 1, "bias_mant": 1, "bias_exp": 7, "refractory": 3},
        u=[0] * 12,
        v=[0] * 12,
        spikes=[0, 4, 8],
    ),
    Cell(
        "u goes on while v is held",
        {"du": 2047, "vth": 1, "refractory": 2},
        (S(16, at=(0,)),),
        u=[0, 1024, 512, 256, 128, 64, 32, 16, 8, 4, 2, 1],
        v=[0, 0, 0, 0, 0, 0, 0, 16, 8, 4, 2, 1],
        spikes=[1, 4],
    ),
    Cell(
        "v starts again from zero",
        {"dv": 0, "vth": 2, "bias_mant": 5, "bias_exp": 3, "refractory": 1},
        u=[0] * 12,
        v=[40, 80, 120, 0, 0, 40, 80, 120, 0, 0, 40, 80],
        spikes=[3, 8],
    ),
    Cell(
        "held beyond the end",
        {"dv": 0, "vth": 1, "bias_mant": 65, "refractory": 63},
        u=[0] * 12,
        v=[0] * 12,
        spikes=[0],
        extra={"refractory": 52},  # 63 after step 0, one less in each of the 11 steps that follow
    ),
)

ADAPTIVE = (
    Cell(
        # thresholds 64 164 114 189 126 195 129 96 180 122 193 128: at the last step v equals it
        "threshold rises and relaxes",
        {"vth": 1, "bias_mant": 128, "theta_step": 100, "theta_decay": 2048},
        u=[0] * 12,
        v=[0, 128, 0, 128, 0, 128, 128, 0, 128, 0, 128, 128],
        spikes=[0, 2, 4, 7, 9],
        extra={"theta": 32},
    ),
    Cell(
        # theta 4,194,304, then 2^23 - 1 instead of 8,388,608; v climbs by 2,088,960 per step
        "theta is limited to 24 bits",
        {"dv": 0, "vth": 0, "theta_step": 4194304},
        (S(FULL, at=(0, 1, 2, 3, 4, 5, 6, 7), exp=7),),
        u=[0] + [2088960] * 8 + [0] * 3,
        v=[0, 0, 2088960, 4177920, 0, 2088960, 4177920, 6266880, 8355840] + [8355840] * 3,
        spikes=[1, 4],
        extra={"theta": 8388607},
    ),
)

FLOAT = (
    Cell(
        "decay",
        {"du": 0.5, "dv": 0.25},
        (S(0.5, at=(0,)),),
        u=[0] + [0.5 ** (k + 1) for k in range(11)],
        # v = (3/4)^(k+1) - (1/2)^(k+1), times (1/2) / (3/4 - 1/2)
        v=[0] + [2 * (0.75 ** (k + 1) - 0.5 ** (k + 1)) for k in range(11)],
    ),
    Cell(
        "threshold is strict",
        {},
        (S(1.0, at=(0,)), S(1.25, at=(2,))),
        u=[0, 1, 0, 1.25, 0, 0, 0, 0, 0, 0, 0, 0],
        v=[0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        spikes=[3],
    ),
    Cell(
        "bias, and a synapse from another cell",
        {"dv": 0.0, "bias_mant": 0.375},
        (S(-0.25, source="threshold is strict", delay=4),),
        u=[0] * 8 + [-0.25, 0, 0, 0],
        v=[0.375, 0.75, 0, 0.375, 0.75, 0, 0.375, 0.75, 0.875, 0, 0.375, 0.75],
        spikes=[2, 5, 9],
    ),
    Cell(
        "nothing saturates or wraps",
        {"vth": 1e9},
        (S(3e8, at=(0,)), S(-3e8, at=(2,))),
        u=[0, 3e8, 0, -3e8, 0, 0, 0, 0, 0, 0, 0, 0],
        v=[0, 3e8, 0, -3e8, 0, 0, 0, 0, 0, 0, 0, 0],
    ),
)
