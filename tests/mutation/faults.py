"""Small faults, one at a time, such as an afternoon's optimisation brings: a name, a file, what stands there, what stands there instead.

Every text to replace occurs once in its file. The list leaves out changes without a consequence: they cannot be caught.
"""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """One fault. ``what`` is in the words of the table in docs/concepts/conformance.md."""

    what: str
    file: str
    old: str
    new: str


# What the quick tests miss and the nightly ones notice.
ONLY_NIGHTLY: set[str] = set()

EMULATOR = "neurolsm/emulator/"
LAVA, BRIAN2 = "backends/lava/neurolsm_lava/", "backends/brian2/neurolsm_brian2/"


def _of(file: str, *faults: tuple[str, str, str]) -> list[Fault]:
    return [Fault(what, EMULATOR + file, old, new) for what, old, new in faults]


def _of_lava(file: str, *faults: tuple[str, str, str]) -> list[Fault]:
    return [Fault(f"Lava: {what}", LAVA + file, old, new) for what, old, new in faults]


FAULTS: list[Fault] = [
    *_of(
        "changes.py",
        ("sleeping sources keep their last contribution", "silence(a[k, block:stop])", "pass"),
        ("a block sleeps though a source has fired", "found | i16(i16(x1[j] | x2[j]) | last[j])", "found | i16(x1[j] | x2[j])"),
        ("a block sleeps though a second trace is left", "i16(i16(x1[j] | x2[j]) | last[j])", "i16(x1[j] | last[j])"),
        ("silent sources are skipped though a target's spike asks", "p.flags[U_NEEDS_X] == 1 and p.flags[HAS_Y0] == 0", "p.flags[U_NEEDS_X] == 1"),
        ("a weight that grows is beyond the reach of its row", "            if weight[s] != 0:\n                p.reach[0] = max(p.reach[0], i64(post) + 1)\n", ""),
        ("a separable weight that grows is beyond the reach of its row", "        if weight[s] != 0:\n            p.reach[0] = max(p.reach[0], i64(i) + 1)\n", ""),
        ("tags are read by rules that change them alone", "if tags:", "if last > second:"),
        ("factors are never given back", "@compiled(**OWNING)\ndef change_general(", "@compiled(**INNER)\ndef change_general("),
        ("a separable product forgets the gate of u", "gate = u if products[k, 0] == 2 else i64(1)", "gate = i64(1)"),
        ("a third factor of the step before is used", "value = outside[i] if any_third else i64(0)", "value = outside[i]"),
        ("a factor is clipped one bit too narrow", "a[j] *= clip(value + constant, -bound, bound - 1)", "a[j] *= clip(value + constant, -bound, bound // 2)"),
        ("weights round up at one remainder less", "i64((acc & 127) >= (round_up_at", "i64((acc & 127) > (round_up_at"),
        ("weights may pass the lower end of their range", "weight[s] = clip(acc >> 7, low, high)", "weight[s] = min(acc >> 7, high)"),
        ("the accumulator is not clipped between products", "acc = clip(acc + clip(value, LOW, HIGH), LOW, HIGH)\n        if low == 0:", "acc = acc + clip(value, LOW, HIGH)\n        if low == 0:"),
        ("tags change before the weight reads them", "        if second > first:\n            acc = series(products, first, second, w << 7", "        if last > third:\n            tag1[s] = clip(series(products, third, last, t1 << 7, x0, y0, u, factors) >> 7, -257, 255)\n            factors[:, T] = tag1[s]\n        if second > first:\n            acc = series(products, first, second, w << 7"),
        ("a dependency on the target reads the trace of the source's spike", "t = i64(tx[pre]) if d == 0 else (i64(ty[post]) if d == 1 else epoch)", "t = i64(tx[pre]) if d == 0 else epoch"),
    ),
    *_of(
        "learning.py",
        ("a tag below the accumulator is left alone", "if p.tag1[s] < -256:", "if p.tag1[s] < -257:"),
        ("few targets: the last one is missed", "for i in range(u64(p.span[0]), u64(p.span[1])):\n            if addressed", "for i in range(u64(p.span[0]), u64(p.span[1] - 1)):\n            if addressed"),
        ("few targets: only the first third factor is looked at", "        if p.third[2 + name] and third[name, i] != 0:\n            return True", "        if p.third[2 + name]:\n            return third[name, i] != 0"),
        ("few targets although spikes matter too", "and p.flags[U_NEEDS_THIRD] and not has_x0 and not has_y0 and few", "and p.flags[U_NEEDS_THIRD] and few"),
        ("a synapse of two spikes is visited twice", "if by_target or not (has_x0 and tx[j] > 0):", "if True:"),
        ("a third factor is left after it was withdrawn", "(any_third or p.stale[0])", "any_third"),
        ("spike times are left behind after an epoch", "    silence(p.tx)\n    silence(p.ty)", "    silence(p.tx)"),
        ("spikes of the last step of an epoch count for the next", "within = (clock - 1) % epoch + 1", "within = clock % epoch + 1"),
        ("u<k> is counted from the wrong epoch", "u = i64((clock // p.flags[EPOCH]) % (i64(1)", "u = i64((clock // p.flags[EPOCH] + 1) % (i64(1)"),
        ("timed products wait for a third factor that they do not need", "return p.flags[HAS_U] and u and (any_third or not p.flags[U_NEEDS_THIRD]), u", "return p.flags[HAS_U] and u and any_third, u"),
        ("the last block of sources is never looked at", "for block in range(0, 0 if by_target else tx.size, LANES):", "for block in range(0, 0 if by_target else max(tx.size - LANES, 1), LANES):"),
    ),
    *_of(
        "tagged.py",
        ("the last block of a long row is left out", "range(p.ptr[j], p.ptr[j + 1], ROW)", "range(p.ptr[j], max(p.ptr[j + 1] - ROW, p.ptr[j] + 1), ROW)"),
        ("the last block of a long list of sources is left out", "    if length:\n        change_row", "    if length == ROW:\n        change_row"),
        ("a tagged synapse of two spikes changes twice", "if spared and p.tx[source] > 0:", "if p.tx[source] > 1:"),
        ("a step that rounds up at 128 is one of eligibility", "not deep and p.up[row] < 128:", "not deep:"),
        ("the part of the target is left out", "live[k] = MOVES if parts(p, k, any_third) else CALM", "parts(p, k, any_third)\n                live[k] = CALM"),
        ("a tagged product uses the third factor of a step before", "i32(outside[i]) if any_third else i32(0)", "i32(outside[i])"),
        ("a third factor plus a constant is believed to be 0", "p.third[code] and products[k, 6 + 4 * f] == 0 and not any_third", "p.third[code] and not any_third"),
        ("a row rounds by the number of the first step", "i32(p.up[row])", "i32(p.up[0])"),
        ("a tag that is only read is not brought", "                    if W <= code < C:\n                        wants[code - W] = True", "                    if code == W:\n                        wants[0] = True"),
    ),
    *_of(
        "tagged_rows.py",
        ("a tag that falls below the accumulator is not noticed", "if least < -256:", "if least < -257:"),
        ("a product of 0 does not clip a tag below the accumulator", "            if deep:\n                for s", "            if p.deep[0]:\n                for s"),
        ("the sign of a factor is left out", "    if sign:\n        y =", "    if sign and x > 127:\n        y ="),
        ("the second tag is read as the first", "take(p, p.tag2, scattered", "take(p, p.tag1, scattered"),
        ("a list of synapses rounds by the numbers of its places", "i64(space[SYNAPSE + s]) if scattered else i64(first + s)", "i64(first + s)"),
        ("a tagged weight that grows is beyond the reach of its row", "p.reach[0] = max(p.reach[0], reach)", "pass"),
        ("a product is shifted without its sign", "* times), i32(LOW), i32(HIGH))", "* times), i32(0), i32(HIGH))"),
    ),
    *_of(
        "eligibility.py",
        ("rewards are taken to be alike", "return differs == 0", "return True"),
        ("a new tag fades once more", "tag[s] = i16(t - i16(DONE)) if t > 255 else new", "tag[s] = i16(new - i16(DONE)) if t > 255 else new"),
        ("a tag of two spikes is written twice", "tag[synapse[m]] = t if t > 255 else i16(new)", "tag[synapse[m]] = i16(new)"),
        ("a source that fires is written by its targets, too", "            of_source[u32(pre[k])] = 0", "            pass"),
        ("a source that fires takes nothing from its targets", "            of_target[u32(fired[k])] |= i32(1)", "            pass"),
        ("the last block of the last row is left out", "    write_block(p, before, size, u32(u32(ROW) - here), other, rest, fades)\n\n", "\n"),
        ("a row is written with the part of the next source", "            write_block(p, before, size, here, other, rest, fades)\n            before, size, other = first, length, worth(product, i32(x[j]))", "            other = worth(product, i32(x[j]))\n            write_block(p, before, size, here, other, rest, fades)\n            before, size = first, length"),
        ("tags pay after they were written", "    if timed and any_third:\n        pay(p, rest)\n    if p.eligible[BY_SOURCE] >= 0 and pre.size:\n        write_rows(p, pre, post, rest, fades)", "    if p.eligible[BY_SOURCE] >= 0 and pre.size:\n        write_rows(p, pre, post, rest, fades)\n    if timed and any_third:\n        pay(p, rest)"),
        ("a tag passes its upper end", "of_source[u32(source[m])]), i32(-256), i32(255)))", "of_source[u32(source[m])]), i32(-256), i32(511)))"),
        ("the last block of weights is not paid", "range(0, weight.size, ROW):", "range(0, weight.size - ROW + 1, ROW):"),
        ("a paid weight that grows is beyond the reach of its row", "    p.reach[0] = max(p.reach[0], p.span[1])\n", "\n"),
        ("a paid weight changes its sign", "rounded(clip(acc, least, most), rest, low, high)", "rounded(clip(acc, least, most), rest, i32(-256), i32(254))"),
        ("two products are one in the accumulator", "            acc = clip(i32(i32(i32(t) << i32(7)) + of_source[u32(source[m])]), i32(LOW), i32(HIGH))", "            acc = i32(i32(i32(t) << i32(7)) + of_source[u32(source[m])])"),
    ),
    *_of(
        "eligible.py",
        ("tags that grow are believed to fade", "after.max() <= 128 * MOST", "True"),
    ),
    *_of(
        "traces.py",
        ("a repeated spike of an epoch adds nothing", "        if last[j] > 0:\n", "        if last[j] > 128:\n"),
        ("traces reach 128", "trace[j] = clip(trace[j] + p.impulse[code], 0, 127)", "trace[j] = min(trace[j] + p.impulse[code], 128)"),
        ("blocks of silence skip traces that must decay", "found = i16(found | i16(values[j] | last[j]))", "found = i16(found | last[j])"),
        ("the stream of one neuron is that of its neighbour", "i64(j) * 8 + 1 + code", "i64(j) * 8 + 9 + code"),
        ("a trace of an epoch is decayed once too seldom", "for t in range(1, epoch + 1):", "for t in range(1, epoch):"),
        ("a silent block keeps its old history", "                if not brief:\n                    silence(told[block:stop])", "                if brief:\n                    silence(told[block:stop])"),
    ),
    *_of(
        "pairs.py",
        ("the oldest steps are forgotten while sources owe them", "settle(p, old)\n", "pass\n"),
        ("owed steps are paid twice", "            owed[digit, j] = 0", "            pass"),
        ("a waiting sum is not clipped", "weight[begin + s] = i16(clip(w, low, high))", "weight[begin + s] = i16(w)"),
        ("both products meet in the other order", "first, second = (other, one) if swapped else (one, other)", "first, second = (one, other)"),
        ("a source that fires is paid for its own step too", "                p.dy[u32(pre[k])] = 0", "                pass"),
        ("the word keeps what a spike added a step ago", "word[i] = (word[i] & ~STEP_BITS) | u64", "word[i] = word[i] | u64"),
        ("weights are delivered after their change", "now[s] = i32(w * scale)\n                weight[before + s] = i16(clip(i32(w + i32", "now[s] = i32(clip(i32(w + i32(i32(worth(new) + rest) >> i32(7))), low, high) * scale)\n                weight[before + s] = i16(clip(i32(w + i32"),
        ("a third binary digit is dropped", "for digit in range(2, owed.shape[0]):", "for digit in range(3, owed.shape[0]):"),
        ("a target remembers another step than its sources", "word[u32(post[k])] |= time", "word[u32(post[k])] |= time << u64(1)"),
    ),
    *_of(
        "learners.py",
        ("what was owed is lost at the end of a run", "settle(tables[k], ~u64(0))", "settle(tables[k], u64(0))"),
        ("a sample begins with the traces of the one before", "            p.y[name] = 0\n", "            pass\n"),
        ("a sample begins with the traces of the one before, for all rules but those of pairs", "        forget(tables[k])\n        forget_times", "        forget_times"),
        ("a sample begins with the spike times of the one before", "        silence(p.tx)\n    if p.reset[2]", "        pass\n    if p.reset[2]"),
        ("weights that learn are delivered without their exponent", "i32(weight[s]) << exp", "i32(weight[s])"),
        ("one table of pairs learns and the others rest", "    for k in range(len(tables)):\n        p = tables[k]\n        heard = channels if p.flags[FROM_INPUT] else spikes\n        decay_once", "    for k in range(1):\n        p = tables[k]\n        heard = channels if p.flags[FROM_INPUT] else spikes\n        decay_once"),
    ),
    *_of(
        "plastic_kernel.py",
        ("only the first kind of rule learns", "                events += call_step(", "                events += i64(0) if k else call_step("),
        ("what was owed is lost at the end of a run, whatever is settled", "    if settled:\n", "    if False:\n"),
        ("a modulator that says nothing wipes out the one before", "elif values[channel]:", "elif True:"),
        ("a teacher that says nothing teaches 0", "third[name, start + k] = 0 if target == NO_TARGET else", "third[name, start + k] ="),
        ("a sample begins with input of the one before on its way", "silence(ring[: slots * n])", "silence(ring[:n])"),
        ("a lesson comes a step late", "channels, spikes, third, any_third,\n", "channels, spikes, third, before,\n"),
        ("a lesson lasts until the next one", "                wipe(third)", "                pass"),
        ("a modulator that says nothing repeats its last lesson", "        silence(third[modulators[m, 0], modulators[m, 1] : modulators[m, 2]])", "        pass"),
        ("intrinsic plasticity moves the threshold beyond its limit", "vth[i] = clip(vth[i] + share(excess * vth_step, unit), vth_low, vth_high)", "vth[i] = min(vth[i] + share(excess * vth_step, unit), vth_high)"),
        ("an own rate is learned for a period too long", "elif calibrated[i] < calibration:", "elif calibrated[i] <= calibration:"),
        ("spikes of a calibration are counted twice", "                calibrated[i] += 1\n                count[i] = 0\n", "                calibrated[i] += 1\n"),
        ("a share of a step is rounded down, not towards 0", "return change // unit if change >= 0 else -(-change // unit)", "return change // unit"),
        ("a rate below one spike per period is its own unit", "unit = max(i64(own[i]), calibration)", "unit = max(i64(own[i]), i64(1))"),
        ("the count of spikes goes on into the next period", "            threshold[i] = vth[i] << 6\n            count[i] = 0", "            threshold[i] = vth[i] << 6\n            count[i] -= target"),
        ("thresholds that intrinsic plasticity moves are not used", "vth, base_threshold)\n            if u_trace", "vth, threshold)\n            if u_trace"),
    ),
    *_of(
        "rows.py",
        ("rows that are added as one are counted as one", "events += count * size", "events += size"),
        ("rows of unlike targets are added as one", " and row_of(base, n, p, p.ptr[j]) == begin", ""),
        ("rows of unlike lengths are added as one", "p.ptr[j + 1] - p.ptr[j] == size and row_of", "row_of"),
        ("rows are delivered without their delay", "i64(base) + i64(p.delay[first]) * n", "i64(base)"),
        ("the last of four rows is the third again", "row(weight, ptr[sources[k + 3]], used)", "row(weight, ptr[sources[k + 2]], used)"),
        ("the last of eight rows is the seventh again", "part(small, ptr, sources, i64(7), size)", "part(small, ptr, sources, i64(6), size)"),
        ("a missing row is the first instead of one of 0", "if k < sources.size else ptr[ptr.size - 1]", "if k < sources.size else ptr[0]"),
        ("bytes wrap where the sum of eight is taken", "sums[i] += i32(i16(first + second)) << exp", "sums[i] += i32(i8(first + second)) << exp"),
        ("bytes are read though a weight does not fit", "            p.fits[0] = False\n", "            pass\n"),
        ("a weight that has changed stays what it was in the table of bytes", "p.small[s] = i8(value)", "pass"),
        ("a row ends before the last target that has a weight", "max(min(size, reach - i64(p.post[first])), i64(0))", "max(min(size, reach - i64(p.post[first]) - 1), i64(0))"),
        ("input that comes in the next step alone is not moved", "size = n if k == 0 else wide", "size = wide"),
        ("input that comes later is not moved", "size = n if k == 0 else wide", "size = n if k == 0 else 0"),
        ("a row that has moved stays where it was", "            old[i] = 0", "            pass"),
        ("a single row is delivered without its exponent", "sums[i] += i32(a[i]) << exp", "sums[i] += i32(a[i])"),
    ),
    *_of(
        "spans.py",
        ("neurons with new input are quiet", "(union(a, first) | union(u, first) | union(bias, first))", "(union(u, first) | union(bias, first))"),
        ("neurons with a current are quiet", "(union(a, first) | union(u, first) | union(bias, first))", "(union(a, first) | union(bias, first))"),
        ("neurons with a bias are quiet", "(union(a, first) | union(u, first) | union(bias, first))", "(union(a, first) | union(u, first))"),
        ("voltages that leak are left alone", "dv[first] == NOTHING", "True"),
        ("currents that last are cut off", "BRIEF if du[first] == ALL else", "BRIEF if du[first] else"),
        ("the end of a span is left out", "brief(u, v, a, bias, kept, first, stop)\n\n", "brief(u, v, a, bias, kept, first, stop - 1)\n\n"),
        ("neurons after quiet ones are left out", "first = block + LANES", "first = block + LANES + 1"),
        ("a current that wraps is not wrapped", "c = i32(c - 16777216) if c > 8388608 else", "c = c if c > 8388608 else"),
        ("voltages are not limited", "v[i] = clip(x, i32(-8388607), i32(8388607))", "v[i] = x"),
        ("neurons are held one step too long", "v[i] = 0 if held[i] > 0 else v[i]", "v[i] = 0 if held[i] >= 0 else v[i]"),
        ("the last neurons are not held", "end = min(first + LANES, v.size)", "end = min(first + LANES, v.size - 1)"),
        ("spans of unlike leaks are one", "np.flatnonzero((np.diff(du) != 0) | (np.diff(dv) != 0))", "np.flatnonzero(np.diff(du) != 0)"),
    ),
    *_of(
        "plastic_tables.py",
        ("weights below a byte count as bytes", "fits = rows and -128 <= weight.min(initial=0) and", "fits = rows and"),
        ("rules that change all weights at once leave bytes behind", "bool(self.flags[ROWS]) and not self.eligible.size", "bool(self.flags[ROWS])"),
        ("weights set from outside are not looked at", "if self._seen is None or self._seen[0] is not weight:", "if self._seen is None:"),
        ("32 bits are believed to hold any product", "all(p.bits <= BITS for p in rule.products)", "True"),
        ("a factor that reads a tag is believed to be none", 'any(f.variable in "td"', 'any(f.variable in "d"'),
        ("rows with gaps are believed to have none", "next_to = np.diff(projection.post) == 1", "next_to = np.diff(projection.post) >= 1"),
        ("the delay of a row is that of its first synapse", "(next_to & (np.diff(projection.delay) == 0))[within]", "next_to[within]"),
    ),
    *_of(
        "kernel.py",
        ("input on its way is lost between carried runs", "        if carry or b == last - 1:  # else the next sample clears it\n            turn(ring, r, n)", "        if b < last - 1:\n            turn(ring, r, n)"),
        ("the ring turns a step late", "            if r == slots:\n                turn(ring, r, n)\n                r = i64(0)\n        if carry", "            if r == slots - 1:\n                turn(ring, r + 1, n)\n                r = i64(0)\n        if carry"),
        ("the adaptive threshold of the sample before is left", "            theta[:] = 0\n            ring[:] = 0", "            ring[:] = 0"),
        ("refractory neurons start free after a carried run", "    n = u.size\n    indptr, unit", "    n = u.size\n    held[:] = 0\n    indptr, unit"),
    ),
    *_of(
        "clip.py",
        ("numbers are clipped at the lower limit alone", 'return builder.select(builder.icmp_signed(">", value, most), most, value)', "return value"),
        ("numbers are clipped at the upper limit alone", '        value = builder.select(builder.icmp_signed("<", value, least), least, value)\n', ""),
    ),
    *_of(
        "update.py",
        ("v saturates one too high", "v[i] = clip(x, i32(-8388607), i32(8388607))\n            else:", "v[i] = clip(x, i32(-8388607), i32(8388608))\n            else:"),
        ("u wraps at -2^23 already", "(i32(c + 16777216) if c <= -8388608 else c)\n                    u[i] = c\n                    a[i] = 0\n                    x = i32(i32(keep(v[i], kv)", "(i32(c + 16777216) if c < -8388608 else c)\n                    u[i] = c\n                    a[i] = 0\n                    x = i32(i32(keep(v[i], kv)"),
        ("decay rounds down instead of toward 0", "return i32(-kept) if x < 0 else kept", "return i32(-kept - 1) if x < 0 and (i32(i32(size & 4095) * share) & 4095) else kept"),
        ("a refractory period is a step too short", "held[i] = max(held[i] - 1, 0)\n                spike_threshold[i] = vth[i] + theta[i]\n                theta[i] = i32", "held[i] = max(held[i] - 2, 0)\n                spike_threshold[i] = vth[i] + theta[i]\n                theta[i] = i32"),
        ("the adaptive threshold has no limit", "i32(min(np.int64(theta) + np.int64(step), 8388607))", "i32(np.int64(theta) + np.int64(step))"),
    ),
    *_of(
        "vector.py",
        ("neurons beyond the last 64 never fire", "for i in range(whole, v.size):", "for i in range(whole, v.size - 1):"),
    ),
    *_of(
        "divided.py",
        ("a thread does not wait for the others", "        self._barrier.wait()\n", "        pass\n"),
        ("shares overlap by a neuron", "in pairwise(edges)], parts)", "in [(max(a - 1, 0), b) for a, b in pairwise(edges)]], parts)"),
        ("a share counts its neurons from 0", "theta, np.int32(share.first), space", "theta, np.int32(0), space"),
        ("input on its way to a share is dropped at the start", "ring[: length - 1] = state.pending[:, here]", "pass"),
        ("input on its way to a share is kept one step too old", "state.pending[:, here] = ring[r : r + length - 1]", "state.pending[:, here] = ring[max(r - 1, 0) : max(r - 1, 0) + length - 1]"),
        ("a sample starts with a share's input of the one before", "for array in (u, v, held, theta, ring):", "for array in (u, v, held, theta):"),
        ("a ring of a share turns without its second half cleared", "                    flat[half:] = 0\n", ""),
        ("a share hears only its own spikes", "fired = meeting.hear(row, place, space[:count].copy())", "fired = (meeting.hear(row, place, space[:count].copy()), space[:count].copy())[place > 0]"),
        ("operations of the first share alone are counted", "out.synops[:] = synops.sum(0)", "out.synops[:] = synops[0]"),
    ),
    *_of(
        "divided_kernel.py",
        ("a shared neuron that fired is not held", "            held[j] = refractory[j]\n", ""),
        ("a shared neuron that fired keeps its voltage", "        v[j] = 0\n", ""),
        ("a shared neuron's threshold does not rise", "            theta[j] = lift(theta[j], theta_step[j])\n", ""),
    ),
    *_of(
        "tables.py",
        ("a share misses its first neuron's synapses", "            if first <= post[s] < last:", "            if first < post[s] < last:"),
    ),
    *_of(
        "pending.py",
        ("input on its way that was set from outside is overlooked", "return self._program.n if state.pending[1:, self._late :].any() else self._late", "return self._late"),
        ("a ring stays though the state was set", "if self._kept is None or self._kept[0] is not state.pending:", "if self._kept is None:"),
        ("a copy keeps the ring of the original", '{"_kept": None}', "{}"),
    ),
    *_of(
        "learned.py",
        ("tables stay though the state was set", "kept = self._kept if self._kept is not None and self._kept.plastic is state.plastic else None", "kept = self._kept"),
        ("a longer run has random numbers of 0", "tables.append(table._replace(draws=draws, up=up))", "tables.append(table._replace(draws=0 * draws, up=0 * up + 1))"),
        ("traces of the state are not those of the tables", "                (memory.x1, memory.x2), (memory.y1, memory.y2, memory.y3) = new.x, new.y\n", ""),
        ("a copy keeps the tables of the original", '{"_kept": None}', "{}"),
        ("random numbers stay those of the run before", "                table.draws[:, :rows], table.up[:rows] = random_numbers(layout.rule, state.clock, rows)\n", "                pass\n"),
        ("a longer run has no room for its random numbers", "if kept is None or rows > kept.rows or", "if kept is None or"),
    ),
    *_of(
        "simulator.py",
        ("a run without a sample forgets the state", "if not carry and samples:", "if not carry:"),
        ("the clock misses a run", "            state.clock += rows\n", "            state.clock += rows - (rows > 0)\n"),
        ("a frozen run reads the weights of the program", "frozen_tables(self.program, self._state) if self.program.plastic", "frozen_tables(self.program, State.rest(self.program)) if self.program.plastic"),
        ("thresholds that have adapted are not looked at", "if self.program.neurons.adapts or state.theta.any():", "if self.program.neurons.adapts:"),
        ("a run that adapts is thought not to", "return self._full or bool(state.refractory.any() or state.theta.any())", "return self._full"),
    ),
    *_of_lava(
        "learner.py",
        ("a tag below the accumulator is left alone", "self._touched[self._lowest] = True", "pass"),
        ("a trace that has gone by the end of an epoch is missed", "epoch.traces[name][1:]", "epoch.traces[name][-1:]"),
        ("u<k> is counted from the wrong epoch", "u = (clock // rule.t_epoch) % (1 << rule.decimate) == 0", "u = (clock // rule.t_epoch + 1) % (1 << rule.decimate) == 0"),
        ("weights change before tags read them", "            if sites.size:\n                updates.append", "            if sites.size and updates:\n                updates[-1][0].values[updates[-1][1]] = updates[-1][2]\n            if sites.size:\n                updates.append"),
        ("the accumulator is not clipped between products", "            np.clip(acc, ACC_LOW, ACC_HIGH, out=acc)\n", "            pass\n"),
        ("weights round up at one remainder less", "((acc & 127) >= up), series.low", "((acc & 127) > up), series.low"),
        ("a factor with a constant is believed 0 where its trace is", "if not f.constant)]", ")]"),
        ("a sign is taken before the constant is added", "        if factor.constant:\n            value = np.clip(", "        if factor.sign:\n            value = np.sign(value)\n        if factor.constant:\n            value = np.clip("),
        ("a dependency on the target reads the end of the epoch", 'if dependency == "u" or self.rule.t_epoch == 1:', 'if dependency != "x0" or self.rule.t_epoch == 1:'),
        ("synapses keep the spike times of an epoch that ended", "        self._traces.end_epoch()\n", "        pass\n"),
    ),
    *_of_lava(
        "traces.py",
        ("a trace that begins in an epoch is missed", "if not values[0].any() and not (rule.trace(name).impulse and last.any()):", "if not values[0].any():"),
        ("a repeated spike of an epoch adds nothing", "if again.size:", "if again.size > 1 << 30:"),
        ("spike times of the sample before are kept", "for name in self.rule.forgotten:", "for name in self.rule.reset:"),
        ("a third factor is left after it was withdrawn", "third[name] if third else 0", "third[name] if third else self._values[name]"),
        ("a number of the step before decides the rounding", "self._draws[name[0]][clock - self._start]", "self._draws[name[0]][max(clock - self._start - 1, 0)]"),
    ),
    *_of_lava(
        "learning.py",
        ("a modulator that says nothing wipes out the one before", 'if m.kind != "error" or said[0]:', "if True:"),
        ("weights that learn are delivered without their exponent", "astype(np.int32) << projection.weight_exp", "astype(np.int32)"),
        ("the count of spikes goes on into the next period", "count[here] = 0", "count[here] -= rule.target"),
        ("biases that moved reach the neurons one period late", "                moved = True\n", "                moved = False\n"),
        ("synapses of the wrong projection are assigned", "lanes.synapses.assign(k, sites, weight)", "lanes.synapses.assign(0, sites % lanes.synapses.place[0].size, weight)"),
    ),
    *_of_lava(
        "lanes.py",
        ("input on its way is lost at the end of the window", "            self.pending[:, :live] = self.pending[:, self.now :]\n", "            self.pending[:, :live] = 0\n"),
        ("the adaptive threshold has no limit", "np.minimum(self.theta, STATE_LIMIT - 1, out=self.theta)", "pass"),
    ),
    Fault("a block of random numbers begins one late", "neurolsm/program/streams.py", "_draw(seed, number * BLOCK, BLOCK)", "_draw(seed, number * BLOCK + 1, BLOCK)"),
    Fault("random numbers end with their block", "neurolsm/program/streams.py", "if at + count <= BLOCK:", "if at < BLOCK:"),
    Fault("random numbers of one seed are those of another", "neurolsm/program/streams.py", "return _block(seed, block)[at", "return _block(WEIGHT_SEED, block)[at"),
    Fault("Brian2: spike times are left behind after an epoch", BRIAN2 + "rules.py", "{last} = latest - {ended}", "{last} = latest"),
    Fault("Brian2: a third factor is left after it was withdrawn", BRIAN2 + "learner.py", "bool(before or self._events)", "bool(self._events)"),
    Fault("Brian2: a tag below the accumulator is left alone", "neurolsm/program/plan.py", "set() if not self.rule.dt else {0}", "set()"),
    Fault("Brian2: a sample begins with the spike times of the one before", BRIAN2 + "learning.py", "plan.rule.forgotten)", "plan.rule.reset)"),
]  # fmt: skip
