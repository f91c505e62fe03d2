/* System calls and numbers that only `hold` uses, beside those of freestanding.h. */

#include "../../../runtimes/freestanding/freestanding.h"

#if defined(__x86_64__)
enum { MMAP = 9, IOCTL = 16, SOCKET = 41, CONNECT = 42, SENDTO = 44, SHUTDOWN = 48, BIND = 49, LISTEN = 50,
       SETSOCKOPT = 54, GETSOCKOPT = 55, KILL = 62, FCHOWN = 93, SETUID = 105, SETGID = 106, SETGROUPS = 116, CAPSET = 126, CLOCK_GETTIME = 228, ACCEPT4 = 288,
       PRLIMIT64 = 302, SECCOMP = 317 };
static inline long call_with_six(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
enum { IOCTL = 29, FCHOWN = 55, CAPSET = 91, CLOCK_GETTIME = 113, KILL = 129, SETGID = 144, SETUID = 146, SETGROUPS = 159,
       SOCKET = 198, BIND = 200, LISTEN = 201, CONNECT = 203, SENDTO = 206, SETSOCKOPT = 208, GETSOCKOPT = 209, SHUTDOWN = 210,
             MMAP = 222, ACCEPT4 = 242, PRLIMIT64 = 261, SECCOMP = 277 };
static inline long call_with_six(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
#endif

#define SIGKILL 9
#define SIGTERM 15
#define AF_UNIX 1
#define AF_INET 2
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_NONBLOCK O_NONBLOCK
#define MSG_NOSIGNAL 0x4000
#define CLONE_NEWNET 0x40000000
#define WNOHANG 1
#define POLLOUT 4
#define POLLHUP 16
#define MS_NOSUID 2
#define MS_NOEXEC 8

/* What could not be done, and why; 0: nothing. */
struct problem {
  const char *what;
  long error;
};

static const struct problem none = {0, 0};

static int is_problem(struct problem it) { return it.what != 0; }

static struct problem when(long result, const char *what) {
  return result < 0 ? (struct problem){what, -result} : none;
}

static unsigned long number_in(const char *text) {
  unsigned long number = 0;
  for (; *text >= '0' && *text <= '9'; text++) number = number * 10 + (*text - '0');
  return number;
}

/* Memory of zeros that is given back when the program ends. */
static char *allocate(unsigned long bytes) {
  const long read_and_write = 3, private_and_anonymous = 0x22;
  long at = call_with_six(MMAP, 0, bytes, read_and_write, private_and_anonymous, -1, 0);
  return at < 0 && at > -PAGE ? 0 : (char *)at;
}

/* Returns the bytes read, up to the room; what comes after them is left out. A pipe or a device does not block it. */
static unsigned long read_file(const char *path, char *to, unsigned long room) {
  long file = open_patiently(path, O_RDONLY | O_NONBLOCK, 0);
  unsigned long have = 0;
  if (file < 0) return 0;
  while (have < room) {
    long got = call(READ, file, (long)(to + have), room - have, 0, 0);
    if (got == -EINTR) continue;
    if (got <= 0) break;
    have += got;
  }
  call(CLOSE, file, 0, 0, 0, 0);
  return have;
}
