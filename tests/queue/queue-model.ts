interface Waiting {
  readonly id: string;
  readonly tenant: string;
  readonly placement: Readonly<Record<string, string>>;
  /** Lower comes first among those of the tenant. */
  readonly score: number;
}

type Labels = Readonly<Record<string, string>>;

/** What the queue must give out, without Redis and without regard to cost. */
export function createQueueModel(weights: Readonly<Record<string, number>>) {
  const waiting: Waiting[] = [];
  const back: Waiting[] = [];
  const groups = new Map<string, { labels: Labels; clock: number; readonly next: Map<string, number> }>();
  const carries = (labels: Labels, { placement }: Waiting) =>
    Object.entries(placement).every(([key, value]) => labels[key] === value);

  const enqueue = (added: Waiting) => {
    waiting.push(added);
    for (const { labels, clock, next } of groups.values())
      if (carries(labels, added)) next.set(added.tenant, Math.max(clock, next.get(added.tenant) ?? 0));
  };
  const remove = (id: string) => {
    for (const list of [waiting, back]) {
      const at = list.findIndex((each) => each.id === id);
      if (at >= 0) list.splice(at, 1);
    }
  };

  return {
    submit: enqueue,
    putBack: (added: Waiting) => void back.push(added),
    remove,
    waiting: (): readonly Waiting[] => [...waiting, ...back],
    take(labels: Labels): Waiting | undefined {
      for (const each of back.splice(0)) enqueue(each);
      const name = JSON.stringify(labels);
      const mine = () => waiting.filter((each) => carries(labels, each));
      const group = groups.get(name) ?? {
        labels,
        clock: 0,
        next: new Map(mine().map(({ tenant }) => [tenant, 0])),
      };
      groups.set(name, group);
      const startOf = ({ tenant }: Waiting) => group.next.get(tenant) ?? 0;
      const [first] = mine().toSorted(
        (one, two) =>
          startOf(one) - startOf(two) ||
          (one.tenant < two.tenant ? -1 : Number(one.tenant > two.tenant)) ||
          one.score - two.score,
      );
      if (first !== undefined) {
        remove(first.id);
        group.clock = startOf(first);
        group.next.set(first.tenant, group.clock + 1 / (weights[first.tenant] ?? 1));
      }
      if (mine().length === 0) groups.delete(name);
      return first;
    },
  };
}
