/* Becomes another program, as an init process would. */

#include "freestanding.h"

/* The file is no program: execvp takes it for a script of /bin/sh. */
static long execute_as_script(const char *path, char **arguments, char **environment) {
  unsigned long count = 0;
  while (arguments[count] != 0) count++;
  char *script[count + 2];
  count = 0;
  script[count++] = "/bin/sh";
  script[count++] = (char *)path;
  for (unsigned long i = 1; arguments[0] != 0 && arguments[i] != 0; i++) script[count++] = arguments[i];
  script[count] = 0;
  return -call(EXECVE, (long)script[0], (long)script, (long)environment, 0, 0);
}

static long execute(const char *path, char **arguments, char **environment) {
  long error = -call(EXECVE, (long)path, (long)arguments, (long)environment, 0, 0);
  return error == ENOEXEC ? execute_as_script(path, arguments, environment) : error;
}

static const char *path_in(char **environment) {
  for (; *environment != 0; environment++)
    if (starts_with(*environment, "PATH=", 5)) return *environment + 5;
  return "/bin:/usr/bin";
}

/* As execvp does, which the init process uses. Returns the error. */
static long search_and_execute(char **arguments, char **environment) {
  const char *file = arguments[0];
  unsigned long file_length = length_of(file);
  if (file_length == 0) return ENOENT;
  for (unsigned long i = 0; i < file_length; i++)
    if (file[i] == '/') return execute(file, arguments, environment);
  if (file_length > 255) return ENAMETOOLONG;
  int denied = 0;
  char path[MAX_PATH + 257];
  for (const char *part = path_in(environment);; part++) {
    unsigned long part_length = 0;
    while (part[part_length] != 0 && part[part_length] != ':') part_length++;
    if (part_length < MAX_PATH) {
      copy(path, part, part_length);
      path[part_length] = '/';
      copy(path + part_length + (part_length > 0), file, file_length + 1);
      long error = execute(path, arguments, environment);
      if (error == EACCES) denied = 1;
      else if (error != ENOENT && error != ESTALE && error != ENOTDIR && error != ENODEV && error != ETIMEDOUT)
        return error;
    }
    part += part_length;
    if (*part == 0) break;
  }
  return denied ? EACCES : ENOENT;
}

/* In the words and with the code of the init process. */
static _Noreturn void fail(const char *command, long error) {
  char line[length_of(command) + 256];
  char *end = append(line, "[FATAL tini (");
  end = append_number(end, call(GETPID, 0, 0, 0, 0, 0));
  end = append(end, ")] exec ");
  end = append(end, command);
  end = append(end, " failed: ");
  end = append(end, reason_of(error));
  end = append(end, "\n");
  call(WRITE, STDERR, (long)line, end - line, 0, 0);
  leave(error == ENOENT ? 127 : error == EACCES ? 126 : 1);
}
