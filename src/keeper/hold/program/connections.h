/*
 * Connections between the command's loopback and `keep`: those that the command opens to the service port, and those that
 * `keep` wants to a port of the command. Bytes are copied both ways, each direction ends by itself, and what one end does not
 * take is not read from the other.
 */

#define MOST_CONNECTIONS 256
/* The listener, and both ends of each connection. */
#define MOST_WATCHED (1 + 2 * MOST_CONNECTIONS)
#define FLOW_ROOM 32768
/* Of what the command has sent when it ends. */
#define LAST_ROUNDS 64
#define CALL_HEADER (SENT_HEADER + PAGE)

#define EINPROGRESS 115
#define SHUT_WR 1
#define SOL_SOCKET 1
#define SO_REUSEADDR 2
#define SO_ERROR 4
#define SO_LINGER 13
#define IPPROTO_TCP 6
#define TCP_NODELAY 1

/* Bytes on their way in one direction; `to` is 0 until the first ones come. */
struct flow {
  char *bytes;
  unsigned long from, to;
  /* Nothing more comes; and that was passed on. */
  int has_ended, is_passed;
};

struct connection {
  /* On the command's loopback; -1: this place is free. */
  long inside;
  /* To `keep`; -1 as long as the end inside is not connected. */
  long outside;
  /* 0: the command has opened it. */
  unsigned long number;
  struct flow outward, inward;
};

struct connections {
  /* -1: no service port. */
  long listener;
  /* Places before this one may be in use. */
  long used;
  /* 0 before there is an order. */
  struct connection *all;
};

struct internet_address {
  unsigned short family;
  unsigned char port[2], address[4], zeros[8];
};

static struct internet_address loopback(unsigned long port) {
  return (struct internet_address){AF_INET, {port >> 8, port}, {127, 0, 0, 1}, {0}};
}

static long set_option(long socket, long level, long name) {
  const int on = 1;
  return call(SETSOCKOPT, socket, level, name, (long)&on, sizeof on);
}

static long listen_on_loopback(unsigned long port) {
  const struct internet_address address = loopback(port);
  long socket = call(SOCKET, AF_INET, SOCK_STREAM | O_CLOEXEC | SOCK_NONBLOCK, 0, 0, 0);
  if (socket < 0) return socket;
  /* Connections of a step before this one may not be forgotten yet. */
  set_option(socket, SOL_SOCKET, SO_REUSEADDR);
  long done = call(BIND, socket, (long)&address, sizeof address, 0, 0);
  if (done >= 0) done = call(LISTEN, socket, MOST_CONNECTIONS, 0, 0, 0);
  return done < 0 ? done : socket;
}

static struct problem open_connections(struct connections *on, unsigned long service_port) {
  const unsigned long rooms = 2 * MOST_CONNECTIONS * FLOW_ROOM;
  char *bytes = allocate(rooms + MOST_CONNECTIONS * sizeof(struct connection));
  if (bytes == 0) return when(-ENOMEM, "get memory for connections");
  on->all = (struct connection *)(bytes + rooms);
  for (long i = 0; i < MOST_CONNECTIONS; i++) {
    on->all[i].inside = -1;
    on->all[i].outward.bytes = bytes + 2 * i * FLOW_ROOM;
    on->all[i].inward.bytes = bytes + (2 * i + 1) * FLOW_ROOM;
  }
  if (service_port == 0) return none;
  on->listener = listen_on_loopback(service_port);
  return when(on->listener, "listen on the service port");
}

/* Returns the number of all places when none is free. */
static long first_free(const struct connections *on) {
  long i = 0;
  while (i < MOST_CONNECTIONS && on->all[i].inside >= 0) i++;
  return i;
}

static struct connection *free_place(struct connections *on) {
  if (on->all == 0) return 0;
  const long free = first_free(on);
  if (free == MOST_CONNECTIONS) return 0;
  if (free >= on->used) on->used = free + 1;
  return &on->all[free];
}

static void start_flow(struct flow *flow) {
  flow->from = flow->to = 0;
  flow->has_ended = flow->is_passed = 0;
}

