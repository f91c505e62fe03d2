/* Files and text of the launcher, and what to say when something cannot be done. */

#include "../../../freestanding/freestanding.h"

#define FAILED 1

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

static unsigned long number_in(const char *text) {
  unsigned long number = 0;
  for (; *text >= '0' && *text <= '9'; text++) number = number * 10 + (*text - '0');
  return number;
}

static long make_directory(const char *path) {
  long made = call(MKDIRAT, AT_FDCWD, (long)path, 0755, 0, 0);
  return made == -EEXIST ? 0 : made;
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

static long open_as(long descriptor, const char *path, long flags) {
  long file = open_patiently(path, flags, 0644);
  return file < 0 ? file : call(DUP3, file, descriptor, 0, 0, 0);
}
