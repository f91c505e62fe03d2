/* Where the launcher works, and with what: its arguments. */

struct place {
  const char *mount_point;
  const char *hidden;
  const char *protected;
  char **hierarchies;
  char **engine;
};

static struct place read_place(char **arguments) {
  struct place at = {arguments[1], arguments[2], arguments[3], arguments + 4, arguments + 4};
  while (length_of(*at.engine) != 2 || !starts_with(*at.engine, "--", 2)) at.engine++;
  *at.engine++ = 0;
  return at;
}