/* Closed like this, the other end reads that the connection was reset. */
static void reset(long socket) {
  const int at_once[2] = {1, 0};
  call(SETSOCKOPT, socket, SOL_SOCKET, SO_LINGER, (long)at_once, sizeof at_once);
  call(CLOSE, socket, 0, 0, 0, 0);
}

static void close_connection(struct connection *it, int is_broken) {
  if (is_broken) reset(it->inside);
  else call(CLOSE, it->inside, 0, 0, 0, 0);
  if (it->outside >= 0) call(CLOSE, it->outside, 0, 0, 0, 0);
  it->inside = -1;
}

/* Returns the socket, or a negative number when `keep` is away. */
static long dial_for_connection(const struct line *line, char kind, unsigned long number) {
  char header[CALL_HEADER];
  long socket = dial_keep("call.sock", SOCK_NONBLOCK);
  if (socket < 0) return socket;
  char *end = append_proof(header + SENT_HEADER, line);
  const unsigned long bytes = end - header;
  put_number(header, (unsigned char)kind, 4);
  put_number(header + 4, bytes - SENT_HEADER, 4);
  put_number(header + 8, number, 8);
  /* A new socket has room for it. */
  if (call_with_six(SENDTO, socket, (long)header, bytes, MSG_NOSIGNAL, 0, 0) == (long)bytes) return socket;
  call(CLOSE, socket, 0, 0, 0, 0);
  return -EIO;
}

/* Returns 0 when nobody is waiting. */
static int accept_call(struct connections *on, const struct line *line) {
  struct connection *it = free_place(on);
  if (it == 0) return 0;
  long inside = call(ACCEPT4, on->listener, 0, 0, O_CLOEXEC | SOCK_NONBLOCK, 0);
  if (inside < 0) return 0;
  it->outside = dial_for_connection(line, 'C', 0);
  if (it->outside < 0) {
    reset(inside);
    return 1;
  }
  set_option(inside, IPPROTO_TCP, TCP_NODELAY);
  it->inside = inside;
  it->number = 0;
  start_flow(&it->outward);
  start_flow(&it->inward);
  return 1;
}

static void refuse_connection(const struct line *line, unsigned long number) {
  long socket = dial_for_connection(line, 'N', number);
  if (socket >= 0) call(CLOSE, socket, 0, 0, 0, 0);
}

/* Goes on with a connection whose end inside is connected, or not. */
static void finish_connecting(struct connection *it, const struct line *line, long error) {
  if (error == 0) it->outside = dial_for_connection(line, 'P', it->number);
  else refuse_connection(line, it->number);
  if (it->outside < 0) close_connection(it, 1);
}

static void connect_inside(struct connections *on, const struct line *line, unsigned long port, unsigned long number) {
  const struct internet_address address = loopback(port);
  struct connection *it = free_place(on);
  long inside = it == 0 ? -1 : call(SOCKET, AF_INET, SOCK_STREAM | O_CLOEXEC | SOCK_NONBLOCK, 0, 0, 0);
  if (inside < 0) return refuse_connection(line, number);
  set_option(inside, IPPROTO_TCP, TCP_NODELAY);
  it->inside = inside;
  it->outside = -1;
  it->number = number;
  start_flow(&it->outward);
  start_flow(&it->inward);
  long done = call(CONNECT, inside, (long)&address, sizeof address, 0, 0);
  if (done != -EINPROGRESS) finish_connecting(it, line, done);
}

/* Returns the bytes that went on, 0 when there is nothing to do now, -1 when an end is broken. */
static long move_on(struct flow *flow, long source, long sink) {
  long moved = 0;
  if (flow->from == flow->to && !flow->has_ended) {
    long got = call(READ, source, (long)flow->bytes, FLOW_ROOM, 0, 0);
    if (got < 0 && got != -EAGAIN && got != -EINTR) return -1;
    flow->has_ended = got == 0;
    if (got > 0) {
      flow->from = 0;
      flow->to = got;
    }
  }
  if (flow->from < flow->to) {
    moved = call_with_six(SENDTO, sink, (long)(flow->bytes + flow->from), flow->to - flow->from, MSG_NOSIGNAL, 0, 0);
    if (moved == -EAGAIN || moved == -EINTR) return 0;
    if (moved <= 0) return -1;
    flow->from += moved;
  }
  return moved;
}

