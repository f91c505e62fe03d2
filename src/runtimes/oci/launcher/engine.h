/* The engine, which becomes the container. */

#define KILLED_BY 128
#define MAX_ARGUMENTS 64

/* crun looks whether it is on a read-only mount, where no container can overwrite it, and makes one itself otherwise. */
static struct problem protect_engine(const struct place *at) {
  char path[MAX_PATH];
  join(path, sizeof path, (const char *[]){at->mount_point, "/engine", 0});
  long done = write_file(path, O_CREAT, "", 0);
  if (done >= 0) done = mount(at->protected, path, 0, MS_BIND, 0);
  if (done >= 0) done = mount(0, path, 0, MS_REMOUNT | MS_BIND | MS_RDONLY, 0);
  return when(done, "the read-only mount of the engine");
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
