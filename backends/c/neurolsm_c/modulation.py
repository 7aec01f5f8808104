"""The C text of third factors and of intrinsic plasticity; the equations are those of ``neurolsm.semantics.modulation``."""

from __future__ import annotations

from neurolsm.program.plan import EVENTS
from neurolsm.program.plasticity import NO_TARGET, Intrinsic, Modulator
from neurolsm_c.design import Design


def third_factors(design: Design) -> str:
    """``set_third``: what teach() has said becomes y1, y2, y3 of the neurons; nothing where nobody asks."""
    if not design.third:
        return ""
    lines = ["    if (!(lsm.stirred | lsm.taught)) return;", "    lsm.stirred = 0;"]
    lines += [f"    memset(lsm.{name}, 0, sizeof lsm.{name});" for name in design.third]
    lines.append("    if (!lsm.taught) return;")
    for m in design.program.modulators:
        if m.trace in design.third:
            lines += _modulator(design, m)
    for name in design.third:
        lines += [
            f"    for (uint32_t k = 0; k < sizeof lsm.{name}; k++)",
            f"        if (lsm.{name}[k]) lsm.stirred |= {EVENTS[name]};",
        ]
    return (
        "/* Third factors: all are 0 where no modulator speaks; of several the last counts. */\nstatic void set_third(void)\n{\n"
        + ("\n".join(lines) + "\n}\n")
    )


def _modulator(design: Design, m: Modulator) -> list[str]:
    size, first = m.stop - m.start, design.third_span(m.trace)[0]
    place = f"k + {m.start - first}" if m.start > first else "k"
    loop = f"    for (int32_t k = 0; k < {size}; k++)"
    if m.kind == "direct":
        return [
            f"    /* {m.trace} = graded[{m.channel}] of neurons {m.start} to {m.stop - 1} */",
            loop, f"        lsm.{m.trace}[{place}] = lsm.graded[{m.channel}];",
        ]  # fmt: skip
    if m.kind == "each":
        return [
            f"    /* {m.trace} = graded[{m.channel} + k] of neurons {m.start} + k */",
            loop, f"        lsm.{m.trace}[{place}] = lsm.graded[{m.channel} + k];",
        ]  # fmt: skip
    return [
        f"    /* {m.trace} = clip(((graded[{m.channel + 1} + k] << {m.target_exp}) - v) >> {m.shift}, -128, 127) of neurons {m.start} + k */",
        f"    if (lsm.graded[{m.channel}])",
        f"    {loop[4:]} {{",
        f"        const int32_t target = lsm.graded[{m.channel + 1} + k];",
        f"        const int64_t error = ((int64_t)target * {1 << m.target_exp} - lsm.v[{f'k + {m.start}' if m.start else 'k'}]) >> {m.shift};",
        f"        lsm.{m.trace}[{place}] = (int8_t)(target == {NO_TARGET} ? 0 : error < -128 ? -128 : error > 127 ? 127 : error);",
        "    }",
    ]


def excitability(design: Design) -> str:
    """``adjust``: counts of spikes, and at the end of a period bias and threshold."""
    rules = design.program.intrinsic
    if not rules:
        return ""
    lines = []
    for r, rule in enumerate(rules):
        lines += _intrinsic(r, rule)
    text = "\n".join(lines)
    about = "/* count > target: bias_mant -= step, vth += step; count < target: the opposite; within their limits."
    if any(rule.calibration for rule in rules):
        about += "\n   C periods of calibration sum up a neuron's own rate, which it seeks: e = clip(count C - own, -unit, unit), unit = max(own, C). "
    return f"{about} */\nstatic void adjust(const {design.index} *spikes, int32_t count)\n{{\n{text}\n}}\n"


def _intrinsic(r: int, rule: Intrinsic) -> list[str]:
    size = rule.stop - rule.start
    here = f"(uint32_t)spikes[i] - {rule.start}u < {size}u"
    lines = [
        "    for (int32_t i = 0; i < count; i++)",
        f"        if ({here}) lsm.count[spikes[i]]++;",
        f"    if (++lsm.period_{r} == {rule.period}u) {{",
        f"        lsm.period_{r} = 0;",
        f"        for (int32_t i = {rule.start}; i < {rule.stop}; i++) {{",
        *(_own_rate(rule) if rule.calibration else _one_rate(rule)),
    ]
    (a, b), (c, d) = rule.bias_limits, rule.vth_limits
    lines += [
        f"            lsm.bias_mant[i] = (int16_t)bounded(lsm.bias_mant[i] - down, {a}, {b});",
        f"            lsm.vth[i] = bounded(lsm.vth[i] + up, {c}, {d});",
        "            lsm.count[i] = 0;",
        "        }",
        "    }",
    ]
    return lines


def _one_rate(rule: Intrinsic) -> list[str]:
    """What a period changes where all neurons seek one rate."""
    return [
        f"            const int32_t excess = (lsm.count[i] > {rule.target}) - (lsm.count[i] < {rule.target});",
        f"            const int32_t down = excess * {rule.bias_step}, up = excess * {rule.vth_step};",
    ]


def _own_rate(rule: Intrinsic) -> list[str]:
    """The same where each seeks its own, which it learns first."""
    c = rule.calibration
    return [
        f"            if (lsm.calibrated[i] < {c}) {{",
        "                lsm.own[i] += lsm.count[i];",
        "                lsm.calibrated[i]++;",
        "                lsm.count[i] = 0;",
        "                continue;",
        "            }",
        f"            const int32_t unit = lsm.own[i] > {c} ? lsm.own[i] : {c};",
        f"            const int64_t excess = bounded(lsm.count[i] * {c} - lsm.own[i], -unit, unit);",
        f"            const int32_t down = (int32_t)(excess * {rule.bias_step} / unit), up = (int32_t)(excess * {rule.vth_step} / unit);",
    ]
