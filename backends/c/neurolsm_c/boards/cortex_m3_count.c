/* A count of instructions on the Cortex-M3 of mps2-an385; picolibc has all the rest. */
#include <stdint.h>

/* CMSDK timer 0 counts down at 25 MHz; with -icount shift=0 an instruction takes 1 ns, so a tick is 40 of them. */
#define TIMER ((volatile uint32_t *)0x40000000u)

__attribute__((constructor)) static void begin(void)
{
    TIMER[2] = TIMER[1] = 0xFFFFFFFFu;
    TIMER[0] = 1;
}

uint32_t instructions(void)
{
    return (0xFFFFFFFFu - TIMER[1]) * 40u;
}
