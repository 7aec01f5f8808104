"""Stored synapses that never learn, of one or more projections: a single number each, those of a source one after another.

Projections with short rows lie in one table, so that a spike looks for its synapses once. Where delays differ, the synapses of a source
are sorted by delay: from the row that arrives next on, those whose rows lie ahead come first, then those for which the ring begins
anew. How many come first is a table too, ``early[head][source]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neurolsm.program import INPUT
from neurolsm_c.design import Design
from neurolsm_c.rows import Rows, moved
from neurolsm_c.tables import comment, table, type_of

LONG = 64  # synapses of a mean row of which eight are added in a loop, else four

PAIR = """LSM_INLINE const int{wide}_t *pair_{bits}(int32_t *restrict row, const int{wide}_t *restrict s, int32_t scale)
{{
    const int{wide}_t one = s[0], two = s[1];
    row[(uint{bits}_t)one] += (one >> {bits}) * scale;
    row[(uint{bits}_t)two] += (two >> {bits}) * scale;
    return s + 2;
}}
"""

ADD = """/* n synapses, of each of which weight * {turn} + place is one number. Returns the place after the last. */
LSM_INLINE const int{wide}_t *{name}(int32_t *restrict row, const int{wide}_t *restrict s, uint32_t n, int32_t scale)
{{
    if (n & 1u) {{
        row[(uint{bits}_t)*s] += (*s >> {bits}) * scale;
        s++;
    }}
{rest}
    LSM_ONCE
    for (const int{wide}_t *const end = s + (n & ~{most}u); s != end;) {{
{pairs}
    }}
    return s;
}}
"""


@dataclass(frozen=True, eq=False)
class Bundle:
    """The synapses of some projections with the same kind of source, sorted by source and delay.

    Attributes:
        numbers: the projections, among all.
        first, last: sources from the first to the one after the last that has any synapse.
        source, post, delay, weight: of each synapse; the source is counted from ``first``, the weight has its exponent.
    """

    design: Design
    numbers: tuple[int, ...]
    first: int
    last: int
    source: NDArray[np.int64]
    post: NDArray[np.int64]
    delay: NDArray[np.int64]
    weight: NDArray[np.int64]

    @cached_property
    def in_ring(self) -> bool:
        return self.design.in_ring(self.design.program.projections[self.numbers[0]])

    @cached_property
    def late(self) -> bool:
        """Whether delays differ."""
        return bool(np.unique(self.delay).size > 1)

    @cached_property
    def begin(self) -> NDArray[np.int64]:
        return np.searchsorted(self.source, np.arange(self.last - self.first + 1))

    @cached_property
    def early(self) -> NDArray[np.int64]:
        """How many synapses of a source come before the ring begins anew [slots, sources]."""
        slots, sources = self.design.slots, self.last - self.first
        return np.stack(
            [np.bincount(self.source[self.delay < slots - head], minlength=sources) for head in range(slots)]
        )

    @cached_property
    def place(self) -> NDArray[np.int64]:
        return self.delay * self.design.width + self.post if self.late else self.post

    @cached_property
    def packing(self) -> tuple[int, int] | None:
        """Bits of a place, and what weights are divided by; None where one number does not hold both, or takes more memory than two."""
        bits, low = 8 if self.place.max() < 256 else 16, next(s for s in range(32) if (self.weight >> s & 1).any())
        for shift in (0, low) if self.place.max() < 1 << bits else ():
            w = self.weight >> shift
            if -(1 << bits - 1) <= w.min() and w.max() < 1 << bits - 1:
                return bits, shift
        return None

    @property
    def name(self) -> str:
        """Of the C function that adds a row."""
        assert self.packing is not None
        return f"add_{'long_' if self.source.size >= LONG * (self.last - self.first) else ''}{self.packing[0]}"

    @property
    def fits(self) -> bool:
        """No table of what comes first may be larger than one of delays."""
        return self.packing is not None and not (self.late and self.early.size > self.source.size)


def bundles(design: Design) -> dict[int, Bundle]:
    """By the number of their first projection."""
    groups: dict[tuple[bool, bool], list[int]] = {}
    for number, p in enumerate(design.program.projections):
        if _stored(design, number):
            groups.setdefault((p.source == INPUT, design.in_ring(p)), []).append(number)
    made = (_bundle(design, numbers) for numbers in groups.values())
    return {bundle.numbers[0]: bundle for bundle in made if bundle.fits}


def _stored(design: Design, number: int) -> bool:
    """Whether synapses need a table of targets and one of weights, and never learn."""
    p = design.program.projections[number]
    if not p.size or p.plasticity is not None or number in design.laws or np.unique(p.weight).size == 1:
        return False
    return Rows.of(design, number, p).tabled


def _bundle(design: Design, numbers: list[int]) -> Bundle:
    parts = [design.program.projections[number] for number in numbers]
    source = np.concatenate([np.repeat(np.arange(p.indptr.size - 1), np.diff(p.indptr)) for p in parts])
    post = np.concatenate([Rows.of(design, number, p).post for number, p in zip(numbers, parts, strict=True)])
    delay = np.concatenate([p.delay.astype(np.int64) for p in parts])
    weight = np.concatenate([p.weight.astype(np.int64) << p.weight_exp for p in parts])
    order = np.lexsort((post, delay, source))
    first, last = int(source.min()), int(source.max()) + 1
    return Bundle(design, tuple(numbers), first, last, source[order] - first, post[order], delay[order], weight[order])


def text(bundle: Bundle) -> str:
    """Tables and the function ``deliver_<number>``."""
    assert bundle.packing is not None
    design, k, (bits, shift) = bundle.design, bundle.numbers[0], bundle.packing
    parts = [design.program.projections[number] for number in bundle.numbers]
    packed = ((bundle.weight >> shift) << bits) + bundle.place
    tables = table(f"begin_{k}", bundle.begin) + table(f"synapse_{k}", packed, f"int{2 * bits}_t")
    prepare, pieces = _rows(bundle, bits, 1 << shift)
    known = design.program.n_inputs if parts[0].source == INPUT else design.program.n
    start = f"first_from(sources, count, {bundle.first}u)" if bundle.first else "0"
    body = [f"const uint32_t source = (uint32_t)sources[i]{moved(-bundle.first)}{'u' * bool(bundle.first)};"]
    if bundle.last < known:
        body.append(f"if (source >= {bundle.last - bundle.first}u) break;")
    place = (
        f"place = {design.width} * delay + neuron, from the row that arrives next" if bundle.late else "place = neuron"
    )
    lines = [
        f"/* {', '.join(comment(p.name) for p in parts)}: {sum(p.size for p in parts)} synapses.",
        "   A spike at step t adds a weight to the input of step t + 1 + delay;" + f" {place}. */",
        tables + (table(f"early_{k}", bundle.early) if bundle.late else ""),
        f"static void deliver_{k}(const {design.index} *sources, int32_t count)", "{", *(f"    {line}" for line in prepare),
        f"    for (int32_t i = {start}; i < count; i++) {{", *(f"        {line}" for line in (*body, *pieces)), "    }", "}", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _rows(bundle: Bundle, bits: int, scale: int) -> tuple[list[str], list[str]]:
    """Where input is added: what is known before the loop over the sources, and what each source does."""
    design, k = bundle.design, bundle.numbers[0]
    begin = [f"const uint32_t begin = begin_{k}[source], n = begin_{k}[source + 1] - begin;"]
    if not bundle.late:
        row = f"rows[lsm.head + {bundle.delay[0]}u]" if bundle.in_ring else "lsm.flat"
        return [f"int32_t *const row = {row};"], [*begin, f"(void){bundle.name}(row, synapse_{k} + begin, n, {scale});"]
    kind, sources = type_of(bundle.early), bundle.last - bundle.first
    prepare = [
        f"const {kind} *const early = early_{k} + lsm.head * {sources}u; /* synapses before the ring begins anew */",
        f"int32_t *const ahead = lsm.ring + lsm.head * {design.width}u;",
        "int32_t *const anew = (int32_t *)((uintptr_t)ahead - sizeof lsm.ring);",
    ]
    return prepare, [
        *begin, "const uint32_t first = early[source];",
        f"const int{2 * bits}_t *const s = {bundle.name}(ahead, synapse_{k} + begin, first, {scale});",
        f"(void){bundle.name}(anew, s, n - first, {scale});",
    ]  # fmt: skip


def helpers(texts: str) -> str:
    """What these texts call."""
    found = []
    for bits in (8, 16):
        wide, calls = 2 * bits, [name for name in (f"add_{bits}", f"add_long_{bits}") if f"{name}(" in texts]
        found += [PAIR.format(bits=bits, wide=wide)] * bool(calls)
        for name in calls:
            pair, most = f"s = pair_{bits}(row, s, scale);", 7 if "long" in name else 3
            rest = [f"    if (n & 2u) {pair}"]
            if most == 7:
                rest += ["    if (n & 4u) {", *[f"        {pair}"] * 2, "    }"]
            pairs = "\n".join([f"        {pair}"] * (most // 2 + 1))
            found.append(
                ADD.format(
                    name=name, bits=bits, wide=wide, turn=1 << bits, rest="\n".join(rest), most=most, pairs=pairs
                )
            )
    return "\n".join(found)
