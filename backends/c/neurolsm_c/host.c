/* Answers batches for neurolsm: reads a request, runs it and writes what came out, until the input ends.

   Without an argument it talks through standard input and output, as a child process does. With FLAG_FILES defined it serves one
   request from the file `request` and leaves `answer`, as a board behind semihosting does. All numbers are little-endian.

   request: int32 { samples, rows, events, carry, trace, lessons }, the state, int32 steps[samples], int32 counts[rows],
            lsm_index events[], int32 lesson_rows[lessons], int8 values[lessons][LSM_GRADED], and how many synapses there are
            int32 of_channel[LSM_INPUTS], int32 of_neuron[LSM_NEURONS]
   answer:  for each sample int32 counts[steps], lsm_index spikes[], int64 synapses that spikes reached, int32 u[n], int32 v[n],
            and u[steps][n], v[steps][n] if traced; then the state; on a board also uint32 instructions[rows] */
#include "lsm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
    uint8_t *data;
    size_t size, room;
} buffer_t;

static FILE *from, *to;

#ifdef FLAG_FILES
uint32_t instructions(void); /* done so far, of the board */
#endif

static void need(int holds)
{
    if (!holds) exit(3);
}

static void *room(buffer_t *b, size_t more)
{
    if (b->data == NULL || b->size + more > b->room) { /* never NULL: memcpy may not be given that, not even for no bytes */
        b->room = 2 * (b->size + more) + 64;
        b->data = realloc(b->data, b->room);
        need(b->data != NULL);
    }
    b->size += more;
    return b->data + b->size - more;
}

static void *take(buffer_t *b, size_t bytes)
{
    b->size = 0;
    void *data = room(b, bytes + 1);
    need(fread(data, 1, bytes, from) == bytes);
    return data;
}

static void give(const void *data, size_t bytes)
{
    need(bytes == 0 || fwrite(data, 1, bytes, to) == bytes);
}

/* Send on what has been given: all that waits, and at least once in 50 ms of work, for who listens stops waiting without progress. */
static int progress(int ended)
{
#ifdef FLAG_FILES
    return !ended || fflush(to) == 0;
#else
    static clock_t last;
    const clock_t now = clock();
    if (!ended && now - last < CLOCKS_PER_SEC / 20) return 1;
    last = now;
    return fflush(to) == 0;
#endif
}

static int serve(void)
{
    static buffer_t steps_, counts_, events_, lessons_, values_, channels_, neurons_, counted, spiked, traced[2], costs;
    static lsm_index spikes[LSM_NEURONS];
    int32_t head[6];
    if (fread(head, 1, sizeof head, from) != sizeof head) return 0;
    const int32_t samples = head[0], rows = head[1], carry = head[3], trace = head[4], lessons = head[5];
    need(fread(lsm_state(), 1, sizeof(lsm_state_t), from) == sizeof(lsm_state_t));
    const int32_t *steps = take(&steps_, 4 * (size_t)samples), *counts = take(&counts_, 4 * (size_t)rows);
    const lsm_index *events = take(&events_, sizeof(lsm_index) * (size_t)head[2]);
    const int32_t *lesson = take(&lessons_, 4 * (size_t)lessons);
    const int8_t *values = take(&values_, (size_t)lessons * LSM_GRADED);
    const int32_t *of_channel = take(&channels_, sizeof *of_channel * LSM_INPUTS);
    const int32_t *of_neuron = take(&neurons_, sizeof *of_neuron * LSM_NEURONS);
    int32_t row = 0, taught = 0;
    for (int32_t sample = 0; sample < samples; sample++) {
        int64_t reached = 0;
        if (!carry) lsm_begin();
        counted.size = spiked.size = traced[0].size = traced[1].size = 0;
        for (int32_t step = 0; step < steps[sample]; step++, row++) {
            if (taught < lessons && lesson[taught] == row) need(lsm_teach(values + LSM_GRADED * taught++, LSM_GRADED) == 0);
#ifdef FLAG_FILES
            const uint32_t before = instructions();
#endif
            const int32_t count = lsm_step(events, counts[row], spikes);
#ifdef FLAG_FILES
            const uint32_t cost = instructions() - before;
            memcpy(room(&costs, sizeof cost), &cost, sizeof cost);
#endif
            need(count >= 0);
            for (int32_t i = 0; i < counts[row]; i++) reached += of_channel[events[i]];
            for (int32_t i = 0; i < count; i++) reached += of_neuron[spikes[i]];
            events += counts[row];
            memcpy(room(&counted, sizeof count), &count, sizeof count);
            memcpy(room(&spiked, sizeof *spikes * (size_t)count), spikes, sizeof *spikes * (size_t)count);
            if (!trace) continue;
            memcpy(room(&traced[0], sizeof lsm_state()->u), lsm_state()->u, sizeof lsm_state()->u);
            memcpy(room(&traced[1], sizeof lsm_state()->v), lsm_state()->v, sizeof lsm_state()->v);
        }
        give(counted.data, counted.size);
        give(spiked.data, spiked.size);
        give(&reached, sizeof reached);
        give(lsm_state()->u, sizeof lsm_state()->u);
        give(lsm_state()->v, sizeof lsm_state()->v);
        give(traced[0].data, traced[0].size);
        give(traced[1].data, traced[1].size);
        need(progress(0));
    }
    give(lsm_state(), sizeof(lsm_state_t));
    give(costs.data, costs.size);
    return progress(1);
}

int main(void)
{
#ifdef FLAG_FILES
    from = fopen("request", "rb");
    to = fopen("answer", "wb");
    need(from && to && serve());
    need(fclose(to) == 0);
    return 0;
#else
    from = stdin;
    to = stdout;
    static char waiting[1 << 20];
    need(setvbuf(to, waiting, _IOFBF, sizeof waiting) == 0);
    while (serve()) continue;
    return 0;
#endif
}
