/* Sleeps until it is killed. A container that runs it only holds a network namespace. */
.section .start, "ax"
.globl _start
_start:
#if defined(__x86_64__)
  mov $34, %eax /* pause */
  syscall
  jmp _start
#elif defined(__aarch64__)
  mov x0, #0 /* ppoll without descriptors and without a time */
  mov x1, #0
  mov x2, #0
  mov x3, #0
  mov x4, #0
  mov x8, #73
  svc #0
  b _start
#endif
