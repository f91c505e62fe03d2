/* Control groups v1, which a container enters by itself. A hierarchy is letters for what is limited there, a colon, its mount point. */

#define GROUP_ROOT "/exec-agent"
/* When memory runs out, the engine is the last to be ended for it: it knows the exit code. */
#define ENGINE_SCORE "-999"

/* As /dev of a container has them: null, zero, full, random, urandom, tty, console, ptmx and its terminals. */
static const char device_rules[] =
    "c 1:3 rwm\0c 1:5 rwm\0c 1:7 rwm\0c 1:8 rwm\0c 1:9 rwm\0c 5:0 rwm\0c 5:1 rwm\0c 5:2 rwm\0c 136:* rwm\0";

static const char *mount_point_of(const char *hierarchy) {
  while (*hierarchy != ':') hierarchy++;
  return hierarchy + 1;
}

static int limits(const char *hierarchy, char what) {
  for (; *hierarchy != ':'; hierarchy++)
    if (*hierarchy == what) return 1;
  return 0;
}

static long write_in(const char *hierarchy, const char *group, const char *file, const char *text) {
  char path[MAX_PATH];
  long joined = join(path, sizeof path, (const char *[]){mount_point_of(hierarchy), group, file, 0});
  return joined < 0 ? joined : write_text(path, text);
}

/* A group without processors and memory nodes takes no process; what was chosen for the group above stays. */
static long copy_if_unset(const char *hierarchy, const char *file) {
  char path[MAX_PATH];
  char set[PAGE];
  join(path, sizeof path, (const char *[]){mount_point_of(hierarchy), GROUP_ROOT, file, 0});
  long bytes = read_file(path, set, sizeof set);
  if (bytes < 0 || (bytes > 0 && set[0] != '\n')) return bytes;
  join(path, sizeof path, (const char *[]){mount_point_of(hierarchy), file, 0});
  bytes = read_file(path, set, sizeof set);
  return bytes < 0 ? bytes : write_in(hierarchy, GROUP_ROOT, file, set);
}

static struct problem prepare_groups(const struct place *at) {
  for (char **each = at->hierarchies; *each != 0; each++) {
    char path[MAX_PATH];
    join(path, sizeof path, (const char *[]){mount_point_of(*each), GROUP_ROOT, 0});
    long done = make_directory(path);
    if (done >= 0 && limits(*each, 's')) {
      done = copy_if_unset(*each, "/cpuset.cpus");
      if (done >= 0) done = copy_if_unset(*each, "/cpuset.mems");
      if (done >= 0) done = write_in(*each, GROUP_ROOT, "/cgroup.clone_children", "1");
    }
    if (done < 0) return when(done, "the control group above all containers");
  }
  return none;
}

static long limit_devices(const char *hierarchy, const char *group) {
  long done = write_in(hierarchy, group, "/devices.deny", "a");
  for (const char *rule = device_rules; *rule != 0 && done >= 0; rule += length_of(rule) + 1)
    done = write_in(hierarchy, group, "/devices.allow", rule);
  return done;
}

static long limit_memory(const char *hierarchy, const struct order *order) {
  long done = write_in(hierarchy, order->group, "/memory.limit_in_bytes", order->limit);
  if (done < 0) return done;
  done = write_in(hierarchy, order->group, "/memory.memsw.limit_in_bytes", order->limit);
  return done == -ENOENT ? 0 : done;
}

static struct problem make_groups(const struct place *at, const struct order *order) {
  for (char **each = at->hierarchies; *each != 0; each++) {
    char path[MAX_PATH];
    join(path, sizeof path, (const char *[]){mount_point_of(*each), order->group, 0});
    struct problem found = when(call(MKDIRAT, AT_FDCWD, (long)path, 0755, 0, 0), "a control group");
    if (!is_problem(found) && limits(*each, 'm')) found = when(limit_memory(*each, order), "the limit of memory");
    if (!is_problem(found) && limits(*each, 'c'))
      found = when(write_in(*each, order->group, "/cpu.cfs_quota_us", order->cpu), "the limit of CPU time");
    if (!is_problem(found) && limits(*each, 'p'))
      found = when(write_in(*each, order->group, "/pids.max", order->processes), "the limit of processes");
    if (!is_problem(found) && limits(*each, 'd'))
      found = when(limit_devices(*each, order->group), "the list of devices");
    if (is_problem(found)) return found;
  }
  return none;
}

/*
 * A thread that moves itself need not wait for the kernel's grace period, unlike a process that is moved by its pid.
 */
static struct problem enter_groups(const struct place *at, const struct order *order) {
  for (char **each = at->hierarchies; *each != 0; each++) {
    long moved = write_in(*each, order->group, "/tasks", "0");
    if (moved < 0) return when(moved, "the move into a control group");
  }
  write_text("/proc/self/oom_score_adj", ENGINE_SCORE);
  return none;
}
