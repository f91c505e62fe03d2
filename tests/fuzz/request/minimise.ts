import { type JsonNode, render, shrink } from './json-node.ts';
import type { FuzzRequest } from './make-request.ts';

// Each trial sends a request and waits for what does not come.
const mostTrials = 60;

/** The smallest request that was found to fail in the same way; the request itself where none is smaller. */
export async function minimise(
  request: FuzzRequest,
  fails: (smaller: FuzzRequest) => Promise<boolean>,
): Promise<FuzzRequest> {
  let [smallest, trials] = [request, 0];
  for (let found = true; found && trials < mostTrials; ) {
    found = false;
    for (const node of smallest.node === undefined ? [] : shrink(smallest.node)) {
      if (trials++ >= mostTrials) break;
      const smaller = { ...request, node, bytes: Buffer.from(render(node)) };
      if (!keepsId(smaller.node, request) || !(await fails(smaller))) continue;
      [smallest, found] = [smaller, true];
      break;
    }
  }
  return smallest;
}

/** Another id than the request's would be that of another request. */
function keepsId(smaller: JsonNode, { id, node }: FuzzRequest): boolean {
  const now = idsOf(smaller);
  return now === idsOf(node) || (now === '' && id === undefined);
}

function idsOf(node: JsonNode | undefined): string {
  if (node?.kind !== 'map') return '';
  return node.entries.flatMap(([name, value]) => (name === 'correlation_id' ? [render(value)] : [])).join();
}
