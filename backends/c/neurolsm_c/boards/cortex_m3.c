/* Before main on the Cortex-M3 of mps2-an385: the vector table, memory as C expects it, and a count of instructions. */
#include <stdint.h>

extern uint32_t data_begin, data_end, data_from, bss_begin, bss_end, stack_top;
extern void exit(int);
extern int main(void);
extern void initialise_monitor_handles(void);

/* CMSDK timer 0 counts down at 25 MHz; with -icount shift=0 an instruction takes 1 ns, so a tick is 40 of them. */
#define TIMER ((volatile uint32_t *)0x40000000u)

uint32_t instructions(void)
{
    return (0xFFFFFFFFu - TIMER[1]) * 40u;
}

void start(void)
{
    uint32_t *to = &data_begin, *from = &data_from;
    while (to < &data_end) *to++ = *from++;
    for (to = &bss_begin; to < &bss_end;) *to++ = 0;
    TIMER[2] = TIMER[1] = 0xFFFFFFFFu;
    TIMER[0] = 1;
    initialise_monitor_handles();
    exit(main());
}

void _init(void) {}
void _fini(void) {}

static void stop(void)
{
    for (;;) continue;
}

__attribute__((section(".vectors"), used)) void *const vectors[16] = {
    &stack_top, (void *)start, (void *)stop, (void *)stop, (void *)stop, (void *)stop, (void *)stop,
};
