/* The command's own network: a namespace with the interface `lo` alone, and nothing that tells of the pod's. */

#define SIOCGIFFLAGS 0x8913
#define SIOCSIFFLAGS 0x8914
#define IFF_UP 1

/* Of the struct ifreq: the name, then the flags as 16 bits. */
#define REQUEST_BYTES 40
#define FLAGS_AT 16

static struct problem raise_loopback(void) {
  char request[REQUEST_BYTES];
  for (int i = 0; i < REQUEST_BYTES; i++) request[i] = 0;
  copy(request, "lo", 2);
  long socket = call(SOCKET, AF_INET, SOCK_DGRAM | O_CLOEXEC, 0, 0, 0);
  long done = socket < 0 ? socket : call(IOCTL, socket, SIOCGIFFLAGS, (long)request, 0, 0);
  request[FLAGS_AT] |= IFF_UP;
  if (done >= 0) done = call(IOCTL, socket, SIOCSIFFLAGS, (long)request, 0, 0);
  if (socket >= 0) call(CLOSE, socket, 0, 0, 0, 0);
  return when(done, "raise the interface lo");
}

/* In the pod's namespace any user may listen on any port, as containers are used to; a new one begins at 1024. */
static void open_low_ports(void) {
  const long as_it_was = MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  call(MOUNT, 0, (long)"/proc/sys", 0, as_it_was, 0);
  long file = open_patiently("/proc/sys/net/ipv4/ip_unprivileged_port_start", O_WRONLY, 0);
  if (file >= 0) {
    call(WRITE, file, (long)"0", 1, 0, 0);
    call(CLOSE, file, 0, 0, 0, 0);
  }
  call(MOUNT, 0, (long)"/proc/sys", 0, as_it_was | MS_RDONLY, 0);
}

/* The sysfs of a container shows the interfaces of the namespace that it was mounted in. */
static struct problem hide_interfaces(const char *path) {
  const long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  long done = call(MOUNT, (long)"none", (long)path, (long)"tmpfs", flags, (long)"size=4k");
  return done == -ENOENT ? none : when(done, "hide the interfaces of the pod");
}

static struct problem make_network(void) {
  struct problem found = when(call(UNSHARE, CLONE_NEWNET, 0, 0, 0, 0), "make a network namespace");
  if (!is_problem(found)) found = raise_loopback();
  if (!is_problem(found)) open_low_ports();
  if (!is_problem(found)) found = hide_interfaces("/sys/class/net");
  if (!is_problem(found)) found = hide_interfaces("/sys/devices/virtual/net");
  return found;
}
