/* The child that becomes the command. */

#define PR_SET_DUMPABLE 4
#define PR_CAPBSET_READ 23
#define PR_CAPBSET_DROP 24
#define PR_SET_NO_NEW_PRIVS 38
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_CLEAR_ALL 4
#define CAPABILITY_VERSION 0x20080522
#define HIGHEST_CAPABILITY 63
#define MAX_GROUPS 1024
#define ALL_MAY_WRITE 0666
#define ALL_MAY_ENTER 0777

/* What the child of a process that is about to execute has: the ends of its pipes. */
struct child_ends {
  long output, errors, status;
};

static struct problem set_limits(const struct list *limits) {
  for (unsigned long i = 0; i < limits->count; i++) {
    char **limit = limits->each + 3 * i;
    const unsigned long values[2] = {number_in(limit[1]), number_in(limit[2])};
    long done = call(PRLIMIT64, 0, number_in(limit[0]), (long)values, 0, 0);
    if (done < 0) return when(done, "set a resource limit");
  }
  return none;
}

/* A directory that cannot be made fails later, when it is used. */
static void make_parents(char *path, long mode) {
  for (char *at = path + 1; *path != 0 && *at != 0; at++) {
    if (*at != '/') continue;
    *at = 0;
    call(MKDIRAT, AT_FDCWD, (long)path, mode, 0, 0);
    *at = '/';
  }
}

/* The parts that are missing are made; one that cannot be made fails when it is entered. */
static void make_directories(char *path) {
  make_parents(path, 0755);
  call(MKDIRAT, AT_FDCWD, (long)path, 0755, 0, 0);
}

static long drop_bounds(unsigned long kept) {
  call(PRCTL, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (long i = 0; i <= HIGHEST_CAPABILITY; i++) {
    if ((kept >> i & 1) || call(PRCTL, PR_CAPBSET_READ, i, 0, 0, 0) != 1) continue;
    long done = call(PRCTL, PR_CAPBSET_DROP, i, 0, 0, 0);
    if (done < 0) return done;
  }
  return 0;
}

static struct problem become_user(const struct order *order) {
  unsigned int groups[MAX_GROUPS];
  if (order->groups.count > MAX_GROUPS) return when(-EINVAL, "set the groups");
  for (unsigned long i = 0; i < order->groups.count; i++) groups[i] = number_in(order->groups.each[i]);
  /* A command opens /dev/stdout anew, which only the owner of a pipe may. Without CAP_CHOWN it can still write to it. */
  for (long stream = STDOUT; stream <= STDERR; stream++) call(FCHOWN, stream, order->user, order->group, 0, 0);
  struct problem found = when(drop_bounds(order->capabilities), "drop capabilities");
  if (!is_problem(found)) found = when(call(SETGROUPS, order->groups.count, (long)groups, 0, 0, 0), "set the groups");
  if (!is_problem(found)) found = when(call(SETGID, order->group, 0, 0, 0, 0), "set the group");
  if (!is_problem(found)) found = when(call(SETUID, order->user, 0, 0, 0, 0), "set the user");
  /* Only root has them in effect; another user may get them from a file that it executes. */
  const unsigned long kept = order->user == 0 ? order->capabilities : 0;
  const unsigned int header[2] = {CAPABILITY_VERSION, 0};
  const unsigned int sets[6] = {kept, kept, 0, kept >> 32, kept >> 32, 0};
  if (!is_problem(found)) found = when(call(CAPSET, (long)header, (long)sets, 0, 0, 0), "drop capabilities");
  return found;
}

static const char *search_path(char **variables) {
  for (; *variables != 0; variables++)
    if (starts_with(*variables, "PATH=", 5)) return *variables + 5;
  return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

/* Returns the error. */
static long execute(const struct order *order) {
  const char *program = order->arguments.each[0];
  char **arguments = order->arguments.each, **variables = order->variables.each;
  char path[MAX_PATH];
  int is_path = 0;
  for (const char *each = program; *each != 0; each++) is_path |= *each == '/';
  if (is_path || *program == 0) return call(EXECVE, (long)program, (long)arguments, (long)variables, 0, 0);
  long error = -ENOENT;
  for (const char *from = search_path(variables);; from++) {
    unsigned long bytes = 0;
    while (from[bytes] != ':' && from[bytes] != 0) bytes++;
    if (bytes + 1 + length_of(program) < sizeof path) {
      copy(path, from, bytes);
      path[bytes] = '/';
      *append(path + bytes + (bytes > 0), program) = 0;
      long done = call(EXECVE, (long)path, (long)arguments, (long)variables, 0, 0);
      if (done == -EACCES) error = done;
      else if (done != -ENOENT && done != -ENOTDIR) return done;
    }
    from += bytes;
    if (*from == 0) return error;
  }
}

/* A pipe with a name must not keep this process, whose parent waits for it. */
static long open_stream_file(const char *file, long flags, long stream) {
  long opened = open_patiently(file, flags | O_NONBLOCK, ALL_MAY_WRITE);
  if (opened >= 0) call(FCNTL, opened, F_SETFL, 0, 0, 0);
  return opened < 0 ? opened : call(DUP3, opened, stream, 0, 0, 0);
}

static long write_stream(char *file, long stream) {
  if (*file == 0) return stream;
  make_parents(file, ALL_MAY_ENTER);
  return open_stream_file(file, O_WRONLY | O_CREAT | O_TRUNC, stream);
}

/* With the rights of the command's user, whose files they are. */
static struct problem open_files(const struct order *order) {
  long done = open_stream_file(order->input, O_RDONLY, STDIN);
  if (done < 0) return when(done, "open the standard input");
  done = write_stream(order->output, STDOUT);
  if (done < 0) return when(done, "open the standard output");
  if (*order->errors != 0 && is_equal(order->output, order->errors)) done = call(DUP3, STDOUT, STDERR, 0, 0, 0);
  else done = write_stream(order->errors, STDERR);
  return when(done, "open the standard error");
}

static struct problem prepare_child(const struct order *order, const struct child_ends *ends) {
  const unsigned long no_signal = 0;
  call(SETSID, 0, 0, 0, 0, 0);
  call(RT_SIGPROCMASK, SIG_SETMASK, (long)&no_signal, 0, 8, 0);
  long done = call(DUP3, ends->output, STDOUT, 0, 0, 0);
  if (done >= 0) done = call(DUP3, ends->errors, STDERR, 0, 0, 0);
  struct problem found = when(done, "connect the standard streams");
  make_directories(order->directory);
  if (!is_problem(found)) found = set_limits(&order->limits);
  if (!is_problem(found) && has_flag(order, 'u')) found = become_user(order);
  if (!is_problem(found) && has_flag(order, 'p'))
    found = when(call(PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "forbid new privileges");
  if (!is_problem(found) && has_flag(order, 'f')) found = when(take_back(), "install the filter");
  if (!is_problem(found)) found = open_files(order);
  if (!is_problem(found)) found = when(call(CHDIR, (long)order->directory, 0, 0, 0, 0), "enter the working directory");
  return found;
}

static _Noreturn void become_command(const struct order *order, const struct child_ends *ends) {
  struct problem found = prepare_child(order, ends);
  if (!is_problem(found)) found = when(execute(order), "execute the command");
  char message[PAGE];
  put_number(message, found.error, 4);
  char *end = append(message + 4, found.what);
  call(WRITE, ends->status, (long)message, end - message, 0, 0);
  leave(1);
}
