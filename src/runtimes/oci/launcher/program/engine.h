/* The engine, which becomes the container. */

#define KILLED_BY 128
#define LOST (-1)
#define MAX_ARGUMENTS 64

/* crun looks whether it is on a read-only mount, where no container can overwrite it, and makes one itself otherwise. */
static struct problem protect_engine(const struct place *at) {
  return when(show_read_only(at, at->protected, "/engine"), "the read-only mount of the engine");
}

/* A container whose stdin were the host's device could change who may use that. */
static struct problem protect_stdin(const struct place *at) {
  return when(show_read_only(at, "/dev/null", "/null"), "the read-only mount of /dev/null");
}

/* The file of the container, if there is one; read-only as well, because a container can open its stdin again for writing. */
static struct problem take_stdin(const struct place *at, const struct order *order) {
  char path[MAX_PATH], given[MAX_PATH];
  unsigned long facts[STATX_WORDS];
  join(given, sizeof given, (const char *[]){order->directory, "/stdin", 0});
  const int is_given = call(STATX, AT_FDCWD, (long)given, 0, STATX_INO, (long)facts) >= 0;
  struct problem found = none;
  /* The launcher shares the namespace until it has the next order. */
  if (is_given) found = when(call(UNSHARE, CLONE_NEWNS, 0, 0, 0, 0), "a mount namespace");
  if (is_given && !is_problem(found)) found = when(show_read_only(at, given, "/stdin"), "the read-only mount of stdin");
  if (is_problem(found)) return found;
  join(path, sizeof path, (const char *[]){at->mount_point, is_given ? "/stdin" : "/null", 0});
  return when(open_as(STDIN, path, O_RDONLY), "the opening of stdin");
}

/* An engine without its keeper would make groups and a container that nobody looks for any more. */
static struct problem end_with_keeper(long keeper) {
  long done = call(PRCTL, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (done >= 0 && call(GETPPID, 0, 0, 0, 0, 0) != keeper) leave(FAILED);
  return when(done, "the tie to the keeper");
}

static _Noreturn void become_engine(const struct place *at, const struct order *order, const struct watched *watched,
                                    long keeper, char **environment) {
  char log[MAX_PATH], pid[MAX_PATH], program[MAX_PATH], state[MAX_PATH];
  join(log, sizeof log, (const char *[]){order->directory, "/engine.log", 0});
  join(pid, sizeof pid, (const char *[]){order->directory, "/pid", 0});
  join(state, sizeof state, (const char *[]){order->memory, "/engine", 0});
  const char *bundle = is_set(order->memory) ? order->memory : order->directory;
  const char *id = order->directory;
  for (const char *next = id; *next != 0; next++)
    if (*next == '/') id = next + 1;
  const char *arguments[MAX_ARGUMENTS];
  unsigned long count = 0;
  for (char **each = at->engine; *each != 0 && count < MAX_ARGUMENTS - 14; each++) arguments[count++] = *each;
  if (is_set(order->memory)) {
    /* The engine keeps a copy of config.json; of the same option twice it takes the last. */
    arguments[count++] = "--root";
    arguments[count++] = state;
  }
  if (is_set(order->group)) arguments[count++] = "--cgroup-manager=disabled";
  const char *const rest[] = {"--log", log, "--log-format", "json", "run", "--bundle", bundle, "--pid-file", pid, id, 0};
  for (const char *const *each = rest;; each++) {
    arguments[count++] = *each;
    if (*each == 0) break;
  }
  struct problem found = end_with_keeper(keeper);
  if (!is_problem(found) && is_set(order->group)) found = enter_groups(at, order);
  if (!is_problem(found)) found = take_stdin(at, order);
  if (!is_problem(found)) found = take_output(watched);
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

/* Returns the exit code; negative: some of the output is lost, so the container is not known to have ended well. */
static int run_engine(const struct place *at, struct order *order, char **environment, int *is_silent) {
  struct watched watched;
  struct problem found = open_output(&watched, order);
  const long keeper = call(GETPID, 0, 0, 0, 0, 0);
  long child = is_problem(found) ? -1 : call(CLONE, SIGCHLD, 0, 0, 0, 0);
  if (child == 0) become_engine(at, order, &watched, keeper, environment);
  if (child < 0) {
    report(order, is_problem(found) ? found : when(child, "a process for the engine"));
    return FAILED;
  }
  close_sinks(&watched);
  /* The directory of a container that waits for its command moves with its workspace. The engine is never given this one. */
  if (call(CHDIR, (long)order->directory, 0, 0, 0, 0) >= 0) order->directory = ".";
  const int whole = carry_output(&watched);
  report_dropped(&watched, order);
  *is_silent = whole && watched.streams[0].file < 0 && watched.streams[1].file < 0;
  int status = 0;
  long ended;
  do ended = call(WAIT4, child, (long)&status, 0, 0, 0);
  while (ended == -EINTR);
  if (!whole) return LOST;
  return ended < 0 ? FAILED : code_of(status);
}
