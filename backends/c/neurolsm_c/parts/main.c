/* Replays recorded inputs and compares spikes and weights with what the reference makes of them. For a desk or for a board: what it
   says goes to printf. */
#include "lsm.h"
#include "recorded.h"

#include <stdio.h>

static lsm_index spikes[LSM_NEURONS];

int main(void)
{
    long row = 0, event = 0, lesson = 0, expected = 0;
    lsm_init();
    for (long sample = 0; sample < RECORDED_SAMPLES; sample++) {
        lsm_begin();
        for (long step = 0; step < recorded_steps[sample]; step++, row++) {
            if (lesson < RECORDED_LESSONS && recorded_lesson_rows[lesson] == row) {
                if (lsm_teach(recorded_lessons + lesson * RECORDED_GRADED, LSM_GRADED)) return 2;
                lesson++;
            }
            const int32_t count = lsm_step(recorded_events + event, recorded_counts[row], spikes);
            event += recorded_counts[row];
            if (count != expected_counts[row]) {
                printf("sample %ld, step %ld: %ld spikes, expected %ld\n", sample, step, (long)count, (long)expected_counts[row]);
                return 1;
            }
            for (int32_t i = 0; i < count; i++)
                if (spikes[i] != expected_spikes[expected + i]) {
                    printf("sample %ld, step %ld: neuron %ld spiked, expected %ld\n", sample, step, (long)spikes[i],
                           (long)expected_spikes[expected + i]);
                    return 1;
                }
            expected += count;
        }
    }
EXPECTED_WEIGHTS    printf("%ld steps, %ld spikes: all as expected\n", row, expected);
    return 0;
}
