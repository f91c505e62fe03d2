/*
 * Starts one container and writes down how it ended. It makes ready what it can, waits for its order, and then lives as long as
 * its container and longer than the agent. Its mounts are in a namespace of its own, so they vanish with it, however it ends.
 *
 *   launcher MOUNT_POINT HIDDEN PROTECTED LOWER BYTES HIERARCHY... -- ENGINE ARGUMENT...
 *
 * MOUNT_POINT  an empty directory, for the container's root filesystem and what lies above its image
 * HIDDEN       a mount that has to be out of the engine's sight, or nothing
 * PROTECTED    the engine, to be mounted read-only at MOUNT_POINT/engine, or nothing
 * LOWER BYTES  image and room that the order is expected to want, or nothing
 * HIERARCHY    of control groups v1 that the container enters: letters for what is limited there, a colon, the mount point
 *
 * The order is seven lines on standard input; input that ends before them ends the launcher:
 *   directory of the container, image (empty: the expected one), bytes, then path of the control group (empty: the engine makes
 *   it), bytes of memory, microseconds of every 100 ms, processes.
 *
 * It leaves with the exit code of the engine, which is that of the container.
 */

#include "../../freestanding/freestanding.h"

#define GROUP_ROOT "/exec-agent"
#define LONGEST_ORDER 16384
#define ORDER_LINES 7
#define FAILED 1
#define ALREADY_LAUNCHED 75
#define KILLED_BY 128
/* When memory runs out, the engine is the last to be ended for it: it knows the exit code. */
#define ENGINE_SCORE "-999"
#define MAX_ARGUMENTS 64

/* As /dev of a container has them: null, zero, full, random, urandom, tty, console, ptmx and its terminals. */
static const char device_rules[] =
    "c 1:3 rwm\0c 1:5 rwm\0c 1:7 rwm\0c 1:8 rwm\0c 1:9 rwm\0c 5:0 rwm\0c 5:1 rwm\0c 5:2 rwm\0c 136:* rwm\0";

struct place {
  const char *mount_point;
  const char *hidden;
  const char *protected;
  const char *lower;
  const char *bytes;
  char **hierarchies;
  char **engine;
};

struct order {
  const char *directory;
  const char *lower;
  const char *bytes;
  const char *group;
  const char *memory;
  const char *cpu;
  const char *processes;
};

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

static int is_set(const char *text) { return text[0] != 0; }

static long make_directory(const char *path) {
  long made = call(MKDIRAT, AT_FDCWD, (long)path, 0755, 0, 0);
  return made == -EEXIST ? 0 : made;
}

static long mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data) {
  return call(MOUNT, (long)source, (long)target, (long)type, flags, (long)data);
}

static long write_file(const char *path, long flags, const char *text, unsigned long bytes) {
  long file = open_patiently(path, O_WRONLY | flags, 0644);
  if (file < 0) return file;
  long written = call(WRITE, file, (long)text, bytes, 0, 0);
  call(CLOSE, file, 0, 0, 0, 0);
  return written < 0 ? written : written == (long)bytes ? 0 : -EIO;
}

static long write_text(const char *path, const char *text) { return write_file(path, 0, text, length_of(text)); }

/* Puts the parts, up to a null pointer, one after the other. */
static long join(char *to, unsigned long room, const char *const *parts) {
  for (; *parts != 0; parts++) {
    unsigned long bytes = length_of(*parts);
    if (bytes >= room) return -ENAMETOOLONG;
    to = append(to, *parts);
    room -= bytes;
  }
  *to = 0;
  return 0;
}

/* Ends it as text; what has no room is left out. */
static long read_file(const char *path, char *to, unsigned long room) {
  long file = open_patiently(path, O_RDONLY, 0);
  if (file < 0) return file;
  long bytes = call(READ, file, (long)to, room - 1, 0, 0);
  call(CLOSE, file, 0, 0, 0, 0);
  if (bytes >= 0) to[bytes] = 0;
  return bytes;
}

/* ---- the root filesystem ---- */

static const char *const layers[] = {"/expected", "/ordered"};
enum { EXPECTED, ORDERED };

static struct problem mount_layer_room(const struct place *at) {
  char options[MAX_PATH];
  char path[MAX_PATH];
  join(options, sizeof options, (const char *[]){"mode=0700", is_set(at->lower) ? ",size=" : "", at->bytes, 0});
  long made = mount("tmpfs", at->mount_point, "tmpfs", 0, options);
  join(path, sizeof path, (const char *[]){at->mount_point, "/root", 0});
  if (made >= 0) made = make_directory(path);
  for (int i = EXPECTED; i <= ORDERED; i++)
    for (int part = 0; part < 3 && made >= 0; part++) {
      static const char *const parts[] = {"", "/upper", "/work"};
      join(path, sizeof path, (const char *[]){at->mount_point, layers[i], parts[part], 0});
      made = make_directory(path);
    }
  return when(made, "the directories of the root filesystem");
}

