/*
 * The line to `keep`: a Unix socket in the directory that is this program's working directory, so that it stays in reach
 * when its mount is taken away. It may break and be made again; nothing is lost by that:
 *
 * `hold` sends one event at a time and keeps it until `keep` has written it down. A header of 16 bytes: its kind, three
 * zeros, the bytes that follow (32 bits), its number (64 bits), all little-endian. On every new line a hello comes first,
 * with the number 0, and then the event that has not been acknowledged.
 *
 *   H  hello: one byte of state, the number of the newest event (64 bits), the step, a NUL, the nonce
 *   U  users: bytes of /etc/passwd (32 bits), /etc/passwd, /etc/group
 *   R  ready: the network interfaces, as /proc/net/dev lists them
 *   B  begun: the command is executed
 *   F  failed: errno (32 bits), what could not be done
 *   1  2  written to stdout or stderr: the time (64 bits, nanoseconds since 1970), the bytes
 *   X  exited: the status of wait(2) (32 bits), then for each file of the cgroup its path, a NUL, its bytes (32 bits) and text
 *
 * `keep` sends, with a header of 8 bytes, which has no number:
 *
 *   O  order: see order.h
 *   G  go: execute it
 *   A  the event of that number (64 bits) is written down
 *   S  the signal (32 bits) for the command
 *   P  connect to a port on the command's loopback: the port (16 bits), the number of the connection (32 bits)
 *   Q  quit
 *
 * Each connection that is passed on, see connections.h, has a socket of its own, call.sock, where a header of the first form
 * comes first, with the step, a NUL and the nonce; then its bytes in both directions:
 *
 *   C  the command has connected to the service port
 *   P  the connection of that number, which `keep` wanted
 *   N  nothing listens on the port of the connection of that number; no bytes follow
 */

#define EVENT_ROOM (1024 * 1024)
#define SENT_HEADER 16
#define GOT_HEADER 8
#define LONGEST_ORDER (8 * 1024 * 1024)
#define LONGEST_NONCE 128

struct line {
  /* -1: broken. */
  long socket;
  const char *step;
  const char *nonce;
  /* The event that is not acknowledged; `pending` is 0 when there is none. */
  char *event;
  unsigned long bytes;
  unsigned long number;
  int pending;
  char state;
};

static void put_number(char *to, unsigned long number, int bytes) {
  for (int i = 0; i < bytes; i++) to[i] = number >> (8 * i);
}

static unsigned long take_number(const char *from, int bytes) {
  unsigned long number = 0;
  for (int i = 0; i < bytes; i++) number |= (unsigned long)(unsigned char)from[i] << (8 * i);
  return number;
}

static void break_line(struct line *line) {
  if (line->socket >= 0) call(CLOSE, line->socket, 0, 0, 0, 0);
  line->socket = -1;
}

static void send_all(struct line *line, const char *from, unsigned long bytes) {
  while (bytes > 0 && line->socket >= 0) {
    long sent = call_with_six(SENDTO, line->socket, (long)from, bytes, MSG_NOSIGNAL, 0, 0);
    if (sent == -EINTR) continue;
    if (sent <= 0) return break_line(line);
    from += sent;
    bytes -= sent;
  }
}

/* Where the next event's text goes, behind its header. */
static char *event_text(struct line *line) { return line->event + SENT_HEADER; }

static void send_event(struct line *line, char kind, unsigned long bytes) {
  put_number(line->event, (unsigned char)kind, 4);
  put_number(line->event + 4, bytes, 4);
  put_number(line->event + 8, ++line->number, 8);
  line->bytes = SENT_HEADER + bytes;
  line->pending = 1;
  send_all(line, line->event, line->bytes);
}

static void send_failure(struct line *line, struct problem found) {
  put_number(event_text(line), found.error, 4);
  char *end = append(event_text(line) + 4, found.what);
  send_event(line, 'F', end - event_text(line));
}

/* Connects to one of the sockets of `keep`. Returns a negative number when that failed. */
static long dial_keep(const char *name, long flags) {
  struct {
    unsigned short family;
    char path[10];
  } address = {AF_UNIX, ""};
  *append(address.path, name) = 0;
  long socket = call(SOCKET, AF_UNIX, SOCK_STREAM | O_CLOEXEC | flags, 0, 0, 0);
  if (socket < 0) return socket;
  long done = call(CONNECT, socket, (long)&address, sizeof address, 0, 0);
  if (done >= 0) return socket;
  call(CLOSE, socket, 0, 0, 0, 0);
  return done;
}

/* Writes what shows `keep` that this is the `hold` of a step; returns where that ends. */
static char *append_proof(char *to, const struct line *line) {
  to = append(to, line->step);
  *to++ = 0;
  return append(to, line->nonce);
}

/* Tries once. */
static void make_line(struct line *line) {
  line->socket = dial_keep("keep.sock", 0);
  if (line->socket < 0) return;
  char hello[SENT_HEADER + 9 + PAGE];
  char *text = hello + SENT_HEADER;
  text[0] = line->state;
  put_number(text + 1, line->number, 8);
  char *end = append_proof(text + 9, line);
  put_number(hello, 'H', 4);
  put_number(hello + 4, end - text, 4);
  put_number(hello + 8, 0, 8);
  send_all(line, hello, end - hello);
  if (line->pending) send_all(line, line->event, line->bytes);
}

/* Returns 0 when the line broke. */
static int receive_all(struct line *line, char *to, unsigned long bytes) {
  while (bytes > 0) {
    long got = call(READ, line->socket, (long)to, bytes, 0, 0);
    if (got == -EINTR) continue;
    if (got <= 0) {
      break_line(line);
      return 0;
    }
    to += got;
    bytes -= got;
  }
  return 1;
}
