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
 * An order is ten lines on standard input:
 *   its number, directory of the container, image, bytes that may be written above it, bytes of each stream of output that are
 *   kept, a directory in memory for config.json and the engine's state (empty: config.json is in the container's), then path of the
 *   control group (empty: the engine makes it), bytes of memory, microseconds of every 100 ms, processes.
 * Once the container has ended, a line on standard output tells the number, the exit code, and "silent" if nothing was written to its
 * streams. An order without an image removes the
 * control group and then the directory, each unless it is empty; its line tells 0 when both are gone. When the input ends, so does the
 * launcher, and the keepers go on.
 */

#include "files.h"
#include "order.h"
#include "place.h"
#include "groups.h"
#include "root.h"
#include "output.h"
#include "engine.h"
#include "remove.h"

#define ALREADY_LAUNCHED 75

/* `SIG_IGN`: the kernel forgets them by itself. */
static void handle_ended_children(long how) {
  long action[4] = {how, 0, 0, 0};
  call(RT_SIGACTION, SIGCHLD, (long)action, 0, 8, 0);
}

static void next_order(const struct place *at, struct root *root, struct input *input, struct order *order) {
  while (!find_order(input, order)) {
    if (root->given && !comes_soon()) mount_root(at, root, root->lower, root->bytes);
    read_more(input);
  }
}

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
  if (!is_problem(found)) found = protect_stdin(at);
  if (!is_problem(found) && is_set(at->protected)) found = protect_engine(at);
  return is_problem(found) ? found : prepare_groups(at);
}

/*
 * The process that creates the file is the only keeper. The file names it from the moment it exists: what removes the container would
 * otherwise not wait for a keeper that is held up before it has written, and groups would be made for a container that is gone.
 */
static int claim(const struct order *order) {
  char path[MAX_PATH], draft[MAX_PATH], number[16];
  char self[PAGE];
  *append_number(number, call(GETPID, 0, 0, 0, 0, 0)) = 0;
  join(path, sizeof path, (const char *[]){order->directory, "/launcher", 0});
  join(draft, sizeof draft, (const char *[]){order->directory, "/launcher.", number, 0});
  long bytes = read_file("/proc/self/stat", self, sizeof self);
  if (bytes < 0 || write_file(draft, O_CREAT, self, bytes) < 0) return 0;
  long claimed = call(LINKAT, AT_FDCWD, (long)draft, AT_FDCWD, (long)path, 0);
  call(UNLINKAT, AT_FDCWD, (long)draft, 0, 0, 0);
  return claimed >= 0;
}

static void answer(const struct order *order, int code, int is_silent) {
  char line[64];
  char *end = append(line, order->number);
  end = append(append_number(append(end, " "), code), is_silent ? " silent\n" : "\n");
  call(WRITE, STDOUT, (long)line, end - line, 0, 0);
}

/* An agent that has gone does not read it; the code is in its file. */
static _Noreturn void tell(const struct order *order, int code, int is_silent) {
  answer(order, code, is_silent);
  leave(code);
}

static _Noreturn void end(const struct order *order, int code, int is_silent) {
  if (code < 0) leave(FAILED);
  char path[MAX_PATH];
  char line[16];
  char *last = append(append_number(line, code), "\n");
  join(path, sizeof path, (const char *[]){order->directory, "/exit", 0});
  write_file(path, O_CREAT | O_EXCL, line, last - line);
  tell(order, code, is_silent);
}

static _Noreturn void keep(const struct place *at, struct order *order, struct problem found, char **environment) {
  /* A session of its own, so that it can be killed with all that it started. */
  call(SETSID, 0, 0, 0, 0, 0);
  handle_ended_children(SIG_DFL);
  open_as(STDIN, "/dev/null", O_RDONLY);
  if (!claim(order)) tell(order, ALREADY_LAUNCHED, 0);
  if (!is_problem(found) && is_set(order->group)) found = make_groups(at, order);
  if (!is_problem(found)) {
    int is_silent = 0;
    int code = run_engine(at, order, environment, &is_silent);
    end(order, code, is_silent);
  }
  report(order, found);
  end(order, FAILED, 0);
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
    if (!is_set(order.lower)) {
      answer(&order, remove_traces(&at, &order) ? 0 : FAILED, 0);
      continue;
    }
    struct problem found = unready;
    if (!is_problem(found) && !suits(&root, &order)) found = mount_root(&at, &root, order.lower, order.bytes);
    long keeper = call(CLONE, SIGCHLD, 0, 0, 0, 0);
    if (keeper == 0) keep(&at, &order, found, environment);
    /* The agent sees this process exit and gives the order to the next launcher. */
    if (keeper < 0) leave(FAILED);
    root.given = 1;
  }
}