static struct problem mount_root(const struct place *at, int layer, const char *lower) {
  char options[3 * MAX_PATH];
  char root[MAX_PATH];
  const char *upper = layers[layer];
  if (join(root, sizeof root, (const char *[]){at->mount_point, "/root", 0}) < 0 ||
      join(options, PAGE, (const char *[]){"lowerdir=", lower, ",upperdir=", at->mount_point, upper, "/upper,workdir=",
                                           at->mount_point, upper, "/work", 0}) < 0)
    return (struct problem){"the mount of the root filesystem", ENAMETOOLONG};
  return when(mount("overlay", root, "overlay", MS_NODEV, options), "the mount of the root filesystem");
}

/* Where the path leads now is still what was opened: an image that was removed and unpacked again is another directory. */
static int is_same(long opened, const char *path) {
  unsigned long one[STATX_WORDS], other[STATX_WORDS];
  if (call(STATX, opened, (long)"", AT_EMPTY_PATH, STATX_INO, (long)one) < 0) return 0;
  if (call(STATX, AT_FDCWD, (long)path, 0, STATX_INO, (long)other) < 0) return 0;
  return one[STATX_INODE_WORD] == other[STATX_INODE_WORD] && one[STATX_DEVICE_WORD] == other[STATX_DEVICE_WORD];
}

static struct problem mount_ordered(const struct place *at, const struct order *order, int mounted) {
  char path[MAX_PATH];
  join(path, sizeof path, (const char *[]){at->mount_point, "/root", 0});
  struct problem found = none;
  if (mounted) found = when(call(UMOUNT2, (long)path, 0, 0, 0, 0), "the unmount of another root filesystem");
  join(path, sizeof path, (const char *[]){"mode=0700,size=", order->bytes, 0});
  if (!is_problem(found))
    found = when(mount("tmpfs", at->mount_point, "tmpfs", MS_REMOUNT, path), "the room of the root filesystem");
  return is_problem(found) ? found : mount_root(at, ORDERED, order->lower);
}

/* crun looks whether it is on a read-only mount, where no container can overwrite it, and makes one itself otherwise. */
static struct problem protect_engine(const struct place *at) {
  char path[MAX_PATH];
  join(path, sizeof path, (const char *[]){at->mount_point, "/engine", 0});
  long done = write_file(path, O_CREAT, "", 0);
  if (done >= 0) done = mount(at->protected, path, 0, MS_BIND, 0);
  if (done >= 0) done = mount(0, path, 0, MS_REMOUNT | MS_BIND | MS_RDONLY, 0);
  return when(done, "the read-only mount of the engine");
}

/* ---- control groups ---- */

static const char *mount_point_of(const char *hierarchy) {
  while (*hierarchy != ':') hierarchy++;
  return hierarchy + 1;
}

static int limits(const char *hierarchy, char what) {
  for (; *hierarchy != ':'; hierarchy++)
    if (*hierarchy == what) return 1;
  return 0;
}

static long write_in(const char *hierarchy, const char *group, const char *file, const char *text) {
  char path[MAX_PATH];
  long joined = join(path, sizeof path, (const char *[]){mount_point_of(hierarchy), group, file, 0});
  return joined < 0 ? joined : write_text(path, text);
}

/* A group without processors and memory nodes takes no process; what was chosen for the group above stays. */
static long copy_if_unset(const char *hierarchy, const char *file) {
  char path[MAX_PATH];
  char set[PAGE];
  join(path, sizeof path, (const char *[]){mount_point_of(hierarchy), GROUP_ROOT, file, 0});
  long bytes = read_file(path, set, sizeof set);
  if (bytes < 0 || (bytes > 0 && set[0] != '\n')) return bytes;
  join(path, sizeof path, (const char *[]){mount_point_of(hierarchy), file, 0});
  bytes = read_file(path, set, sizeof set);
  return bytes < 0 ? bytes : write_in(hierarchy, GROUP_ROOT, file, set);
}

static struct problem prepare_groups(const struct place *at) {
  for (char **each = at->hierarchies; *each != 0; each++) {
    char path[MAX_PATH];
    join(path, sizeof path, (const char *[]){mount_point_of(*each), GROUP_ROOT, 0});
    long done = make_directory(path);
    if (done >= 0 && limits(*each, 's')) {
      done = copy_if_unset(*each, "/cpuset.cpus");
      if (done >= 0) done = copy_if_unset(*each, "/cpuset.mems");
      if (done >= 0) done = write_in(*each, GROUP_ROOT, "/cgroup.clone_children", "1");
    }
    if (done < 0) return when(done, "the control group above all containers");
  }
  return none;
}

