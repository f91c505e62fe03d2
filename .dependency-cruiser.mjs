// The rooms of src/, top to bottom: an import may only point to a room further down.
export const rooms = [
  'cli',
  'mcp',
  'agent',
  'gateways',
  'http',
  'access',
  'execution',
  'queue',
  'admission',
  'keeper',
  'inputs',
  'outputs',
  'proxy',
  'runtimes',
  'objects',
  'workspace',
  'telemetry',
  'support',
  'wire',
];

// Never import one another; execution/ introduces them by passing functions.
const strangers = ['admission', 'inputs', 'outputs', 'proxy', 'runtimes'];

// Each folder in these rooms is a driver that knows no other, but for what they share.
const roomsOfDrivers = ['gateways', 'runtimes', 'objects'];
const sharedByDrivers = [
  'message',
  'contract',
  'network',
  'registries',
  'groups',
  'freestanding',
  'users',
  'command',
  'secrets',
  'warm',
  'api',
  'beside',
  'streams',
];

/** @typedef {import('dependency-cruiser').IRegularForbiddenRuleType} Rule */
/** @type {(name: string, cure: string, from: Rule['from'], to: Rule['to']) => Rule} */
const forbid = (name, cure, from, to) => ({ name, comment: cure, severity: 'error', from, to });

const any = (/** @type {readonly string[]} */ names) => `(${names.join('|')})`;
const tests = '[.](test|contract)[.]ts$';
const code = (/** @type {string} */ path) => ({ path, pathNot: tests });

const downwards = rooms
  .slice(1)
  .map((room, index) =>
    forbid(
      `${room}-imports-downwards`,
      `${room}/ may import only rooms below it; move what it needs down, or pass it in.`,
      { path: `^src/${room}/` },
      { path: `^src/${any(rooms.slice(0, index + 1))}/` },
    ),
  );

const apart = strangers.map((room) =>
  forbid(
    `${room}-knows-no-stranger`,
    `${any(strangers)} never import one another; let execution/ pass what is needed.`,
    code(`^src/${room}/`),
    { path: `^src/${any(strangers.filter((other) => other !== room))}/` },
  ),
);

/** @type {import('dependency-cruiser').IConfiguration} */
const configuration = {
  forbidden: [
    ...downwards,
    ...apart,
    forbid(
      'drivers-are-strangers',
      'What two drivers need stands directly in their room, or further down.',
      code(`^src/${any(roomsOfDrivers)}/([^/]+)/`),
      { path: '^src/$1/[^/]+/', pathNot: `^src/$1/($2|${sharedByDrivers.join('|')})/` },
    ),
    forbid(
      'only-the-agent-picks-drivers',
      'All others get a driver through its contract.',
      { path: '^src/', pathNot: [`^src/agent/`, `^src/${any(roomsOfDrivers)}/[^/]+/`, tests] },
      { path: `^src/${any(roomsOfDrivers)}/[^/]+/`, pathNot: `^src/[^/]+/${any(sharedByDrivers)}/` },
    ),
    forbid(
      'wire-imports-only-zod',
      'wire/ is what crosses boundaries, also into the client and the dashboard.',
      code('^src/wire/'),
      { pathNot: '(^src/wire/|(^|/)zod(/|$))' },
    ),
    forbid('client-knows-wire-alone', 'The client runs where the agent is not installed.', code('^src/client/'), {
      path: '^src/',
      pathNot: '^src/(client|wire)/',
    }),
    {
      name: 'client-runs-in-browsers',
      comment: 'What browsers load may not lead to what only Node.js has.',
      severity: 'error',
      from: { path: '^src/client/browser[.]ts$' },
      to: {
        path: '^(src/client/redis/|node_modules/ioredis/)|^(node:)?(crypto|fs|net|http|https|stream|buffer|os|path|events)$',
        reachable: true,
      },
    },
    forbid(
      'every-folder-is-a-room',
      'A new folder in src/ needs its place in the list of rooms.',
      { path: '^src/[^/]+/', pathNot: `^src/(client|${rooms.join('|')})/` },
      {},
    ),
    forbid(
      'rooms-do-not-import-the-package',
      'index.ts gathers what others may use; inside, import the file itself.',
      { path: '^src/' },
      { path: '^src/[^/]+[.]ts$' },
    ),
    forbid('src-stands-alone', 'What is shipped cannot import what is not.', code('^src/'), {
      path: '^(tests|bench|scripts)/',
    }),
    forbid(
      'src-uses-runtime-dependencies',
      'An installed package has no devDependencies. Only the program, of cli/ and mcp/, has its packages inside.',
      { path: '^src/', pathNot: [tests, '^src/(cli|mcp)/'] },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    ),
    forbid('the-program-uses-declared-packages', 'Add the package to package.json.', code('^src/(cli|mcp)/'), {
      dependencyTypes: ['npm-no-pkg', 'npm-unknown'],
    }),
    forbid('no-circles', 'Move what both need to a third file.', {}, { circular: true }),
    forbid(
      'no-orphans',
      'Nothing imports it and it imports nothing.',
      { orphan: true, path: '^(src|tests|bench|scripts)/', pathNot: ['^src/index[.]ts$', '[.]d[.]ts$', tests] },
      {},
    ),
    forbid('imports-resolve', 'The file or package is not there.', {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Types count: who needs another's type knows the other.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};

export default configuration;
