/* A count of instructions on RISC-V; picolibc has all the rest. */
#include <stdint.h>

uint32_t instructions(void)
{
    uint32_t count;
    __asm__ volatile(".option push\n.option arch, +zicsr\ncsrr %0, minstret\n.option pop" : "=r"(count));
    return count;
}
