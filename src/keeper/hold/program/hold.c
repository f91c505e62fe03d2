/*
 * The first process of a step's container, in the step's unmodified image. It waits for an order of `keep`, the program in
 * the container beside it, makes the command's network, executes the command when `keep` says go, and reports what it writes
 * and how it ends. See line.h and order.h.
 *
 *   hold DIRECTORY STEP
 *   hold --make FILE...
 *
 * The second form makes empty files, on which the files of a volume are mounted before their content exists.
 *
 * DIRECTORY has the socket keep.sock, or will have it. The variable EXEC_AGENT_NONCE holds what `keep` knows it by. The command
 * gets no variable of this process, and cannot read its memory.
 */

#include "calls.h"
#include "line.h"
#include "order.h"
#include "network.h"
#include "connections.h"
#include "filter.h"
#include "command.h"

#define CHUNK 65536
#define LONGEST_DATABASE (256 * 1024)
#define LONGEST_COUNTER 4096
#define RETRY_NANOSECONDS 100000000
#define FAILED 1
/* Those that are waited for besides connections. */
#define OWN_FILES 4

enum { WAITING = 'w', READY = 'r', RUNNING = 'x', ENDED = 'e' };

struct held {
  struct line line;
  struct order order;
  int has_order, may_go, has_failed, has_exited, is_first;
  long signals;
  long child;
  int status;
  /* Of the command's stdout and stderr; -1: nothing more comes. */
  long streams[2];
  struct connections connections;
};

static void tell_users(struct line *line) {
  char *text = event_text(line);
  unsigned long passwd = read_file("/etc/passwd", text + 4, LONGEST_DATABASE);
  unsigned long group = read_file("/etc/group", text + 4 + passwd, LONGEST_DATABASE);
  put_number(text, passwd, 4);
  send_event(line, 'U', 4 + passwd + group);
}

static struct problem hide_mounts(const struct list *hidden) {
  for (unsigned long i = 0; i < hidden->count; i++) {
    long done = call(UMOUNT2, (long)hidden->each[i], MNT_DETACH, 0, 0, 0);
    if (done < 0) return when(done, "take a mount away");
  }
  return none;
}

static void make_ready(struct held *held) {
  struct problem found = none;
  if (has_flag(&held->order, 'n')) found = make_network();
  if (!is_problem(found)) found = hide_mounts(&held->order.hidden);
  if (!is_problem(found)) found = open_connections(&held->connections, held->order.service_port);
  if (is_problem(found)) {
    held->has_failed = 1;
    return send_failure(&held->line, found);
  }
  held->line.state = READY;
  send_event(&held->line, 'R', read_file("/proc/self/net/dev", event_text(&held->line), CHUNK));
}

static long open_pipe(long *source, long *sink) {
  int ends[2] = {-1, -1};
  long done = call(PIPE2, (long)ends, O_CLOEXEC, 0, 0, 0);
  *source = ends[0];
  *sink = ends[1];
  return done;
}

/* The command can read from its own pipes, and would otherwise leave this process waiting for what it took. */
static long open_stream(long *source, long *sink) {
  long done = open_pipe(source, sink);
  return done < 0 ? done : call(FCNTL, *source, F_SETFL, O_NONBLOCK, 0, 0);
}

static void launch(struct held *held) {
  struct child_ends ends;
  long status;
  long done = open_stream(&held->streams[0], &ends.output);
  if (done >= 0) done = open_stream(&held->streams[1], &ends.errors);
  if (done >= 0) done = open_pipe(&status, &ends.status);
  if (done >= 0) done = call(CLONE, SIGCHLD, 0, 0, 0, 0);
  if (done == 0) become_command(&held->order, &ends);
  if (done < 0) {
    held->has_failed = 1;
    return send_failure(&held->line, when(done, "start a process"));
  }
  held->child = done;
  call(CLOSE, ends.output, 0, 0, 0, 0);
  call(CLOSE, ends.errors, 0, 0, 0, 0);
  call(CLOSE, ends.status, 0, 0, 0, 0);
  /* It is closed without a word when the command is executed. */
  char *text = event_text(&held->line);
  long got;
  do got = call(READ, status, (long)text, PAGE, 0, 0);
  while (got == -EINTR);
  call(CLOSE, status, 0, 0, 0, 0);
  held->line.state = RUNNING;
  held->has_failed = got > 0;
  send_event(&held->line, got > 0 ? 'F' : 'B', got > 0 ? got : 0);
}

