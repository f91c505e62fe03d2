/* The root filesystem of the next container: an overlay of its image and a bounded room in memory. */

/* A root filesystem that is mounted for the next container, if it wants the same. */
struct root {
  char lower[MAX_PATH];
  char bytes[32];
  /* The image, as it was opened. */
  long opened;
  /* Something is mounted in the room. */
  int begun;
  int ready;
  /* The namespace belongs to a keeper. */
  int given;
};

static long mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data) {
  return call(MOUNT, (long)source, (long)target, (long)type, flags, (long)data);
}

static long show_read_only(const struct place *at, const char *file, const char *name) {
  char path[MAX_PATH];
  join(path, sizeof path, (const char *[]){at->mount_point, name, 0});
  long done = write_file(path, O_CREAT, "", 0);
  if (done >= 0) done = mount(file, path, 0, MS_BIND, 0);
  return done < 0 ? done : mount(0, path, 0, MS_REMOUNT | MS_BIND | MS_RDONLY, 0);
}

static struct problem make_directories(const char *room) {
  static const char *const parts[] = {"/root", "/upper", "/work"};
  char path[MAX_PATH];
  long made = 0;
  for (int i = 0; i < 3 && made >= 0; i++) {
    join(path, sizeof path, (const char *[]){room, parts[i], 0});
    made = make_directory(path);
  }
  return when(made, "the directories of the root filesystem");
}

static struct problem mount_overlay(const char *room, const char *lower) {
  char options[PAGE];
  char path[MAX_PATH];
  join(path, sizeof path, (const char *[]){room, "/root", 0});
  const char *const parts[] = {"lowerdir=", lower, ",upperdir=", room, "/upper,workdir=", room, "/work", 0};
  long done = join(options, sizeof options, parts);
  if (done >= 0) done = mount("overlay", path, "overlay", MS_NODEV, options);
  return when(done, "the mount of the root filesystem");
}

/* Makes the namespace one's own again, without the last container's mounts. */
static struct problem clear(const struct place *at, struct root *root) {
  struct problem found = none;
  if (root->given) found = when(call(UNSHARE, CLONE_NEWNS, 0, 0, 0, 0), "a mount namespace");
  if (is_problem(found)) return found;
  root->given = root->ready = 0;
  if (root->opened >= 0) call(CLOSE, root->opened, 0, 0, 0, 0);
  root->opened = -1;
  if (!root->begun) return none;
  char path[MAX_PATH];
  join(path, sizeof path, (const char *[]){at->mount_point, "/room", 0});
  root->begun = 0;
  return when(call(UMOUNT2, (long)path, MNT_DETACH, 0, 0, 0), "the unmount of another root filesystem");
}

/* The strings may be those of the root itself. */
static struct problem mount_root(const struct place *at, struct root *root, const char *lower, const char *bytes) {
  char room[MAX_PATH], options[64];
  struct problem found = clear(at, root);
  if (is_problem(found)) return found;
  long fits = 0;
  if (lower != root->lower) fits = join(root->lower, sizeof root->lower, (const char *[]){lower, 0});
  if (bytes != root->bytes && fits >= 0) fits = join(root->bytes, sizeof root->bytes, (const char *[]){bytes, 0});
  if (fits >= 0) fits = join(options, sizeof options, (const char *[]){"mode=0700,size=", root->bytes, 0});
  if (fits < 0) return when(fits, "the order");
  root->opened = open_patiently(root->lower, O_PATH, 0);
  join(room, sizeof room, (const char *[]){at->mount_point, "/room", 0});
  found = when(mount("tmpfs", room, "tmpfs", 0, options), "the room of the root filesystem");
  if (is_problem(found)) return found;
  root->begun = 1;
  found = make_directories(room);
  if (!is_problem(found)) found = mount_overlay(room, root->lower);
  root->ready = !is_problem(found);
  return found;
}

/* Where the path leads now is still what was opened: an image that was removed and unpacked again is another directory. */
static int is_same(long opened, const char *path) {
  unsigned long one[STATX_WORDS], other[STATX_WORDS];
  if (call(STATX, opened, (long)"", AT_EMPTY_PATH, STATX_INO, (long)one) < 0) return 0;
  if (call(STATX, AT_FDCWD, (long)path, 0, STATX_INO, (long)other) < 0) return 0;
  return one[STATX_INODE_WORD] == other[STATX_INODE_WORD] && one[STATX_DEVICE_WORD] == other[STATX_DEVICE_WORD];
}

static int suits(const struct root *root, const struct order *order) {
  return root->ready && !root->given && is_equal(root->lower, order->lower) && is_equal(root->bytes, order->bytes) &&
         is_same(root->opened, order->lower);
}
