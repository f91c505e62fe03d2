/*
 * Starts containers and writes down how each ended. It makes ready what the next container needs and waits for its order;
 * then a process of its own, the keeper, lives as long as that container and longer than the agent. What is mounted for a container is
 * in a namespace that goes with its keeper, however that ends.
 *
 *   launcher MOUNT_POINT HIDDEN PROTECTED HIERARCHY... -- ENGINE ARGUMENT...
 *
 * MOUNT_POINT  an empty directory, for the container's root filesystem and what lies above its image
 * HIDDEN       a mount that has to be out of the engine's sight, or nothing
 * PROTECTED    the engine, to be mounted read-only at MOUNT_POINT/engine, or nothing
 * HIERARCHY    of control groups v1 that containers enter: letters for what is limited there, a colon, the mount point
 *
 * An order is eight lines on standard input:
 *   its number, directory of the container, image, bytes that may be written above it, then path of the control group (empty: the
 *   engine makes it), bytes of memory, microseconds of every 100 ms, processes.
 * Once the container has ended, a line on standard output tells the number and the exit code. When the input ends, so does
 * the launcher, and the keepers go on.
 */

#include "../../freestanding/freestanding.h"

#define GROUP_ROOT "/exec-agent"
#define LONGEST_INPUT 65536
#define ORDER_LINES 8
/* In this time a short container is over; what is made ready meanwhile takes processor time from it. */
#define REST_NANOSECONDS 20000000
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
  char **hierarchies;
  char **engine;
};

struct order {
  const char *number;
  const char *directory;
  const char *lower;
  const char *bytes;
  const char *group;
  const char *memory;
  const char *cpu;
  const char *processes;
};

