// The C++ bodies of the functions that the code of learning calls (rules.py; learner.py has those in NumPy), and what the
// simulation exchanges with the outside world because it learns. The tables are in rules.h, which is written for each program.
#pragma once

#include "host.h"

struct Rule {
    int64_t epoch, decimate, seed;
    bool lava, from_input;
    std::vector<int> needs;  // sets of events that may change a synapse
    int64_t within = 0, counts = 0;  // this step: its number in the epoch; whether u counts the epoch
    bool ends = false, due = false;  // the epoch ends; its synapses may change
    int seen = 0;                    // events of the epoch so far
    std::vector<double> draws[2];    // for x and y traces, one for each step of the batch
    std::vector<int64_t> up;         // for weights
    uint32_t mix(int64_t clock, uint32_t index) const {
        uint32_t x = ((uint32_t)seed * 0x9E3779B1u + (uint32_t)clock * 0x85EBCA77u) ^ (index * 0xC2B2AE3Du);
        x = (x ^ (x >> 15)) * 0x2C1B3C6Du;
        x = (x ^ (x >> 12)) * 0x297A2D39u;
        return x ^ (x >> 15);
    }
};
struct Trace {
    int rule, stream;
    bool of_source;
    int64_t size, impulse;
    int16_t whole[256];    // what is left of -128 .. 127 after a step, rounded down
    double fraction[256];  // and what was cut off
    int16_t following[256];         // after this step, where one number serves all
    std::vector<int16_t> history;   // after 0 .. epoch steps of the epoch
};
enum Kind { DIRECT, ERROR, EACH };  // as in neurolsm.plasticity.MODULATORS
struct Modulator {
    int name, start, stop, kind, channel, target_exp, shift;
};

#include "rules.h"

enum { SOURCE = 1, TARGET = 2, COUNTED = 4, THIRD = 8 };  // events, see rules.py

static inline int64_t lsm_bounded(int64_t x, int64_t low, int64_t high) { return x < low ? low : (x > high ? high : x); }
static inline int64_t lsm_fit(int64_t x) { return lsm_bounded(x, -32769, 32767); }
static inline int64_t lsm_sgn(int64_t x) { return (x > 0) - (x < 0); }
static inline int64_t lsm_times(int64_t value, int64_t factor, int bits) {
    return value * lsm_bounded(factor, -(1 << bits), (1 << bits) - 1);
}
static inline int64_t lsm_part(int64_t value, int right, int left) { return lsm_fit((value >> right) * ((int64_t)1 << left)); }
static inline int64_t lsm_add(int64_t accumulator, int64_t change) { return lsm_fit(accumulator + change); }
static inline int64_t lsm_rounded(int64_t accumulator, int64_t up, int64_t low, int64_t high) {
    return lsm_bounded((accumulator >> 7) + ((accumulator & 127) >= up), low, high);
}

static inline int64_t lsm_homing(int64_t count, int64_t own, int64_t periods, int64_t step) {
    const int64_t unit = own > periods ? own : periods;
    return lsm_bounded(count * periods - own, -unit, unit) * step / unit;  // towards 0
}

struct Learner {
    bool learns = false;
    bool stirred = false;  // third factors are not 0, or were not 0 before this step
    int64_t clock = 0, row = 0;
    const Cell* v = nullptr;
    unsigned char spiked[NEURONS] = {};
    std::vector<int32_t> units;  // who spiked in this step
    int16_t third[3][NEURONS] = {};
    int set = 0;  // the third factors that are not 0, as events
    std::vector<int64_t> graded_rows;
    std::vector<int16_t> graded;
    size_t next = 0;  // of the graded rows
    std::vector<Block> memory, forgotten;  // what a batch brings and takes along; what begins each sample at 0

    void take(int64_t rows) {
        int64_t header[3];
        lsm_take(header, sizeof header);
        learns = header[0];
        clock = header[1];
        row = -1;
        stirred = false;
        set = -1;  // the state may hold a third factor
        next = 0;
        take(graded_rows, header[2]);
        take(graded, header[2] * GRADED);
        for (Rule& rule : lsm_rules) {
            for (auto& numbers : rule.draws) take(numbers, learns && rule.lava ? rows : 0);
            take(rule.up, learns && rule.lava ? rows : 0);
            rule.due = false;
            rule.seen = SOURCE | TARGET;  // one may have fired before the batch, in the epoch that is under way
        }
        for (Trace& trace : lsm_traces) trace.history.resize((lsm_rules[trace.rule].epoch + 1) * trace.size);
        for (const Block& block : memory) lsm_take(block.data, block.bytes);
    }
    void begin_sample() {
        for (const Block& block : forgotten)
            if (learns) memset(block.data, 0, block.bytes);
    }
    void give(FILE* out) {
        for (const Block& block : memory) lsm_give(out, block.data, block.bytes);
    }

