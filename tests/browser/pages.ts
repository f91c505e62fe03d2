import type { BrowserWorld } from './open-browser-world.ts';

const graph = {
  nodes: [1, 2, 3].map((id) => ({ id: String(id), labels: ['Thing'], properties: { name: `thing ${id}` } })),
  relationships: [
    { source: '1', target: '2', type: 'KNOWS' },
    { source: '2', target: '3', type: 'KNOWS' },
  ],
};

/** Runs something for every page below `/ui/` to show. @returns their paths by name, and the execution that still runs */
export async function preparePages({ run, start }: Pick<BrowserWorld, 'run' | 'start'>) {
  const script = 'echo out; echo err >&2; cd /workspace/output; echo a,b > t.csv; echo \'{"n": 1.0}\' > n.json; exit 3';
  const failed = await run(script, { name: 'report', tags: { team: 'data' }, output: { expected_files: ['./'] } });
  const graphed = await run('cp /workspace/input/graph_data.json /workspace/output/graph_update.json', {
    name: 'graph',
    input: { graph_data: graph },
    output: { graph_update: true },
  });
  const running = await start('echo started; sleep 1000', { name: 'runs' });
  const paths: Readonly<Record<string, string>> = {
    list: '',
    none: '?name=nothing',
    summary: `executions/${failed}`,
    log: `executions/${failed}/log`,
    files: `executions/${failed}/files?open=t.csv`,
    request: `executions/${failed}/request?as=curl`,
    response: `executions/${failed}/response`,
    running: `executions/${running}/log`,
    graph: `executions/${graphed}/graph?node=2`,
    missing: 'executions/none',
    new: 'new',
    overview: 'overview',
    ...operatorPaths,
  };
  return { paths, running };
}

/** Pages that show what one route of the API returns. */
export const operatorPaths = {
  agents: 'agents',
  queue: 'queue',
  images: 'images',
  services: 'services',
  audit: 'audit',
  policy: 'policy',
  tokens: 'tokens',
  sessions: 'sessions',
  settings: 'settings',
} as const;

/** What a page shows once it has something to show. */
export const pageContent = '.rows, .empty, .line, .facts, pre, .json-tree, textarea';
