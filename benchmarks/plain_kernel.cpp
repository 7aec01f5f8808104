// A plain C++ kernel: LIF in Loihi arithmetic, synapses with delays, one spike count per neuron; OpenMP over samples.
// Nothing but the work itself, written once in the obvious way: what the emulator is measured against.
// Build: g++ -O3 -march=native -fopenmp -shared -fPIC -o plain_kernel.so plain_kernel.cpp
#include <cstdint>
#include <vector>
typedef int32_t I;

static void sample(const int64_t* rows, const I* unit, int T, int N, int slots, const int64_t* ptr, const I* target,
                   const I* weight, const int64_t* in_ptr, const I* in_target, const I* in_weight, const I* bias,
                   I ku, I kv, I threshold, I* count) {
  std::vector<I> u(N, 0), v(N, 0), ring((int64_t)slots * N, 0), fired(N + 1);
  const int64_t size = (int64_t)slots * N;
  for (int t = 0; t < T; t++) {
    I *a = &ring[(int64_t)(t % slots) * N], *U = u.data(), *V = v.data();
    for (int i = 0; i < N; i++) {  // no branches, so it vectorises
      int64_t p = (int64_t)U[i] * ku;
      I c = (I)((p + ((p >> 63) & 4095)) >> 12) + (I)((uint32_t)a[i] << 6);
      c = c > 8388608 ? c - 16777216 : (c <= -8388608 ? c + 16777216 : c);
      U[i] = c; a[i] = 0;
      int64_t q = (int64_t)V[i] * kv;
      I x = (I)((q + ((q >> 63) & 4095)) >> 12) + c + bias[i];
      V[i] = x > 8388607 ? 8388607 : (x < -8388607 ? -8388607 : x);
    }
    int n = 0;
    for (int i = 0; i < N; i++) { fired[n] = i; n += V[i] > threshold; }
    int64_t base = (int64_t)((t + 1) % slots) * N;
    for (int k = 0; k < n; k++) {
      int j = fired[k]; V[j] = 0; count[j]++;
      for (int64_t s = ptr[j]; s < ptr[j + 1]; s++) {
        int64_t x = base + target[s];  // target = delay * N + post
        if (x >= size) x -= size;
        ring[x] += weight[s];
      }
    }
    for (int64_t e = rows[t]; e < rows[t + 1]; e++)
      for (int64_t s = in_ptr[unit[e]]; s < in_ptr[unit[e] + 1]; s++) ring[base + in_target[s]] += in_weight[s];
  }
}

extern "C" void batch(const int64_t* indptr, const I* unit, int samples, int T, int N, int slots, const int64_t* ptr,
                      const I* target, const I* weight, const int64_t* in_ptr, const I* in_target, const I* in_weight,
                      const I* bias, I ku, I kv, I threshold, I* count, int threads) {
  #pragma omp parallel for schedule(dynamic, 4) num_threads(threads)
  for (int s = 0; s < samples; s++)
    sample(indptr + (int64_t)s * T, unit, T, N, slots, ptr, target, weight, in_ptr, in_target, in_weight, bias, ku, kv,
           threshold, count + (int64_t)s * N);
}