    void study() {
        const Host& h = lsm_host;
        row++;
        clock++;
        for (int32_t unit : units) spiked[unit] = 0;
        units.assign(h.units.end() - h.counts.back(), h.units.end());
        for (int32_t unit : units) spiked[unit] = 1;
        const int before = set;
        set_third_factors();
        stirred = before | set;
        for (Rule& rule : lsm_rules) {
            rule.within = (clock - 1) % rule.epoch + 1;
            rule.ends = rule.within == rule.epoch;
            rule.counts = clock / rule.epoch % ((int64_t)1 << rule.decimate) == 0;
            rule.seen |= (rule.from_input ? h.last > h.first : !units.empty()) * SOURCE | !units.empty() * TARGET;
            const int events = rule.seen | rule.counts * COUNTED | set;
            rule.due = false;
            for (int need : rule.needs) rule.due |= rule.ends && (need & events) == need;
            if (rule.ends) rule.seen = 0;
        }
        for (Trace& trace : lsm_traces) {
            const Rule& rule = lsm_rules[trace.rule];
            if (!rule.ends || !rule.lava) continue;
            const double number = rule.draws[!trace.of_source][row];
            for (int k = 0; k < 256; k++) trace.following[k] = trace.whole[k] + (number < trace.fraction[k]);
        }
    }

   private:
    template <class T>
    static void take(std::vector<T>& values, size_t count) {
        values.resize(count);
        lsm_take(values.data(), count * sizeof(T));
    }
    void set_third_factors() {
        if (set) memset(third, 0, sizeof third);
        set = 0;
        if (next == graded_rows.size() || graded_rows[next] != row) return;
        const int16_t* value = graded.data() + GRADED * next++;
        for (const Modulator& m : lsm_modulators) {
            if (m.kind == ERROR && !value[m.channel]) continue;
            for (int k = 0; k < m.stop - m.start; k++) {
                int64_t y = value[m.channel + (m.kind == EACH ? k : 0)];
                if (m.kind == ERROR) {
                    const int64_t target = value[m.channel + 1 + k];
                    const int64_t error = (target * ((int64_t)1 << m.target_exp) - (int64_t)v[m.start + k]) >> m.shift;
                    y = target == -128 ? 0 : lsm_bounded(error, -128, 127);
                }
                third[m.name][m.start + k] = (int16_t)y;
            }
        }
        for (int name = 0; name < 3; name++)
            for (int16_t y : third[name]) set |= y ? THIRD << name : 0;
    }
};
inline Learner lsm_learner;

// ---------------------------------------------------------------- functions of the Brian2 code

static inline int32_t lsm_study(size_t) { return lsm_learner.study(), 0; }
static inline bool lsm_fired(size_t neuron) { return lsm_learner.spiked[neuron]; }
static inline int64_t lsm_step_of_epoch(int k) { return lsm_rules[k].within; }
static inline int64_t lsm_counts(int k) { return lsm_rules[k].counts; }
static inline int32_t lsm_third(int name, int neuron) { return lsm_learner.third[name - 1][neuron]; }
static inline int32_t lsm_advance(int slot, int32_t value, int32_t last, int32_t neuron) {
    Trace& trace = lsm_traces[slot];
    const Rule& rule = lsm_rules[trace.rule];
    if (!rule.ends) return value;
    const auto up = [&](double fraction) {  // most traces are 0 and need no random number
        return fraction && rule.mix(lsm_learner.clock, (uint32_t)neuron * 8 + trace.stream) / 4294967296.0 < fraction;
    };
    for (int64_t t = 1; t <= rule.epoch; t++) {
        const int before = value + 128;
        value = rule.lava ? trace.following[before] : trace.whole[before] + up(trace.fraction[before]);
        if (last == t) value = (int32_t)lsm_bounded(value + trace.impulse, 0, 127);
        trace.history[t * trace.size + neuron] = (int16_t)value;
    }
    return value;
}
static inline int32_t lsm_trace(int slot, int64_t when, int32_t neuron) {
    const Trace& trace = lsm_traces[slot];
    return trace.history[when * trace.size + neuron];
}
static inline int64_t lsm_drawn(int k) { return lsm_rules[k].up[lsm_learner.row]; }
static inline int64_t lsm_mixed(int k, size_t synapse) {
    return (lsm_rules[k].mix(lsm_learner.clock, (uint32_t)synapse * 8) >> 25) + 1;
}
static inline int64_t lsm_period_ends(int r) { return lsm_learner.clock % lsm_periods[r] == 0; }

// ---------------------------------------------------------------- which objects run in a step

// Let `guarded` run in place of `function`.
template <class Objects>
static inline void lsm_guard(Objects& objects, void (*function)(), void (*guarded)()) {
    for (auto& object : objects)
        if (object.second == function) object.second = guarded;
}
