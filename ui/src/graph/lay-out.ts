import type { Graph } from './read-graph.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

const rounds = 150;
// Of a circle that all nodes begin on, for each node, so that they do not begin on top of each other.
const roomPerNode = 14;
const edgeLength = 70;

/**
 * Places for the nodes: those with a relationship come close, all others push each other away. The same graph is drawn the
 * same each time. Takes time by the square of the nodes.
 */
export function layOut({ nodes, edges }: Pick<Graph, 'nodes' | 'edges'>): readonly Point[] {
  const count = nodes.length;
  const radius = Math.max(edgeLength, (count * roomPerNode) / Math.PI);
  const xs = Float64Array.from(nodes, (_, index) => radius * Math.cos((2 * Math.PI * index) / count));
  const ys = Float64Array.from(nodes, (_, index) => radius * Math.sin((2 * Math.PI * index) / count));
  const at = (values: Float64Array, index: number) => values[index] ?? 0;
  for (let round = 0; round < rounds; round += 1) {
    const step = edgeLength * (1 - round / rounds);
    const [moveX, moveY] = [new Float64Array(count), new Float64Array(count)];
    const push = (one: number, other: number, force: (distance: number) => number) => {
      const [dx, dy] = [at(xs, one) - at(xs, other), at(ys, one) - at(ys, other)];
      const distance = Math.max(1, Math.hypot(dx, dy));
      const strength = force(distance) / distance;
      moveX[one] = at(moveX, one) + dx * strength;
      moveY[one] = at(moveY, one) + dy * strength;
      moveX[other] = at(moveX, other) - dx * strength;
      moveY[other] = at(moveY, other) - dy * strength;
    };
    for (let one = 0; one < count; one += 1)
      for (let other = one + 1; other < count; other += 1)
        push(one, other, (distance) => (edgeLength * edgeLength) / distance);
    for (const { from, to } of edges)
      if (from !== to) push(from, to, (distance) => -(distance * distance) / edgeLength);
    for (let index = 0; index < count; index += 1) {
      // Towards the middle, so that parts without a relationship stay near.
      const [x, y] = [at(moveX, index) - at(xs, index) * 0.3, at(moveY, index) - at(ys, index) * 0.3];
      const length = Math.max(1, Math.hypot(x, y));
      xs[index] = at(xs, index) + (x / length) * Math.min(length, step);
      ys[index] = at(ys, index) + (y / length) * Math.min(length, step);
    }
  }
  return nodes.map((_, index) => ({ x: Math.round(at(xs, index)), y: Math.round(at(ys, index)) }));
}
