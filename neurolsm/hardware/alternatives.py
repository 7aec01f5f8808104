"""Other input maps for a description: what a liquid would take if its channels reached it differently."""

from __future__ import annotations

from dataclasses import replace
from math import isqrt

from neurolsm.describe.input_map import OneToOne, RandomMap, ReceptiveFields
from neurolsm.describe.laws import Each
from neurolsm.describe.lsm import LSM, Liquid, LiquidLike, Parallel

Map = RandomMap | ReceptiveFields | OneToOne  # own maps stay as they are
WINDOW = 5  # channels along each axis of a receptive field; 25 where the channels form no square


def alternatives(lsm: LSM) -> list[tuple[str, LSM]]:
    """A name and a description for each map that asks for less: half the density, windows, one channel per neuron."""
    side = isqrt(lsm.inputs)
    windows = ReceptiveFields(shape=(side, side), size=WINDOW)
    if side * side != lsm.inputs:
        windows = ReceptiveFields(shape=(lsm.inputs,), size=WINDOW**2)
    found = [("half the density", _halved(lsm)), (f"windows of {WINDOW**2} channels", _mapped(lsm, windows))]
    if lsm.inputs <= lsm.n:
        found.append(("one channel per neuron", _mapped(lsm, OneToOne())))
    return [(name, other) for name, other in found if other is not None and other != lsm]


def _halved(lsm: LSM) -> LSM | None:
    def halve(liquid: Liquid) -> Liquid:
        old = liquid.input
        if not isinstance(old, (RandomMap, ReceptiveFields)) or _each(old):
            return liquid
        return replace(liquid, input=replace(old, density=old.density / 2))

    return replace(lsm, liquid=_first(lsm.liquid, halve))


def _each(old: Map) -> bool:
    """Whether weights or delays are given one by one, for the synapses of this map and no other."""
    return isinstance(old.weight, Each) or isinstance(old.delay, Each)


def _mapped(lsm: LSM, new: Map) -> LSM:
    """With ``new``, but the weights, signs and delays of the map that was there."""

    def swap(liquid: Liquid) -> Liquid:
        old = liquid.input
        if not isinstance(old, (RandomMap, ReceptiveFields, OneToOne)) or _each(old):
            return liquid
        return replace(liquid, input=replace(new, weight=old.weight, inhibitory=old.inhibitory, delay=old.delay))

    return replace(lsm, liquid=_first(lsm.liquid, swap))


def _first(liquid: LiquidLike, change) -> LiquidLike:  # type: ignore[no-untyped-def]
    """``change`` applied to every liquid that the channels reach."""
    if isinstance(liquid, Liquid):
        return change(liquid)
    if isinstance(liquid, Parallel):
        return replace(liquid, liquids=tuple(_first(part, change) for part in liquid.liquids))
    return replace(liquid, liquids=(_first(liquid.liquids[0], change), *liquid.liquids[1:]))