static void pass_end(struct flow *flow, long sink) {
  if (flow->from < flow->to || !flow->has_ended || flow->is_passed) return;
  call(SHUTDOWN, sink, SHUT_WR, 0, 0, 0);
  flow->is_passed = 1;
}

static long error_of(long socket) {
  int error = 0, bytes = sizeof error;
  long done = call(GETSOCKOPT, socket, SOL_SOCKET, SO_ERROR, (long)&error, (long)&bytes);
  return done < 0 ? done : error;
}

static void go_on_with(struct connection *it, const struct line *line, int outside_seen) {
  if (it->outside < 0) return finish_connecting(it, line, error_of(it->inside));
  const long inward = move_on(&it->inward, it->outside, it->inside);
  const long outward = move_on(&it->outward, it->inside, it->outside);
  /* A call that nobody has answered was refused. */
  const int is_refused = it->number == 0 && it->inward.has_ended && it->inward.to == 0;
  if (inward < 0 || outward < 0 || is_refused) return close_connection(it, 1);
  pass_end(&it->inward, it->inside);
  pass_end(&it->outward, it->outside);
  /* Nobody takes what the command may still send. */
  const int is_left = it->inward.is_passed && (outside_seen & POLLHUP);
  if (is_left || (it->outward.is_passed && it->inward.is_passed)) close_connection(it, 0);
}

static short wanted_of(const struct flow *source, const struct flow *sink) {
  return (source->from == source->to && !source->has_ended ? POLLIN : 0) | (sink->from < sink->to ? POLLOUT : 0);
}

/* Returns how many files there are to wait for, some of them -1. */
static long watch_connections(const struct connections *on, struct polled *to) {
  const int has_room = on->used < MOST_CONNECTIONS || first_free(on) < MOST_CONNECTIONS;
  to[0] = (struct polled){has_room ? on->listener : -1, POLLIN, 0};
  for (long i = 0; i < on->used; i++) {
    const struct connection *it = &on->all[i];
    struct polled *ends = to + 1 + 2 * i;
    short inside = 0, outside = 0;
    if (it->inside >= 0 && it->outside < 0) inside = POLLOUT;
    else if (it->inside >= 0) {
      inside = wanted_of(&it->outward, &it->inward);
      outside = wanted_of(&it->inward, &it->outward);
    }
    /* An end that nothing is wanted of would wake this process for ever once it has hung up. */
    const int is_watched = outside != 0 || (it->inside >= 0 && it->outside >= 0 && it->inward.is_passed);
    ends[0] = (struct polled){inside != 0 ? it->inside : -1, inside, 0};
    ends[1] = (struct polled){is_watched ? it->outside : -1, outside, 0};
  }
  return 1 + 2 * on->used;
}

static void serve_connections(struct connections *on, const struct line *line, const struct polled *seen) {
  const long used = on->used;
  for (long i = 0; i < used; i++) {
    const struct polled *ends = seen + 1 + 2 * i;
    if (ends[0].seen || ends[1].seen) go_on_with(&on->all[i], line, ends[1].seen);
  }
  if (seen[0].seen) accept_call(on, line);
  while (on->used > 0 && on->all[on->used - 1].inside < 0) on->used--;
}

/* Sends what has come from the command, without waiting for anything. */
static void finish_connections(struct connections *on, const struct line *line) {
  for (long i = 0; on->listener >= 0 && i < MOST_CONNECTIONS && accept_call(on, line); i++) continue;
  for (long i = 0; i < on->used; i++) {
    struct connection *it = &on->all[i];
    if (it->inside < 0 || it->outside < 0) continue;
    for (int round = 0; round < LAST_ROUNDS && move_on(&it->outward, it->inside, it->outside) > 0; round++) continue;
  }
}
