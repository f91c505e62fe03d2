/* What the launcher has to run, line by line. */

#define LONGEST_INPUT 65536
#define ORDER_LINES 10
/* In this time a short container is over; what is made ready meanwhile takes processor time from it. */
#define REST_NANOSECONDS 20000000

struct order {
  const char *number;
  const char *directory;
  const char *lower;
  const char *bytes;
  const char *output;
  const char *memory;
  const char *group;
  const char *limit;
  const char *cpu;
  const char *processes;
};

struct input {
  unsigned long start;
  unsigned long end;
  char text[LONGEST_INPUT];
};

/* Returns 0 when no whole order is there. */
static int find_order(struct input *input, struct order *order) {
  const char **lines[ORDER_LINES] = {&order->number, &order->directory, &order->lower, &order->bytes,
                                     &order->output, &order->memory,    &order->group, &order->limit,
                                     &order->cpu,    &order->processes};
  unsigned long from = input->start;
  int found = 0;
  for (unsigned long i = from; i < input->end && found < ORDER_LINES; i++) {
    if (input->text[i] != '\n') continue;
    *lines[found++] = input->text + from;
    from = i + 1;
  }
  if (found < ORDER_LINES) return 0;
  for (unsigned long i = input->start; i < from; i++)
    if (input->text[i] == '\n') input->text[i] = 0;
  input->start = from;
  return 1;
}

/* Ends the launcher when there is nothing to come. */
static void read_more(struct input *input) {
  copy(input->text, input->text + input->start, input->end - input->start);
  input->end -= input->start;
  input->start = 0;
  long got = call(READ, STDIN, (long)(input->text + input->end), sizeof input->text - input->end, 0, 0);
  if (got == -EINTR) return;
  if (got <= 0) leave(0);
  input->end += got;
}

/* Whether something comes before the time is over. */
static int comes_soon(void) {
  struct polled input = {STDIN, POLLIN, 0};
  long time[2] = {0, REST_NANOSECONDS};
  return call(PPOLL, (long)&input, 1, (long)time, 0, 0) > 0;
}

static void report(const struct order *order, struct problem found) {
  char path[MAX_PATH];
  char line[PAGE];
  join(path, sizeof path, (const char *[]){order->directory, "/setup.log", 0});
  char *end = append(append(append(line, found.what), ": "), reason_of(found.error));
  end = append(end, "\n");
  write_file(path, O_CREAT | O_APPEND, line, end - line);
}
