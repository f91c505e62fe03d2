/*
 * Runs in a warm container as the child of the init process, until a command comes through a pipe; then it becomes that
 * command. See scripts/programs/build.sh.
 *
 *   waiter PIPE MARK
 *
 * It makes the pipe, and the agent opens it. The first message says what to run, in numbers of 32 bits, little-endian:
 * bytes of text, arguments, variables; then the text, each part ended by a NUL. The second is one byte: go. It writes
 * one byte to the mark just before it becomes the command. When the pipe is closed before that it ends.
 */

#include "../../freestanding/execute.h"

#define MAX_TEXT 61440
#define MAX_PARTS 4096
#define NOT_LAUNCHED 1

/* Up to and with the "="; 0: it has none. */
static unsigned long name_length(const char *variable) {
  for (unsigned long i = 0; variable[i] != 0; i++)
    if (variable[i] == '=') return i + 1;
  return 0;
}

static void read_all(long fd, void *to, unsigned long bytes) {
  unsigned long have = 0;
  while (have < bytes) {
    long got = call(READ, fd, (long)((char *)to + have), bytes - have, 0, 0);
    if (got == -EINTR) continue;
    if (got <= 0) leave(NOT_LAUNCHED);
    have += got;
  }
}

/* What is given comes in the place of what is there by the same name. Returns how many there are. */
static unsigned long replace(char **environment, unsigned long count, char *given) {
  unsigned long name = name_length(given);
  for (unsigned long i = 0; i < count; i++)
    if (starts_with(environment[i], given, name)) {
      environment[i] = given;
      return count;
    }
  environment[count] = given;
  return count + 1;
}

_Noreturn void run(long *stack) {
  long argument_count = stack[0];
  char **own = (char **)(stack + 1);
  if (argument_count != 3) leave(NOT_LAUNCHED);
  char *environment[2 * MAX_PARTS + 1];
  unsigned long variables = 0;
  for (char **next = own + argument_count + 1; *next != 0; next++) {
    if (variables == MAX_PARTS) leave(NOT_LAUNCHED);
    environment[variables++] = *next;
  }

  long mark = open_patiently(own[2], O_WRONLY, 0);
  if (mark < 0 || call(MKNODAT, AT_FDCWD, (long)own[1], PRIVATE_PIPE, 0, 0) < 0) leave(NOT_LAUNCHED);
  long commands = open_patiently(own[1], O_RDONLY, 0);
  if (commands < 0) leave(NOT_LAUNCHED);

  unsigned int head[3];
  char text[MAX_TEXT + 1];
  read_all(commands, head, sizeof head);
  if (head[0] > MAX_TEXT || head[1] > MAX_PARTS || head[2] > MAX_PARTS || head[1] == 0) leave(NOT_LAUNCHED);
  read_all(commands, text, head[0]);
  text[head[0]] = 0;
  char *arguments[MAX_PARTS + 1];
  char *part = text;
  for (unsigned long i = 0; i < head[1] + head[2]; i++) {
    if (part >= text + head[0]) leave(NOT_LAUNCHED);
    if (i < head[1]) arguments[i] = part;
    else variables = replace(environment, variables, part);
    part += length_of(part) + 1;
  }
  arguments[head[1]] = 0;
  environment[variables] = 0;

  char go;
  read_all(commands, &go, 1);
  if (call(WRITE, mark, (long)&go, 1, 0, 0) != 1) leave(NOT_LAUNCHED);
  fail(arguments[0], search_and_execute(arguments, environment));
}
