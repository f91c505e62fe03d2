/* The output of a container: it writes to pipes, so that nothing it does to its streams changes what it wrote before. */

#define CARRIED_AT_ONCE 65536
#define FULL_DISK_NANOSECONDS 100000000

/* One stream on its way from the container to a file. */
struct stream {
  const char *name;
  /* -1: nothing more comes. */
  long source;
  /* The container's end; -1 once it has been handed over. */
  long sink;
  /* -1: nothing has come yet, so there is no file. */
  long file;
  /* Bytes that the file may still take; what comes after them is dropped. */
  unsigned long room;
  unsigned long dropped;
};

/* What the keeper of a container waits for besides its output. */
struct watched {
  const struct order *order;
  struct stream streams[2];
  /* Readable when the engine has ended. */
  long ended;
};

static struct problem open_stream(struct stream *stream, const struct order *order) {
  int ends[2] = {-1, -1};
  long done = call(PIPE2, (long)ends, O_CLOEXEC, 0, 0, 0);
  stream->source = ends[0];
  stream->sink = ends[1];
  stream->room = number_in(order->output);
  stream->dropped = 0;
  stream->file = -1;
  /* The container can read from its own pipe too, and would otherwise leave this process waiting for what it took. */
  if (done >= 0) done = call(FCNTL, stream->source, F_SETFL, O_NONBLOCK, 0, 0);
  return when(done, "the pipes of the output");
}

static struct problem open_output(struct watched *watched, const struct order *order) {
  const unsigned long child_ended = 1UL << (SIGCHLD - 1);
  watched->order = order;
  watched->streams[0].name = "/stdout";
  watched->streams[1].name = "/stderr";
  call(RT_SIGPROCMASK, SIG_SETMASK, (long)&child_ended, 0, 8, 0);
  watched->ended = call(SIGNALFD4, -1, (long)&child_ended, 8, O_CLOEXEC, 0);
  struct problem found = when(watched->ended, "the wait for the engine");
  for (int i = 0; i < 2 && !is_problem(found); i++) found = open_stream(&watched->streams[i], order);
  return found;
}

/* Makes the pipes the output of this process, which becomes the engine. */
static struct problem take_output(const struct watched *watched) {
  const unsigned long no_signal = 0;
  long done = call(RT_SIGPROCMASK, SIG_SETMASK, (long)&no_signal, 0, 8, 0);
  if (done >= 0) done = call(DUP3, watched->streams[0].sink, STDOUT, 0, 0, 0);
  if (done >= 0) done = call(DUP3, watched->streams[1].sink, STDERR, 0, 0, 0);
  return when(done, "the pipes of the output");
}

static void close_sinks(struct watched *watched) {
  for (int i = 0; i < 2; i++) call(CLOSE, watched->streams[i].sink, 0, 0, 0, 0);
}

/* Whether the engine has ended before the time is over. */
static int has_ended(const struct watched *watched, long nanoseconds) {
  struct polled ended = {watched->ended, POLLIN, 0};
  long time[2] = {0, nanoseconds};
  return call(PPOLL, (long)&ended, 1, (long)time, 0, 0) > 0;
}

/* Most containers write to one stream, or to none: a file that nobody needs is not made. */
static long open_file(const struct watched *watched, struct stream *stream) {
  char path[MAX_PATH];
  if (stream->file >= 0) return stream->file;
  long joined = join(path, sizeof path, (const char *[]){watched->order->directory, stream->name, 0});
  stream->file = joined < 0 ? joined : open_patiently(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
  return stream->file;
}

/* On a full disk a container waits, as does a program that is suspended; what has no room at its end is lost. */
static long store(const struct watched *watched, struct stream *stream, const char *from, unsigned long bytes) {
  if (bytes > stream->room) {
    stream->dropped += bytes - stream->room;
    bytes = stream->room;
  }
  stream->room -= bytes;
  while (bytes > 0) {
    long written = open_file(watched, stream);
    if (written >= 0) written = call(WRITE, stream->file, (long)from, bytes, 0, 0);
    if (written == -EINTR) continue;
    if (written >= 0) {
      from += written;
      bytes -= written;
      continue;
    }
    if (has_ended(watched, FULL_DISK_NANOSECONDS)) return written;
  }
  return 0;
}

/* Returns how many bytes were there; 0 when there are none now. */
static long carry(const struct watched *watched, struct stream *stream) {
  char text[CARRIED_AT_ONCE];
  long bytes = call(READ, stream->source, (long)text, sizeof text, 0, 0);
  if (bytes == -EINTR || bytes == -EAGAIN) return 0;
  if (bytes <= 0) {
    stream->source = -1;
    return 0;
  }
  long stored = store(watched, stream, text, bytes);
  return stored < 0 ? stored : bytes;
}

/* Carries what is written until the engine has ended, and then what is left, which is no more than the pipes hold. Returns whether all had room. */
static int carry_output(struct watched *watched) {
  int whole = 1;
  for (int over = 0; !over;) {
    struct polled all[3] = {{watched->ended, POLLIN, 0}};
    for (int i = 0; i < 2; i++) all[i + 1] = (struct polled){watched->streams[i].source, POLLIN, 0};
    if (call(PPOLL, (long)all, 3, 0, 0, 0) < 0) continue;
    over = all[0].seen != 0;
    for (int i = 0; i < 2; i++) {
      struct stream *stream = &watched->streams[i];
      long left = over ? call(FCNTL, stream->source, F_GETPIPE_SZ, 0, 0, 0) : 1;
      while (left > 0 && stream->source >= 0) {
        long carried = carry(watched, stream);
        if (carried < 0) whole = 0;
        if (carried <= 0) break;
        left -= carried;
      }
    }
  }
  return whole;
}

/* How many bytes of both streams had no room, in a file that there is only if some had none. */
static void report_dropped(const struct watched *watched, const struct order *order) {
  const unsigned long dropped = watched->streams[0].dropped + watched->streams[1].dropped;
  if (dropped == 0) return;
  char path[MAX_PATH];
  char line[32];
  char *end = append(append_number(line, dropped), "\n");
  join(path, sizeof path, (const char *[]){order->directory, "/dropped", 0});
  write_file(path, O_CREAT | O_EXCL, line, end - line);
}
