/*
 * Runs in a container as the child of the init process: makes files the standard streams and becomes the command. See
 * scripts/programs/build.sh.
 *
 *   open-streams STDIN STDOUT STDERR PROGRAM ARGUMENT...
 *
 * An empty name leaves a stream as it is.
 */

#include "../freestanding/execute.h"

#define NOT_OPENED 1
#define ALL_MAY_WRITE 0666
#define ALL_MAY_ENTER 0777

static _Noreturn void fail_to_open(const char *stream, const char *file, long error) {
  char line[length_of(file) + 256];
  char *end = append(append(append(append(line, "exec-agent: standard "), stream), " "), file);
  end = append(append(append(end, ": "), reason_of(error)), "\n");
  call(WRITE, STDERR, (long)line, end - line, 0, 0);
  leave(NOT_OPENED);
}

/* What cannot be made is reported by the opening of the file. */
static void make_parents(char *file) {
  for (char *at = file + 1; *file != 0 && *at != 0; at++) {
    if (*at != '/') continue;
    *at = 0;
    call(MKDIRAT, AT_FDCWD, (long)file, ALL_MAY_ENTER, 0, 0);
    *at = '/';
  }
}

static void redirect(const char *name, char *file, long stream) {
  if (*file == 0) return;
  long flags = stream == STDIN ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC;
  if (stream != STDIN) make_parents(file);
  long opened = open_patiently(file, flags, ALL_MAY_WRITE);
  if (opened >= 0) opened = call(DUP3, opened, stream, 0, 0, 0);
  if (opened < 0) fail_to_open(name, file, -opened);
}

_Noreturn void run(long *stack) {
  long count = stack[0];
  char **arguments = (char **)(stack + 1);
  if (count < 5) leave(NOT_OPENED);
  /* Where the agent finds out why a command could not be run. */
  long log = call(FCNTL, STDERR, F_DUPFD_CLOEXEC, 3, 0, 0);
  redirect("input", arguments[1], STDIN);
  redirect("output", arguments[2], STDOUT);
  if (*arguments[3] != 0 && is_equal(arguments[2], arguments[3])) call(DUP3, STDOUT, STDERR, 0, 0, 0);
  else redirect("error", arguments[3], STDERR);
  long error = search_and_execute(arguments + 4, arguments + count + 1);
  if (log >= 0) call(DUP3, log, STDERR, 0, 0, 0);
  fail(arguments[4], error);
}
