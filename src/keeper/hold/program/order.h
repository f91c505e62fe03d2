/*
 * What `keep` orders: texts, each ended by a NUL, in this order:
 *
 *   flags      n  a network namespace of its own, with `lo` alone
 *              u  change the user and the capabilities
 *              p  no new privileges
 *              f  a filter that takes back what CAP_SYS_ADMIN opened; needs p
 *   the port on 127.0.0.1 whose connections go to `keep`; 0: none
 *   the number of mounts to take away, and their mount points
 *   user, group, the number of further groups, and these
 *   capabilities that the command may have, as one number
 *   working directory, which is made when it is missing
 *   the file that is the command's stdin
 *   the files that take its stdout and its stderr, with the directories that are missing; empty: `keep` gets it
 *   the number of limits, and for each its number in setrlimit(2), the soft limit, the hard limit
 *   the number of arguments, and these
 *   the number of variables, and these
 */

struct list {
  unsigned long count;
  char **each;
};

struct order {
  const char *flags;
  unsigned long service_port;
  struct list hidden;
  unsigned long user, group;
  struct list groups;
  unsigned long capabilities;
  char *directory;
  const char *input;
  char *output, *errors;
  struct list limits;
  struct list arguments;
  struct list variables;
};

struct texts {
  char *next;
  char *end;
  /* Room for one pointer to each text and the null pointers behind the lists. */
  char **pointers;
  int is_broken;
};

static char *next_text(struct texts *from) {
  if (from->next >= from->end) {
    from->is_broken = 1;
    return from->end - 1;
  }
  char *text = from->next;
  from->next += length_of(text) + 1;
  return text;
}

static struct list next_list(struct texts *from, unsigned long texts_for_each) {
  struct list list = {number_in(next_text(from)), from->pointers};
  for (unsigned long i = 0; i < list.count * texts_for_each && !from->is_broken; i++) *from->pointers++ = next_text(from);
  *from->pointers++ = 0;
  return list;
}

static int has_flag(const struct order *order, char flag) {
  for (const char *each = order->flags; *each != 0; each++)
    if (*each == flag) return 1;
  return 0;
}

/* The last byte is a NUL. Returns 0 when it is no order. */
static int read_order(char *text, unsigned long bytes, struct order *order) {
  const unsigned long null_pointers = 8;
  struct texts from = {text, text + bytes, 0, bytes == 0 || text[bytes - 1] != 0};
  if (from.is_broken) return 0;
  unsigned long texts = 0;
  for (unsigned long i = 0; i < bytes; i++) texts += text[i] == 0;
  from.pointers = (char **)allocate((texts + null_pointers) * sizeof(char *));
  if (from.pointers == 0) return 0;
  order->flags = next_text(&from);
  order->service_port = number_in(next_text(&from));
  order->hidden = next_list(&from, 1);
  order->user = number_in(next_text(&from));
  order->group = number_in(next_text(&from));
  order->groups = next_list(&from, 1);
  order->capabilities = number_in(next_text(&from));
  order->directory = next_text(&from);
  order->input = next_text(&from);
  order->output = next_text(&from);
  order->errors = next_text(&from);
  order->limits = next_list(&from, 3);
  order->arguments = next_list(&from, 1);
  order->variables = next_list(&from, 1);
  return !from.is_broken && from.next == from.end && order->arguments.count > 0;
}
