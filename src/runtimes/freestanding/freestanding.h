/*
 * What small programs without a libc share: system calls and text. They have no writable data, and program.ld fixes their
 * position. Each gives `run`, which gets the stack as the kernel made it: the number of arguments, the arguments, a null
 * pointer, the variables, a null pointer. See build.sh.
 */

#define MAX_PATH 4096
#define PAGE 4096

enum { EPERM = 1, ENOENT = 2, EINTR = 4, EIO = 5, E2BIG = 7, ENOEXEC = 8, EAGAIN = 11, ENOMEM = 12, EACCES = 13, EBUSY = 16,
       EEXIST = 17, ENODEV = 19, ENOTDIR = 20, EISDIR = 21, EINVAL = 22, EMFILE = 24, ETXTBSY = 26, ENOSPC = 28, EROFS = 30,
       ENAMETOOLONG = 36, ENOTEMPTY = 39, ELOOP = 40, ELIBBAD = 80, ETIMEDOUT = 110, ESTALE = 116 };

enum { STDIN = 0, STDOUT = 1, STDERR = 2 };

#define AT_FDCWD (-100)
#define AT_REMOVEDIR 0x200
#define AT_EMPTY_PATH 0x1000
#define O_RDONLY 0
#define O_WRONLY 1
#define O_CREAT 0100
#define O_EXCL 0200
#define O_TRUNC 01000
#define O_APPEND 02000
#define O_NONBLOCK 04000
#define F_SETFL 4
#define F_DUPFD_CLOEXEC 1030
#define F_GETPIPE_SZ 1032
#define O_CLOEXEC 02000000
#define O_PATH 010000000
#define RESOLVE_NO_XDEV 1
#define RESOLVE_NO_SYMLINKS 4
#define DT_DIR 4
#define PRIVATE_PIPE 0010600
#define SIGKILL 9
#define SIGCHLD 17
#define PR_SET_PDEATHSIG 1
#define SIG_DFL 0
#define SIG_IGN 1
#define SIG_SETMASK 2
#define POLLIN 1
#define MNT_DETACH 2
#define CLONE_NEWNS 0x20000
#define MS_RDONLY 1
#define MS_NODEV 4
#define MS_REMOUNT 32
#define MS_BIND 4096
#define MS_REC 16384
#define MS_SLAVE (1 << 19)
/* struct statx of statx(2), as numbers of 64 bits. */
#define STATX_INO 0x100
#define STATX_WORDS 32
#define STATX_INODE_WORD 4
#define STATX_DEVICE_WORD 17

struct polled {
  int file;
  short wanted, seen;
};

#if defined(__x86_64__)
#define O_DIRECTORY 0200000
#define O_NOFOLLOW 0400000
enum { READ = 0, WRITE = 1, CLOSE = 3, RT_SIGACTION = 13, RT_SIGPROCMASK = 14, GETPID = 39, CLONE = 56, EXECVE = 59, WAIT4 = 61, FCNTL = 72, CHDIR = 80, UMASK = 95, GETPPID = 110, SETSID = 112,
       PRCTL = 157, MOUNT = 165, UMOUNT2 = 166, GETDENTS64 = 217, EXIT_GROUP = 231, OPENAT = 257, MKDIRAT = 258, MKNODAT = 259, UNLINKAT = 263, LINKAT = 265, PPOLL = 271, UNSHARE = 272,
       SIGNALFD4 = 289, DUP3 = 292, PIPE2 = 293, STATX = 332, OPENAT2 = 437 };
static long call(long number, long a, long b, long c, long d, long e) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
}
__asm__(".section .start,\"ax\"\n.globl _start\n_start: xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call run\n");
#elif defined(__aarch64__)
#define O_DIRECTORY 040000
#define O_NOFOLLOW 0100000
enum { DUP3 = 24, FCNTL = 25, MKNODAT = 33, MKDIRAT = 34, UNLINKAT = 35, LINKAT = 37, UMOUNT2 = 39, MOUNT = 40, CHDIR = 49, OPENAT = 56, CLOSE = 57, PIPE2 = 59, GETDENTS64 = 61, READ = 63, WRITE = 64,
       PPOLL = 73, SIGNALFD4 = 74, EXIT_GROUP = 94, UNSHARE = 97, RT_SIGACTION = 134, RT_SIGPROCMASK = 135, SETSID = 157, UMASK = 166, PRCTL = 167, GETPID = 172,
       GETPPID = 173, CLONE = 220, EXECVE = 221, WAIT4 = 260, STATX = 291, OPENAT2 = 437 };
static long call(long number, long a, long b, long c, long d, long e) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}
__asm__(".section .start,\"ax\"\n.globl _start\n_start: mov x29, xzr\n mov x30, xzr\n mov x0, sp\n b run\n");
#endif

static inline _Noreturn void leave(int code) {
  for (;;) call(EXIT_GROUP, code, 0, 0, 0, 0);
}

static inline unsigned long length_of(const char *text) {
  unsigned long length = 0;
  while (text[length] != 0) length++;
  return length;
}

static inline void copy(char *to, const char *from, unsigned long bytes) {
  for (unsigned long i = 0; i < bytes; i++) to[i] = from[i];
}

static inline int starts_with(const char *text, const char *start, unsigned long bytes) {
  for (unsigned long i = 0; i < bytes; i++)
    if (text[i] != start[i]) return 0;
  return 1;
}

static inline int is_equal(const char *one, const char *other) {
  unsigned long bytes = length_of(one);
  return bytes == length_of(other) && starts_with(one, other, bytes);
}

/* Returns where the text ends, which is not marked. */
static inline char *append(char *to, const char *text) {
  unsigned long bytes = length_of(text);
  copy(to, text, bytes);
  return to + bytes;
}

static inline char *append_number(char *to, long number) {
  if (number >= 10) to = append_number(to, number / 10);
  *to = '0' + number % 10;
  return to + 1;
}

static inline long open_patiently(const char *path, long flags, long mode) {
  long file;
  do file = call(OPENAT, AT_FDCWD, (long)path, flags | O_CLOEXEC, mode, 0);
  while (file == -EINTR);
  return file;
}

static inline const char *reason_of(long error) {
  switch (error) {
    case EPERM: return "Operation not permitted";
    case ENOENT: return "No such file or directory";
    case EIO: return "Input/output error";
    case E2BIG: return "Argument list too long";
    case ENOEXEC: return "Exec format error";
    case EAGAIN: return "Resource temporarily unavailable";
    case ENOMEM: return "Cannot allocate memory";
    case EACCES: return "Permission denied";
    case EBUSY: return "Device or resource busy";
    case EEXIST: return "File exists";
    case ENODEV: return "No such device";
    case ENOTDIR: return "Not a directory";
    case EISDIR: return "Is a directory";
    case EINVAL: return "Invalid argument";
    case EMFILE: return "Too many open files";
    case ETXTBSY: return "Text file busy";
    case ENOSPC: return "No space left on device";
    case EROFS: return "Read-only file system";
    case ENAMETOOLONG: return "File name too long";
    case ELOOP: return "Too many levels of symbolic links";
    case ELIBBAD: return "Accessing a corrupted shared library";
    default: return "it cannot be done";
  }
}