static int carry(struct held *held, int stream) {
  if (held->streams[stream] < 0) return 0;
  char *text = event_text(&held->line);
  long got = call(READ, held->streams[stream], (long)(text + 8), CHUNK, 0, 0);
  if (got == -EINTR || got == -EAGAIN) return 0;
  if (got <= 0) {
    call(CLOSE, held->streams[stream], 0, 0, 0, 0);
    held->streams[stream] = -1;
    return 0;
  }
  long time[2] = {0, 0};
  call(CLOCK_GETTIME, 0, (long)time, 0, 0, 0);
  put_number(text, time[0] * 1000000000ul + time[1], 8);
  send_event(&held->line, '1' + stream, 8 + got);
  return 1;
}

/* What the cgroup counted; it is gone when this process is. */
static void tell_exit(struct held *held) {
  static const char files[][48] = {"/sys/fs/cgroup/memory.events",
                                   "/sys/fs/cgroup/memory.peak",
                                   "/sys/fs/cgroup/cpu.stat",
                                   "/sys/fs/cgroup/pids.events",
                                   "/sys/fs/cgroup/memory/memory.oom_control",
                                   "/sys/fs/cgroup/memory/memory.max_usage_in_bytes",
                                   "/sys/fs/cgroup/cpuacct/cpuacct.usage",
                                   "/sys/fs/cgroup/pids/pids.events"};
  char *text = event_text(&held->line);
  char *end = text + 4;
  /* What the command sent before it ended is not lost with this process. */
  finish_connections(&held->connections, &held->line);
  put_number(text, held->status, 4);
  for (unsigned long i = 0; i < sizeof files / sizeof *files; i++) {
    end = append(end, files[i]);
    *end++ = 0;
    unsigned long bytes = read_file(files[i], end + 4, LONGEST_COUNTER);
    put_number(end, bytes, 4);
    end += 4 + bytes;
  }
  held->has_exited = 1;
  send_event(&held->line, 'X', end - text);
}

/* The next event, once the one before is written down. */
static void go_on(struct held *held) {
  struct line *line = &held->line;
  if (line->pending) return;
  if (held->has_failed || held->has_exited) leave(0);
  if (line->number == 0) return tell_users(line);
  if (line->state == WAITING && held->has_order) return make_ready(held);
  if (line->state == READY && held->may_go) return launch(held);
  if (line->state != RUNNING && line->state != ENDED) return;
  if (carry(held, 0) || carry(held, 1)) return;
  /* Processes that another first process than this one would end may hold the pipes for long. */
  const int is_over = !held->is_first || (held->streams[0] < 0 && held->streams[1] < 0);
  if (line->state == ENDED && is_over) tell_exit(held);
}

static void send_signal(const struct held *held, long signal) {
  if (held->line.state != RUNNING || held->has_failed) return;
  /* As the first process it may end all others with one call; elsewhere that would be every process there is. */
  if (signal == SIGKILL && held->is_first) call(KILL, -1, SIGKILL, 0, 0, 0);
  else call(KILL, held->child, signal, 0, 0, 0);
}

static void reap(struct held *held) {
  for (;;) {
    int status = 0;
    long ended = call(WAIT4, -1, (long)&status, WNOHANG, 0, 0);
    if (ended <= 0) return;
    if (ended != held->child || held->line.state != RUNNING) continue;
    if (held->is_first) call(KILL, -1, SIGKILL, 0, 0, 0);
    held->status = status;
    held->line.state = ENDED;
  }
}

static void take_signals(struct held *held) {
  char info[128];
  while (call(READ, held->signals, (long)info, sizeof info, 0, 0) == sizeof info) {
    if (take_number(info, 4) != SIGTERM) continue;
    if (held->line.state == WAITING || held->line.state == READY) leave(0);
    send_signal(held, SIGTERM);
  }
  reap(held);
}

static int take_order(struct held *held, unsigned long bytes) {
  char *text = bytes > LONGEST_ORDER ? 0 : allocate(bytes);
  if (text == 0) leave(FAILED);
  if (!receive_all(&held->line, text, bytes)) return 0;
  /* It comes again when the line broke before `keep` knew that it had come. */
  if (!held->has_order && !read_order(text, bytes, &held->order)) leave(FAILED);
  held->has_order = 1;
  return 1;
}