static long limit_devices(const char *hierarchy, const char *group) {
  long done = write_in(hierarchy, group, "/devices.deny", "a");
  for (const char *rule = device_rules; *rule != 0 && done >= 0; rule += length_of(rule) + 1)
    done = write_in(hierarchy, group, "/devices.allow", rule);
  return done;
}

static long limit_memory(const char *hierarchy, const struct order *order) {
  long done = write_in(hierarchy, order->group, "/memory.limit_in_bytes", order->memory);
  if (done < 0) return done;
  done = write_in(hierarchy, order->group, "/memory.memsw.limit_in_bytes", order->memory);
  return done == -ENOENT ? 0 : done;
}

static struct problem make_groups(const struct place *at, const struct order *order) {
  for (char **each = at->hierarchies; *each != 0; each++) {
    char path[MAX_PATH];
    join(path, sizeof path, (const char *[]){mount_point_of(*each), order->group, 0});
    struct problem found = when(call(MKDIRAT, AT_FDCWD, (long)path, 0755, 0, 0), "a control group");
    if (!is_problem(found) && limits(*each, 'm')) found = when(limit_memory(*each, order), "the limit of memory");
    if (!is_problem(found) && limits(*each, 'c'))
      found = when(write_in(*each, order->group, "/cpu.cfs_quota_us", order->cpu), "the limit of CPU time");
    if (!is_problem(found) && limits(*each, 'p'))
      found = when(write_in(*each, order->group, "/pids.max", order->processes), "the limit of processes");
    if (!is_problem(found) && limits(*each, 'd'))
      found = when(limit_devices(*each, order->group), "the list of devices");
    if (is_problem(found)) return found;
  }
  return none;
}

/*
 * A thread that moves itself need not wait for the kernel's grace period, unlike a process that is moved by its pid.
 */
static struct problem enter_groups(const struct place *at, const struct order *order) {
  for (char **each = at->hierarchies; *each != 0; each++) {
    long moved = write_in(*each, order->group, "/tasks", "0");
    if (moved < 0) return when(moved, "the move into a control group");
  }
  write_text("/proc/self/oom_score_adj", ENGINE_SCORE);
  return none;
}

/* ---- the order ---- */

/* Returns 0 when there was none. */
static int read_order(char *text, struct order *order) {
  const char **lines[ORDER_LINES] = {&order->directory, &order->lower, &order->bytes, &order->group,
                                     &order->memory,    &order->cpu,   &order->processes};
  unsigned long have = 0;
  int line = 0;
  char *start = text;
  for (;;) {
    long got = call(READ, STDIN, (long)(text + have), LONGEST_ORDER - have, 0, 0);
    if (got == -EINTR) continue;
    if (got <= 0) return 0;
    for (char *end = text + have; end < text + have + got; end++) {
      if (*end != '\n') continue;
      *end = 0;
      *lines[line++] = start;
      start = end + 1;
      if (line == ORDER_LINES) return 1;
    }
    have += got;
  }
}

static void report(const struct order *order, struct problem found) {
  char path[MAX_PATH];
  char line[PAGE];
  join(path, sizeof path, (const char *[]){order->directory, "/setup.log", 0});
  char *end = append(append(append(line, found.what), ": "), reason_of(found.error));
  end = append(end, "\n");
  write_file(path, O_CREAT | O_APPEND, line, end - line);
}

/* ---- the engine ---- */

static long open_as(long descriptor, const char *path, long flags) {
  long file = open_patiently(path, flags, 0644);
  return file < 0 ? file : call(DUP3, file, descriptor, 0, 0, 0);
}

static struct problem open_output(const struct order *order) {
  char path[MAX_PATH];
  join(path, sizeof path, (const char *[]){order->directory, "/stdout", 0});
  long opened = open_as(STDOUT, path, O_WRONLY | O_CREAT | O_APPEND);
  join(path, sizeof path, (const char *[]){order->directory, "/stderr", 0});
  if (opened >= 0) opened = open_as(STDERR, path, O_WRONLY | O_CREAT | O_APPEND);
  return when(opened, "the files of the output");
}

