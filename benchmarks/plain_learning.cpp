// Plain C++ kernels that learn: pair STDP, and STDP of a tag that a reward turns into weights, on all recurrent synapses.
// The integers of the project's learning engine, each rule written once in the obvious way: a source that fires visits its
// synapses, a target that fires visits its own by an index, and where all tags fade all synapses are visited in order.
// Tags stay above -257 here, below which the engine clips them in every step.
#include <algorithm>
#include <vector>
#include "plain_step.h"

struct Net {
  I N, slots;
  const int64_t* ptr; const I *post, *target;                   // by source; target = delay * N + post
  const int64_t* back_ptr; const I *back_synapse, *back_pre;    // by target
  const int64_t* in_ptr; const I *in_target, *in_weight, *bias;
  Lif lif;
};
struct Decay { const I* whole; const double* fraction; };       // of the values -128..127
struct Product { I mantissa, right, left; };
struct Rule {
  Product minus, plus, fade, reward;  // the last two are not used by pairs
  Decay x, y, third; I impulse, every, low, high;
};
struct Draws { const double *x, *y; const I* up; };             // one each for a step

static inline I clip(I a) { return std::min(std::max(a, -32769), 32767); }
static inline I product(Product p, I factors) { return clip(((p.mantissa * factors) >> p.right) << p.left); }
static inline I rounded(I acc, I up, I low, I high) {
  return std::min(std::max((acc >> 7) + ((acc & 127) >= up), low), high);
}

static void fall(std::vector<I>& trace, Decay d, double draw) {
  I after[128];
  for (int k = 0; k < 128; k++) after[k] = d.whole[k + 128] + (draw < d.fraction[k + 128]);
  for (I& x : trace) x = after[x];
}

// Weights and, with tags, what rewards do: all samples one after the other.
template <bool TAGS>
static void learn(const int64_t* rows, const I* unit, int samples, int T, const Net& net, const Rule& rule, Draws draws,
                  const I* rewards, int16_t* w, int16_t* tag, I* count) {
  const int N = net.N;
  const int64_t size = (int64_t)net.slots * N;
  std::vector<I> u(N), v(N), ring(size), fired(N + 1), x(N), y(N), down(N), up(N);
  std::vector<char> fires(N, 0);
  int16_t* changed = TAGS ? tag : w;
  const I low = TAGS ? -257 : rule.low, high = TAGS ? 255 : rule.high;
  for (int b = 0; b < samples; b++) {
    for (auto* state : {&u, &v, &ring, &x, &y}) std::fill(state->begin(), state->end(), 0);
    for (int t = 0; t < T; t++) {
      const int64_t row = (int64_t)b * T + t;
      update(u.data(), v.data(), &ring[(int64_t)(t % net.slots) * N], net.bias, N, net.lif);
      const int n = collect(v.data(), N, net.lif.threshold, fired.data());
      const int64_t base = (int64_t)((t + 1) % net.slots) * N;
      feed(unit, rows[row], rows[row + 1], net.in_ptr, net.in_target, net.in_weight, &ring[base]);
      fall(x, rule.x, draws.x[row]);
      fall(y, rule.y, draws.y[row]);
      for (int k = 0; k < n; k++) {
        const int j = fired[k];
        v[j] = 0; count[j]++; fires[j] = 1;
        x[j] = std::min(x[j] + rule.impulse, 127);
        y[j] = std::min(y[j] + rule.impulse, 127);
      }
      for (int i = 0; i < N; i++) down[i] = product(rule.minus, y[i]);
      for (int i = 0; i < N; i++) up[i] = product(rule.plus, x[i]);
      const I at = draws.up[row];
      const bool all = TAGS && (row + 1) % rule.every == 0;
      for (int k = 0; k < n; k++) {
        const int j = fired[k];
        for (int64_t s = net.ptr[j]; s < net.ptr[j + 1]; s++) {
          int64_t to = base + net.target[s];
          if (to >= size) to -= size;
          ring[to] += w[s];
          if (all) continue;
          const int i = net.post[s];
          I acc = clip(((I)changed[s] << 7) + down[i]);
          if (fires[i]) acc = clip(acc + up[j]);
          changed[s] = rounded(acc, at, low, high);
        }
      }
      if (all) {
        const I value = rewards[row] + 128;  // a third factor is a trace that lasts, and one draw decays it
        const I third = rule.third.whole[value] + (draws.y[row] < rule.third.fraction[value]);
        for (int j = 0; j < N; j++)
          for (int64_t s = net.ptr[j]; s < net.ptr[j + 1]; s++) {
            const int i = net.post[s];
            const I old = tag[s];
            I acc = (I)old << 7;
            if (fires[j]) acc = clip(acc + down[i]);
            if (fires[i]) acc = clip(acc + up[j]);
            tag[s] = rounded(clip(acc + product(rule.fade, old)), at, low, high);
            if (rewards[row]) {
              const I mine = fires[i] ? std::max(third, 0) : third;
              w[s] = rounded(clip(((I)w[s] << 7) + product(rule.reward, old * mine)), at, rule.low, rule.high);
            }
          }
      } else {
        for (int k = 0; k < n; k++) {
          const int i = fired[k];
          for (int64_t m = net.back_ptr[i]; m < net.back_ptr[i + 1]; m++) {
            const int j = net.back_pre[m];
            if (fires[j]) continue;
            const int64_t s = net.back_synapse[m];
            changed[s] = rounded(clip(((I)changed[s] << 7) + up[j]), at, low, high);
          }
        }
      }
      for (int k = 0; k < n; k++) fires[fired[k]] = 0;
    }
    count += N;
  }
}

extern "C" void batch(const int64_t* rows, const I* unit, int samples, int T, const Net* net, const Rule* rule,
                      const Draws* draws, const I* rewards, int16_t* w, int16_t* tag, I* count) {
  if (tag) learn<true>(rows, unit, samples, T, *net, *rule, *draws, rewards, w, tag, count);
  else learn<false>(rows, unit, samples, T, *net, *rule, *draws, rewards, w, tag, count);
}