static void take_message(struct held *held) {
  char header[GOT_HEADER], number[8];
  if (!receive_all(&held->line, header, sizeof header)) return;
  const unsigned long bytes = take_number(header + 4, 4);
  if (header[0] == 'O') {
    take_order(held, bytes);
    return;
  }
  if (bytes > sizeof number) leave(FAILED);
  if (!receive_all(&held->line, number, bytes)) return;
  const unsigned long value = take_number(number, bytes);
  if (header[0] == 'G') held->may_go = 1;
  else if (header[0] == 'A' && value == held->line.number) held->line.pending = 0;
  else if (header[0] == 'S') send_signal(held, value);
  else if (header[0] == 'P') connect_inside(&held->connections, &held->line, value & 0xffff, value >> 16 & 0xffffffff);
  else if (header[0] == 'Q') leave(0);
}

static void wait_for_something(struct held *held) {
  const int is_idle = !held->line.pending;
  struct polled all[OWN_FILES + MOST_WATCHED];
  all[0] = (struct polled){held->signals, POLLIN, 0};
  all[1] = (struct polled){held->line.socket, POLLIN, 0};
  all[2] = (struct polled){is_idle ? held->streams[0] : -1, POLLIN, 0};
  all[3] = (struct polled){is_idle ? held->streams[1] : -1, POLLIN, 0};
  const long count = OWN_FILES + watch_connections(&held->connections, all + OWN_FILES);
  const long retry[2] = {0, RETRY_NANOSECONDS};
  const long *patience = held->line.socket < 0 ? retry : 0;
  if (call(PPOLL, (long)all, count, (long)patience, 0, 0) <= 0) return;
  serve_connections(&held->connections, &held->line, all + OWN_FILES);
  if (all[0].seen) take_signals(held);
  if (all[1].seen) take_message(held);
  /* A `keep` that refuses the line is not asked again at once. */
  if (all[1].seen && held->line.socket < 0) call(PPOLL, (long)all, 1, (long)retry, 0, 0);
}

/* Returns what it was, and leaves nothing of it where other processes could look for it. */
static void take_nonce(char **environment, char *to) {
  static const char name[] = "EXEC_AGENT_NONCE=";
  const unsigned long bytes = sizeof name - 1;
  *to = 0;
  for (; *environment != 0; environment++) {
    if (!starts_with(*environment, name, bytes)) continue;
    char *value = *environment + bytes;
    if (length_of(value) >= LONGEST_NONCE) leave(FAILED);
    *append(to, value) = 0;
    for (; *value != 0; value++) *(volatile char *)value = 0;
  }
}

/* A file that exists keeps its content, because a container may be started more than once. */
static _Noreturn void make_files(char **files) {
  for (; *files != 0; files++) {
    make_parents(*files, 0755);
    long made = call(OPENAT, AT_FDCWD, (long)*files, O_WRONLY | O_CREAT, 0644, 0);
    if (made < 0) leave(FAILED);
    call(CLOSE, made, 0, 0, 0, 0);
  }
  leave(0);
}

_Noreturn void run(long *stack) {
  const unsigned long caught = 1ul << (SIGCHLD - 1) | 1ul << (SIGTERM - 1);
  char **arguments = (char **)(stack + 1);
  char nonce[LONGEST_NONCE];
  struct held held;
  if (stack[0] > 1 && is_equal(arguments[1], "--make")) make_files(arguments + 2);
  if (stack[0] != 3 || length_of(arguments[2]) + LONGEST_NONCE > PAGE / 2) leave(FAILED);
  call(PRCTL, PR_SET_DUMPABLE, 0, 0, 0, 0);
  call(UMASK, 022, 0, 0, 0, 0);
  take_nonce(arguments + stack[0] + 1, nonce);
  if (call(CHDIR, (long)arguments[1], 0, 0, 0, 0) < 0) leave(FAILED);
  call(RT_SIGPROCMASK, SIG_SETMASK, (long)&caught, 0, 8, 0);
  held.signals = call(SIGNALFD4, -1, (long)&caught, 8, O_CLOEXEC | O_NONBLOCK, 0);
  held.line.event = allocate(EVENT_ROOM);
  if (held.signals < 0 || held.line.event == 0) leave(FAILED);
  held.line.socket = -1;
  held.line.step = arguments[2];
  held.line.nonce = nonce;
  held.line.number = held.line.pending = 0;
  held.line.state = WAITING;
  held.has_order = held.may_go = held.has_failed = held.has_exited = 0;
  held.is_first = call(GETPID, 0, 0, 0, 0, 0) == 1;
  held.child = -1;
  held.streams[0] = held.streams[1] = -1;
  held.connections.listener = -1;
  held.connections.used = 0;
  held.connections.all = 0;
  for (;;) {
    if (held.line.socket < 0) make_line(&held.line);
    go_on(&held);
    wait_for_something(&held);
  }
}
