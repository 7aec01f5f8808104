// What the generated simulation shares with the outside world: input spikes, pending input, emitted spikes, and the
// loop that serves one batch of samples after another over stdin and stdout (see standalone.py for the other end).
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>
#include <vector>

#include "program.h"  // NEURONS, CHANNELS, SLOTS, and Cell: the type of u, v and weights

constexpr size_t CELLS = SLOTS * NEURONS;

struct Host {
    Cell pending[CELLS];            // ring of rows, one per step
    size_t next = 0;                // first cell of the row that arrives next; a size_t, so no store to a Cell changes it
    Cell* arriving = pending;       // the row that arrives now
    unsigned char fires[CHANNELS];  // the channels that spike now
    const int64_t* bounds = nullptr;  // events of the coming steps: channel[bounds[0]] .. channel[bounds[1]]
    const int32_t* channel = nullptr;
    int64_t first = 0, last = 0;      // events of this step
    std::vector<int32_t> counts, units;  // spikes of each step of this sample; who spiked
    const pid_t owner = getppid();       // who asks; if he dies in the middle of a batch nobody waits for the answer
    uint32_t ticks = 0;
};
inline Host lsm_host;

// ---------------------------------------------------------------- functions of the Brian2 code

static inline int32_t lsm_decay(int32_t state, int32_t kept) {
    const int64_t product = (int64_t)state * kept;
    return (int32_t)((product + ((product >> 63) & 4095)) >> 12);  // toward zero
}
static inline int32_t lsm_wrap(int32_t u) { return u > 8388608 ? u - 16777216 : (u <= -8388608 ? u + 16777216 : u); }
static inline int32_t lsm_saturate(int32_t v) { return v > 8388607 ? 8388607 : (v < -8388607 ? -8388607 : v); }

static inline int32_t lsm_begin(size_t) {
    Host& h = lsm_host;
    if ((++h.ticks & 1023) == 0 && getppid() != h.owner) _Exit(3);
    h.arriving = h.pending + h.next;
    h.next = h.next + NEURONS == CELLS ? 0 : h.next + NEURONS;
    for (int64_t k = h.first; k < h.last; k++) h.fires[h.channel[k]] = 0;
    h.first = h.bounds[0];
    h.last = h.bounds[1];
    h.bounds++;
    for (int64_t k = h.first; k < h.last; k++) h.fires[h.channel[k]] = 1;
    h.counts.push_back(0);
    return 0;
}
static inline bool lsm_fires(size_t channel) { return lsm_host.fires[channel]; }
static inline Cell lsm_arrive(size_t neuron) {
    const Cell sum = lsm_host.arriving[neuron];
    lsm_host.arriving[neuron] = 0;  // the row is the farthest one from now on
    return sum;
}
static inline int32_t lsm_deliver(uint32_t cell, Cell weight) {
    size_t k = lsm_host.next + cell;
    k -= k >= CELLS ? CELLS : 0;
    lsm_host.pending[k] += weight;
    return 0;
}
static inline int32_t lsm_emit(size_t neuron) {
    lsm_host.units.push_back((int32_t)neuron);
    lsm_host.counts.back()++;
    return 0;
}

// ---------------------------------------------------------------- requests

struct Block {
    void* data;
    size_t bytes;
};

[[noreturn]] static inline void lsm_stop(const char* reason) {
    fprintf(stderr, "%s\n", reason);
    _Exit(3);
}
static inline void lsm_take(void* data, size_t bytes) {
    if (fread(data, 1, bytes, stdin) != bytes) lsm_stop("the request is cut short");
}
static inline void lsm_give(FILE* out, const void* data, size_t bytes) {
    if (fwrite(data, 1, bytes, out) != bytes) lsm_stop("nobody reads the answer");
}
template <class T>
static inline void lsm_give(FILE* out, const std::vector<T>& values) {
    lsm_give(out, values.data(), values.size() * sizeof(T));
}

// What a simulation that does not learn has in place of the Learner of learn.h.
struct NoLearner {
    void take(int64_t) {}
    void begin_sample() {}
    void give(FILE*) {}
};

// Request:  int64 samples, rows, events, carry, trace, fresh; if fresh, the weights; int64 steps[samples], bounds[rows + 1]; int32 channel[events];
//           what is given; the state, if carry; what the learner takes.
// Answer:   for each sample int32 counts[steps], units[sum of counts]; u, v; if trace, u and v after every step;
//           then the state, and what the learner gives.
// `run` simulates a number of steps; `given` is set before every batch and stays; `state` lists all that a carried run
// goes on from, u and v first, pending last.
template <class Run, class Learns>
[[noreturn]] void lsm_serve(Run run, const std::vector<Block>& weights, const std::vector<Block>& given, const std::vector<Block>& state, Learns&& learner) {
    Host& h = lsm_host;
    FILE* out = fdopen(dup(1), "wb");
    dup2(2, 1);  // nothing that is printed may get into the answers
    setvbuf(out, nullptr, _IOFBF, 1 << 20);
    int64_t header[6];
    while (fread(header, sizeof header, 1, stdin) == 1) {
        const int64_t samples = header[0], rows = header[1], events = header[2];
        const bool carry = header[3], trace = header[4], fresh = header[5];
        if (fresh)
            for (const Block& block : weights) lsm_take(block.data, block.bytes);
        std::vector<int64_t> steps(samples), bounds(rows + 1);
        std::vector<int32_t> channel(events);
        lsm_take(steps.data(), samples * sizeof(int64_t));
        lsm_take(bounds.data(), (rows + 1) * sizeof(int64_t));
        lsm_take(channel.data(), events * sizeof(int32_t));
        h.bounds = bounds.data();
        h.channel = channel.data();
        h.next = 0;
        for (const Block& block : given) lsm_take(block.data, block.bytes);
        if (carry)
            for (const Block& block : state) lsm_take(block.data, block.bytes);
        learner.take(rows);
        for (int64_t s = 0; s < samples; s++) {
            if (!carry) {
                for (const Block& block : state) memset(block.data, 0, block.bytes);
                learner.begin_sample();
            }
            h.counts.clear();
            h.units.clear();
            std::vector<char> traces[2];
            for (int64_t t = 0; trace && t < steps[s]; t++) {
                run(1);
                for (int k = 0; k < 2; k++) {
                    const char* row = (const char*)state[k].data;
                    traces[k].insert(traces[k].end(), row, row + state[k].bytes);
                }
            }
            if (!trace && steps[s]) run(steps[s]);
            if ((int64_t)h.counts.size() != steps[s]) lsm_stop("the simulation ran another number of steps than was asked for");
            lsm_give(out, h.counts);
            lsm_give(out, h.units);
            for (int k = 0; k < 2; k++) lsm_give(out, state[k].data, state[k].bytes);
            for (int k = 0; k < 2; k++) lsm_give(out, traces[k]);
        }
        std::rotate(h.pending, h.pending + h.next, h.pending + CELLS);
        for (const Block& block : state) lsm_give(out, block.data, block.bytes);
        learner.give(out);
        if (fflush(out)) lsm_stop("nobody reads the answer");
        memset(h.fires, 0, sizeof h.fires);
        h.first = h.last = 0;
    }
    _Exit(0);  // Brian2 would now write all its arrays to files
}