static _Noreturn void become_engine(const struct place *at, const struct order *order, char **environment) {
  char log[MAX_PATH], pid[MAX_PATH], program[MAX_PATH];
  join(log, sizeof log, (const char *[]){order->directory, "/engine.log", 0});
  join(pid, sizeof pid, (const char *[]){order->directory, "/pid", 0});
  const char *id = order->directory;
  for (const char *next = id; *next != 0; next++)
    if (*next == '/') id = next + 1;
  const char *arguments[MAX_ARGUMENTS];
  unsigned long count = 0;
  for (char **each = at->engine; *each != 0 && count < MAX_ARGUMENTS - 12; each++) arguments[count++] = *each;
  if (is_set(order->group)) arguments[count++] = "--cgroup-manager=disabled";
  const char *const rest[] = {"--log", log, "--log-format", "json", "run", "--bundle", order->directory, "--pid-file", pid, id, 0};
  for (const char *const *each = rest;; each++) {
    arguments[count++] = *each;
    if (*each == 0) break;
  }
  struct problem found = none;
  if (is_set(order->group)) found = enter_groups(at, order);
  if (!is_problem(found)) found = open_output(order);
  if (!is_problem(found)) {
    join(program, sizeof program, (const char *[]){at->mount_point, "/engine", 0});
    const char *path = is_set(at->protected) ? program : arguments[0];
    found = when(call(EXECVE, (long)path, (long)arguments, (long)environment, 0, 0), "the start of the engine");
  }
  report(order, found);
  leave(FAILED);
}

/* As a shell tells it. */
static int code_of(int status) {
  int signal = status & 0x7f;
  return signal == 0 ? (status >> 8) & 0xff : KILLED_BY + signal;
}

static int run_engine(const struct place *at, const struct order *order, char **environment) {
  long child = call(CLONE, SIGCHLD, 0, 0, 0, 0);
  if (child == 0) become_engine(at, order, environment);
  if (child < 0) {
    report(order, when(child, "a process for the engine"));
    return FAILED;
  }
  int status = 0;
  long ended;
  do ended = call(WAIT4, child, (long)&status, 0, 0, 0);
  while (ended == -EINTR);
  return ended < 0 ? FAILED : code_of(status);
}

/* ---- from beginning to end ---- */

static struct problem make_ready(const struct place *at) {
  struct problem found = when(call(UNSHARE, CLONE_NEWNS, 0, 0, 0, 0), "a mount namespace");
  /* What the host unmounts later is not kept alive by a container that runs. */
  if (!is_problem(found)) found = when(mount(0, "/", 0, MS_REC | MS_SLAVE, 0), "a mount namespace");
  if (!is_problem(found) && is_set(at->hidden))
    found = when(call(UMOUNT2, (long)at->hidden, 0, 0, 0, 0), "the unmount of control groups v2");
  if (!is_problem(found)) found = mount_layer_room(at);
  if (!is_problem(found) && is_set(at->protected)) found = protect_engine(at);
  return is_problem(found) ? found : prepare_groups(at);
}

/* Whoever creates the file is the one launcher there ever is. */
static void claim(const struct order *order) {
  char path[MAX_PATH];
  char self[PAGE];
  join(path, sizeof path, (const char *[]){order->directory, "/launcher", 0});
  long bytes = read_file("/proc/self/stat", self, sizeof self);
  if (bytes < 0 || write_file(path, O_CREAT | O_EXCL, self, bytes) < 0) leave(ALREADY_LAUNCHED);
}

static _Noreturn void end(const struct order *order, int code) {
  char path[MAX_PATH];
  char line[16];
  char *last = append(append_number(line, code), "\n");
  join(path, sizeof path, (const char *[]){order->directory, "/exit", 0});
  write_file(path, O_CREAT | O_EXCL, line, last - line);
  leave(code);
}

static struct place read_place(char **arguments) {
  struct place at = {arguments[1], arguments[2], arguments[3], arguments[4], arguments[5], arguments + 6, arguments + 6};
  while (length_of(*at.engine) != 2 || !starts_with(*at.engine, "--", 2)) at.engine++;
  *at.engine++ = 0;
  return at;
}

_Noreturn void run(long *stack) {
  long count = stack[0];
  char **arguments = (char **)(stack + 1);
  char **environment = arguments + count + 1;
  if (count < 8) leave(FAILED);
  struct place at = read_place(arguments);
  call(UMASK, 022, 0, 0, 0, 0);
  struct problem found = make_ready(&at);
  long lower = -ENOENT;
  if (!is_problem(found) && is_set(at.lower)) lower = open_patiently(at.lower, O_PATH, 0);
  int mounted = lower >= 0 && !is_problem(mount_root(&at, EXPECTED, at.lower));

  char text[LONGEST_ORDER];
  struct order order;
  if (!read_order(text, &order)) leave(0);
  if (!is_set(order.lower)) order.lower = at.lower;
  open_as(STDIN, "/dev/null", O_RDONLY);
  claim(&order);
  int fits = mounted && is_same(lower, order.lower) && is_equal(at.bytes, order.bytes);
  if (!is_problem(found) && !fits) found = mount_ordered(&at, &order, mounted);
  if (!is_problem(found) && is_set(order.group)) found = make_groups(&at, &order);
  if (is_problem(found)) {
    report(&order, found);
    end(&order, FAILED);
  }
  end(&order, run_engine(&at, &order, environment));
}