/* A root filesystem that is mounted for the next container, if it wants the same. */
struct root {
  char lower[MAX_PATH];
  char bytes[32];
  /* The image, as it was opened. */
  long opened;
  /* Something is mounted in the room. */
  int begun;
  int ready;
  /* The namespace belongs to a keeper. */
  int given;
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

/* `SIG_IGN`: the kernel forgets them by itself. */
static void handle_ended_children(long how) {
  long action[4] = {how, 0, 0, 0};
  call(RT_SIGACTION, SIGCHLD, (long)action, 0, 8, 0);
}

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

static struct problem make_directories(const char *room) {
  static const char *const parts[] = {"/root", "/upper", "/work"};
  char path[MAX_PATH];
  long made = 0;
  for (int i = 0; i < 3 && made >= 0; i++) {
    join(path, sizeof path, (const char *[]){room, parts[i], 0});
    made = make_directory(path);
  }
  return when(made, "the directories of the root filesystem");
}

static struct problem mount_overlay(const char *room, const char *lower) {
  char options[PAGE];
  char path[MAX_PATH];
  join(path, sizeof path, (const char *[]){room, "/root", 0});
  const char *const parts[] = {"lowerdir=", lower, ",upperdir=", room, "/upper,workdir=", room, "/work", 0};
  long done = join(options, sizeof options, parts);
  if (done >= 0) done = mount("overlay", path, "overlay", MS_NODEV, options);
  return when(done, "the mount of the root filesystem");
}

/* Makes the namespace one's own again, without the last container's mounts. */
static struct problem clear(const struct place *at, struct root *root) {
  struct problem found = none;
  if (root->given) found = when(call(UNSHARE, CLONE_NEWNS, 0, 0, 0, 0), "a mount namespace");
  if (is_problem(found)) return found;
  root->given = root->ready = 0;
  if (root->opened >= 0) call(CLOSE, root->opened, 0, 0, 0, 0);
  root->opened = -1;
  if (!root->begun) return none;
  char path[MAX_PATH];
  join(path, sizeof path, (const char *[]){at->mount_point, "/room", 0});
  root->begun = 0;
  return when(call(UMOUNT2, (long)path, MNT_DETACH, 0, 0, 0), "the unmount of another root filesystem");
}

/* The strings may be those of the root itself. */
static struct problem mount_root(const struct place *at, struct root *root, const char *lower, const char *bytes) {
  char room[MAX_PATH], options[64];
  struct problem found = clear(at, root);
  if (is_problem(found)) return found;
  long fits = 0;
  if (lower != root->lower) fits = join(root->lower, sizeof root->lower, (const char *[]){lower, 0});
  if (bytes != root->bytes && fits >= 0) fits = join(root->bytes, sizeof root->bytes, (const char *[]){bytes, 0});
  if (fits >= 0) fits = join(options, sizeof options, (const char *[]){"mode=0700,size=", root->bytes, 0});
  if (fits < 0) return when(fits, "the order");
  root->opened = open_patiently(root->lower, O_PATH, 0);
  join(room, sizeof room, (const char *[]){at->mount_point, "/room", 0});
  found = when(mount("tmpfs", room, "tmpfs", 0, options), "the room of the root filesystem");
  if (is_problem(found)) return found;
  root->begun = 1;
  found = make_directories(room);
  if (!is_problem(found)) found = mount_overlay(room, root->lower);
  root->ready = !is_problem(found);
  return found;
}

/* Where the path leads now is still what was opened: an image that was removed and unpacked again is another directory. */
static int is_same(long opened, const char *path) {
  unsigned long one[STATX_WORDS], other[STATX_WORDS];
  if (call(STATX, opened, (long)"", AT_EMPTY_PATH, STATX_INO, (long)one) < 0) return 0;
  if (call(STATX, AT_FDCWD, (long)path, 0, STATX_INO, (long)other) < 0) return 0;
  return one[STATX_INODE_WORD] == other[STATX_INODE_WORD] && one[STATX_DEVICE_WORD] == other[STATX_DEVICE_WORD];
}

static int suits(const struct root *root, const struct order *order) {
  return root->ready && !root->given && is_equal(root->lower, order->lower) && is_equal(root->bytes, order->bytes) &&
         is_same(root->opened, order->lower);
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

/* ---- the orders ---- */

struct input {
  unsigned long start;
  unsigned long end;
  char text[LONGEST_INPUT];
};

/* Returns 0 when no whole order is there. */
static int find_order(struct input *input, struct order *order) {
  const char **lines[ORDER_LINES] = {&order->number, &order->directory, &order->lower, &order->bytes,
                                     &order->group,  &order->memory,    &order->cpu,   &order->processes};
  unsigned long from = input->start;
  int found = 0;
  for (unsigned long i = from; i < input->end && found < ORDER_LINES; i++) {
    if (input->text[i] != '\n') continue;
    *lines[found++] = input->text + from;
    from = i + 1;
  }
  if (found < ORDER_LINES) return 0;
  for (unsigned long i = input->start; i < from; i++)
    if (input->text[i] == '\n') input->text[i] = 0;
  input->start = from;
  return 1;
}

/* Ends the launcher when there is nothing to come. */
static void read_more(struct input *input) {
  copy(input->text, input->text + input->start, input->end - input->start);
  input->end -= input->start;
  input->start = 0;
  long got = call(READ, STDIN, (long)(input->text + input->end), sizeof input->text - input->end, 0, 0);
  if (got == -EINTR) return;
  if (got <= 0) leave(0);
  input->end += got;
}

/* Whether something comes before the time is over. */
static int comes_soon(void) {
  struct { int file; short wanted, seen; } input = {STDIN, POLLIN, 0};
  long time[2] = {0, REST_NANOSECONDS};
  return call(PPOLL, (long)&input, 1, (long)time, 0, 0) > 0;
}

static void next_order(const struct place *at, struct root *root, struct input *input, struct order *order) {
  while (!find_order(input, order)) {
    if (root->given && !comes_soon()) mount_root(at, root, root->lower, root->bytes);
    read_more(input);
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
  char path[MAX_PATH];
  struct problem found = when(call(UNSHARE, CLONE_NEWNS, 0, 0, 0, 0), "a mount namespace");
  /* What the host unmounts later is not kept alive by a container that runs. */
  if (!is_problem(found)) found = when(mount(0, "/", 0, MS_REC | MS_SLAVE, 0), "a mount namespace");
  if (!is_problem(found) && is_set(at->hidden))
    found = when(call(UMOUNT2, (long)at->hidden, 0, 0, 0, 0), "the unmount of control groups v2");
  if (!is_problem(found)) found = when(mount("tmpfs", at->mount_point, "tmpfs", 0, "mode=0700"), "a mount of tmpfs");
  join(path, sizeof path, (const char *[]){at->mount_point, "/room", 0});
  if (!is_problem(found)) found = when(make_directory(path), "the directories of the root filesystem");
  if (!is_problem(found) && is_set(at->protected)) found = protect_engine(at);
  return is_problem(found) ? found : prepare_groups(at);
}

/* Whoever creates the file is the one keeper there ever is. */
static int claim(const struct order *order) {
  char path[MAX_PATH];
  char self[PAGE];
  join(path, sizeof path, (const char *[]){order->directory, "/launcher", 0});
  long bytes = read_file("/proc/self/stat", self, sizeof self);
  return bytes >= 0 && write_file(path, O_CREAT | O_EXCL, self, bytes) >= 0;
}

/* An agent that has gone does not read it; the code stands in its file. */
static _Noreturn void tell(const struct order *order, int code) {
  char line[64];
  char *end = append(line, order->number);
  end = append(append_number(append(end, " "), code), "\n");
  call(WRITE, STDOUT, (long)line, end - line, 0, 0);
  leave(code);
}

static _Noreturn void end(const struct order *order, int code) {
  char path[MAX_PATH];
  char line[16];
  char *last = append(append_number(line, code), "\n");
  join(path, sizeof path, (const char *[]){order->directory, "/exit", 0});
  write_file(path, O_CREAT | O_EXCL, line, last - line);
  tell(order, code);
}

static _Noreturn void keep(const struct place *at, const struct order *order, struct problem found, char **environment) {
  /* A session of its own, so that it can be killed with all that it started. */
  call(SETSID, 0, 0, 0, 0, 0);
  handle_ended_children(SIG_DFL);
  open_as(STDIN, "/dev/null", O_RDONLY);
  if (!claim(order)) tell(order, ALREADY_LAUNCHED);
  if (!is_problem(found) && is_set(order->group)) found = make_groups(at, order);
  if (!is_problem(found)) end(order, run_engine(at, order, environment));
  report(order, found);
  end(order, FAILED);
}

static struct place read_place(char **arguments) {
  struct place at = {arguments[1], arguments[2], arguments[3], arguments + 4, arguments + 4};
  while (length_of(*at.engine) != 2 || !starts_with(*at.engine, "--", 2)) at.engine++;
  *at.engine++ = 0;
  return at;
}

_Noreturn void run(long *stack) {
  long count = stack[0];
  char **arguments = (char **)(stack + 1);
  char **environment = arguments + count + 1;
  if (count < 6) leave(FAILED);
  struct place at = read_place(arguments);
  call(UMASK, 022, 0, 0, 0, 0);
  handle_ended_children(SIG_IGN);
  const struct problem unready = make_ready(&at);

  struct input input;
  struct order order;
  struct root root;
  input.start = input.end = 0;
  root.opened = -1;
  root.begun = root.ready = root.given = 0;
  for (;;) {
    next_order(&at, &root, &input, &order);
    struct problem found = unready;
    if (!is_problem(found) && !suits(&root, &order)) found = mount_root(&at, &root, order.lower, order.bytes);
    long keeper = call(CLONE, SIGCHLD, 0, 0, 0, 0);
    if (keeper == 0) keep(&at, &order, found, environment);
    /* Whoever gave the order sees this process end and gives it to the next one. */
    if (keeper < 0) leave(FAILED);
    root.given = 1;
  }
}
