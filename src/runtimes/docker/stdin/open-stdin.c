/*
 * Runs in a container as the child of the init process: makes a file the standard input and becomes the command. See
 * scripts/programs/build.sh.
 *
 *   open-stdin FILE PROGRAM ARGUMENT...
 */

#include "../../freestanding/execute.h"

#define NOT_OPENED 1

static _Noreturn void fail_to_open(const char *file, long error) {
  char line[length_of(file) + 256];
  char *end = append(append(append(line, "exec-agent: standard input "), file), ": ");
  end = append(append(end, reason_of(error)), "\n");
  call(WRITE, STDERR, (long)line, end - line, 0, 0);
  leave(NOT_OPENED);
}

_Noreturn void run(long *stack) {
  long count = stack[0];
  char **arguments = (char **)(stack + 1);
  if (count < 3) leave(NOT_OPENED);
  long file = open_patiently(arguments[1], O_RDONLY, 0);
  if (file >= 0) file = call(DUP3, file, STDIN, 0, 0, 0);
  if (file < 0) fail_to_open(arguments[1], -file);
  fail(arguments[2], search_and_execute(arguments + 2, arguments + count + 1));
}
