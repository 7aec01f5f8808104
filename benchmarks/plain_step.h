// What the plain kernels share: one step of all neurons, and who fired.
#include <cstdint>
typedef int32_t I;

struct Lif { I ku, kv, threshold; };  // what a step leaves of u and of v, in 4096ths; 64 times the threshold

static inline void update(I* U, I* V, I* a, const I* bias, int N, Lif p) {
  for (int i = 0; i < N; i++) {  // no branches, so it vectorises
    int64_t d = (int64_t)U[i] * p.ku;
    I c = (I)((d + ((d >> 63) & 4095)) >> 12) + (I)((uint32_t)a[i] << 6);
    c = c > 8388608 ? c - 16777216 : (c <= -8388608 ? c + 16777216 : c);
    U[i] = c; a[i] = 0;
    int64_t q = (int64_t)V[i] * p.kv;
    I x = (I)((q + ((q >> 63) & 4095)) >> 12) + c + bias[i];
    V[i] = x > 8388607 ? 8388607 : (x < -8388607 ? -8388607 : x);
  }
}

static inline int collect(const I* V, int N, I threshold, I* fired) {
  int n = 0;
  for (int i = 0; i < N; i++) { fired[n] = i; n += V[i] > threshold; }
  return n;
}

// What arrives from input channels; their synapses have no delay and do not learn.
static inline void feed(const I* unit, int64_t first, int64_t last, const int64_t* ptr, const I* target, const I* weight,
                        I* ring) {
  for (int64_t e = first; e < last; e++)
    for (int64_t s = ptr[unit[e]]; s < ptr[unit[e] + 1]; s++) ring[target[s]] += weight[s];
}
