/*
 * The runtime's seccomp profile allows more to a container that has CAP_SYS_ADMIN, also to a command that has dropped it.
 * This filter takes that back.
 */

#define SECCOMP_SET_MODE_FILTER 1
#define ANSWER_ERRNO 0x00050000u
#define ALLOW 0x7fff0000u
#define ENOSYS 38
/* Of a BPF program: load a word, compare, return. */
#define LOAD(offset) {0x20, 0, 0, offset}
#define IF_EQUAL(value, yes, no) {0x15, yes, no, value}
#define IF_AT_LEAST(value, yes, no) {0x35, yes, no, value}
#define IF_ANY_BIT(value, yes, no) {0x45, yes, no, value}
#define ANSWER(what) {0x06, 0, 0, what}
#define DENY(number) IF_EQUAL(number, 0, 1), ANSWER(ANSWER_ERRNO | EPERM)

#define NUMBER_OFFSET 0
#define ARCHITECTURE_OFFSET 4
#define FIRST_ARGUMENT_OFFSET 16
/* New cgroup, mount, uts, ipc, user, pid and network namespaces. */
#define NEW_NAMESPACES 0x7e020000u

#if defined(__x86_64__)
#define ARCHITECTURE 0xc000003eu
/* unshare setns mount umount2 pivot_root chroot sethostname setdomainname quotactl syslog lookup_dcookie perf_event_open
   fanotify_init bpf */
#define DENIED DENY(272), DENY(308), DENY(165), DENY(166), DENY(155), DENY(161), DENY(170), DENY(171), DENY(179), \
  DENY(103), DENY(212), DENY(298), DENY(300), DENY(321)
/* Calls of the x32 interface have this bit. */
#define OTHER_INTERFACE IF_AT_LEAST(0x40000000u, 0, 1), ANSWER(ANSWER_ERRNO | EPERM),
#elif defined(__aarch64__)
#define ARCHITECTURE 0xc00000b7u
#define DENIED DENY(97), DENY(268), DENY(40), DENY(39), DENY(41), DENY(51), DENY(161), DENY(162), DENY(60), \
  DENY(116), DENY(18), DENY(241), DENY(262), DENY(280)
#define OTHER_INTERFACE
#endif

static long take_back(void) {
  struct instruction {
    unsigned short code;
    unsigned char yes, no;
    unsigned int value;
  };
  static const struct instruction program[] = {
      LOAD(ARCHITECTURE_OFFSET),
      IF_EQUAL(ARCHITECTURE, 1, 0),
      ANSWER(ANSWER_ERRNO | EPERM),
      LOAD(NUMBER_OFFSET),
      OTHER_INTERFACE
      DENIED,
      /* open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr quotactl_fd, whose numbers are everywhere the same */
      DENY(428), DENY(429), DENY(430), DENY(431), DENY(432), DENY(433), DENY(442), DENY(443),
      /* Its flags are in memory, where a filter cannot look; a libc then calls clone. */
      IF_EQUAL(435, 0, 1),
      ANSWER(ANSWER_ERRNO | ENOSYS),
      IF_EQUAL(CLONE, 0, 3),
      LOAD(FIRST_ARGUMENT_OFFSET),
      IF_ANY_BIT(NEW_NAMESPACES, 0, 1),
      ANSWER(ANSWER_ERRNO | EPERM),
      ANSWER(ALLOW),
  };
  const struct {
    unsigned short length;
    const struct instruction *program;
  } filter = {sizeof program / sizeof *program, program};
  return call(SECCOMP, SECCOMP_SET_MODE_FILTER, 0, (long)&filter, 0, 0);
}
