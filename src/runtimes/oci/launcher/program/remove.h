/*
 * Removes what a container has left, its control groups and a directory with all that is in it: from descriptor to descriptor, through no
 * link and onto no other mount. It serves the usual case only; the agent looks after what is left, and says what is wrong with it.
 */

/* No removal may hold up the next order for long. */
#define MOST_REMOVED 512
#define MOST_LEVELS 16
#define LISTED_AT_ONCE 2048

/* struct open_how of openat2(2). */
struct opening {
  unsigned long flags, mode, resolve;
};

/* struct linux_dirent64 of getdents64(2), up to its name. */
struct listed {
  unsigned long inode;
  long offset;
  unsigned short bytes;
  unsigned char type;
};

static const unsigned long name_offset = 19;

static int is_itself_or_above(const char *name) {
  return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

static int remove_entry(long parent, const char *name, int is_directory, int level, int *left);

/* Returns whether all of it is gone. */
static int empty_directory(long directory, int level, int *left) {
  char list[LISTED_AT_ONCE] __attribute__((aligned(8)));
  for (;;) {
    long bytes = call(GETDENTS64, directory, (long)list, sizeof list, 0, 0);
    if (bytes <= 0) return bytes == 0;
    for (long at = 0; at < bytes;) {
      const struct listed *entry = (const struct listed *)(list + at);
      const char *name = list + at + name_offset;
      at += entry->bytes;
      if (is_itself_or_above(name)) continue;
      if (!remove_entry(directory, name, entry->type == DT_DIR, level + 1, left)) return 0;
    }
  }
}

/* Returns whether it is gone. */
static int remove_entry(long parent, const char *name, int is_directory, int level, int *left) {
  if (level > MOST_LEVELS || (*left)-- <= 0) return 0;
  long removed = call(UNLINKAT, parent, (long)name, is_directory ? AT_REMOVEDIR : 0, 0, 0);
  if (removed >= 0 || removed == -ENOENT) return 1;
  if (!is_directory || removed != -ENOTEMPTY) return 0;
  struct opening how = {O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS};
  long directory = call(OPENAT2, parent, (long)name, (long)&how, sizeof how, 0);
  if (directory < 0) return 0;
  int is_empty = empty_directory(directory, level, left);
  call(CLOSE, directory, 0, 0, 0, 0);
  return is_empty && call(UNLINKAT, parent, (long)name, AT_REMOVEDIR, 0, 0) >= 0;
}

/* The path is the agent's own up to its last part. */
static int remove_directory(const char *path) {
  char above[MAX_PATH];
  if (join(above, sizeof above, (const char *[]){path, 0}) < 0) return 0;
  char *name = 0;
  for (char *each = above; *each != 0; each++)
    if (*each == '/') name = each;
  if (name == 0 || name == above) return 0;
  *name++ = 0;
  long parent = open_patiently(above, O_PATH | O_DIRECTORY, 0);
  if (parent < 0) return 0;
  int left = MOST_REMOVED;
  int is_removed = remove_entry(parent, name, 1, 0, &left);
  call(CLOSE, parent, 0, 0, 0, 0);
  return is_removed;
}

static int remove_groups(const struct place *at, const char *group) {
  for (char **each = at->hierarchies; *each != 0; each++) {
    char path[MAX_PATH];
    if (join(path, sizeof path, (const char *[]){mount_point_of(*each), group, 0}) < 0) return 0;
    long removed = call(UNLINKAT, AT_FDCWD, (long)path, AT_REMOVEDIR, 0, 0);
    if (removed < 0 && removed != -ENOENT) return 0;
  }
  return 1;
}

/* The groups go first: as long as the directory exists, the agent finds out what is left. */
static int remove_traces(const struct place *at, const struct order *order) {
  if (is_set(order->group) && !remove_groups(at, order->group)) return 0;
  return !is_set(order->directory) || remove_directory(order->directory);
}
