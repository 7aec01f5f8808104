// A plain C++ kernel: LIF in Loihi arithmetic, synapses with delays, one spike count per neuron; OpenMP over samples.
// Nothing but the work itself, written once in the obvious way: what the emulator is measured against.
// Build: g++ -O3 -march=native -fopenmp -shared -fPIC -o plain_kernel.so plain_kernel.cpp
#include <vector>
#include "plain_step.h"

static void sample(const int64_t* rows, const I* unit, int T, int N, int slots, const int64_t* ptr, const I* target,
                   const I* weight, const int64_t* in_ptr, const I* in_target, const I* in_weight, const I* bias,
                   Lif p, I* count) {
  std::vector<I> u(N, 0), v(N, 0), ring((int64_t)slots * N, 0), fired(N + 1);
  const int64_t size = (int64_t)slots * N;
  for (int t = 0; t < T; t++) {
    update(u.data(), v.data(), &ring[(int64_t)(t % slots) * N], bias, N, p);
    int n = collect(v.data(), N, p.threshold, fired.data());
    int64_t base = (int64_t)((t + 1) % slots) * N;
    for (int k = 0; k < n; k++) {
      int j = fired[k]; v[j] = 0; count[j]++;
      for (int64_t s = ptr[j]; s < ptr[j + 1]; s++) {
        int64_t x = base + target[s];  // target = delay * N + post
        if (x >= size) x -= size;
        ring[x] += weight[s];
      }
    }
    feed(unit, rows[t], rows[t + 1], in_ptr, in_target, in_weight, &ring[base]);
  }
}

extern "C" void batch(const int64_t* indptr, const I* unit, int samples, int T, int N, int slots, const int64_t* ptr,
                      const I* target, const I* weight, const int64_t* in_ptr, const I* in_target, const I* in_weight,
                      const I* bias, I ku, I kv, I threshold, I* count, int threads) {
  #pragma omp parallel for schedule(dynamic, 4) num_threads(threads)
  for (int s = 0; s < samples; s++)
    sample(indptr + (int64_t)s * T, unit, T, N, slots, ptr, target, weight, in_ptr, in_target, in_weight, bias,
           Lif{ku, kv, threshold}, count + (int64_t)s * N);
}
