import { z } from 'zod';
import { choice, flag, integer, list, seconds, text } from './config-values.ts';

// The first parts of the paths that the agent itself serves.
const ownPaths = ['v1', 'ui', 'docs', 'openapi.json', 'metrics', 'healthz', 'readyz', 'ga4gh'];

/** `/exec`, `/tools/exec`, or nothing; a slash at the end is left out. */
const httpBase = () =>
  z
    .string()
    .regex(/^(?:(?:[/][A-Za-z0-9_~-][A-Za-z0-9._~-]*){1,8}[/]?|[/]?)$/, 'a path such as /exec')
    .refine(
      (path) => !ownPaths.includes(path.split('/')[1] ?? ''),
      'a path such as /exec, other than those of the agent',
    )
    .transform((path) => path.replace(/[/]$/, ''));

/** The settings of the HTTP interface. */
export const httpSettings = {
  port: z
    .union([z.literal('off'), integer(0, 65_535)], { error: 'a port from 0 to 65535, or off' })
    .default(8082)
    .meta({
      group: 'HTTP',
      env: 'PORT',
      description: 'Port of the HTTP API. 0: any free port. off: no HTTP API.',
    }),
  httpHost: text().default('127.0.0.1').meta({
    group: 'HTTP',
    env: 'EXEC_HTTP_HOST',
    description:
      'Address that the HTTP API listens on. An address that other hosts can reach needs a token first ("exec-agent token create").',
  }),
  httpBase: httpBase().default('').meta({
    group: 'HTTP',
    env: 'EXEC_HTTP_BASE',
    description:
      'Path below which a reverse proxy serves the HTTP API and the dashboard (/exec). The proxy may remove it from requests or leave it there. Unset: none.',
  }),
  dashboard: flag().default(true).meta({
    group: 'HTTP',
    env: 'EXEC_DASHBOARD',
    description: 'Serve the dashboard at /ui/ of the HTTP API.',
  }),
  tes: flag().default(false).meta({
    group: 'HTTP',
    env: 'EXEC_TES',
    description: 'Accept tasks of GA4GH TES 1.1, at /ga4gh/tes/v1 and /v1 of the HTTP API.',
  }),
  tesNetwork: choice('none', 'open').default('none').meta({
    group: 'HTTP',
    env: 'EXEC_TES_NETWORK',
    description: 'Network of TES tasks that do not set the backend parameter network.',
  }),
  httpCors: list(
    /^(?:[*]|https?:[/][/][^/\s]+)$/,
    'origins such as https://app.example.com, with commas between them, or *',
  )
    .optional()
    .meta({
      group: 'HTTP',
      env: 'EXEC_HTTP_CORS',
      description:
        'Origins of web pages that may call the HTTP API (https://app.example.com), or * for all. Unset: none.',
    }),
  httpConnections: integer(1, 1_000_000).default(1000).meta({
    group: 'HTTP',
    env: 'EXEC_HTTP_CONNECTIONS',
    description: 'Maximum number of open HTTP connections.',
  }),
  httpConnectionsPerCaller: integer(1, 1_000_000).default(500).meta({
    group: 'HTTP',
    env: 'EXEC_HTTP_CONNECTIONS_PER_CALLER',
    description:
      'Maximum number of open HTTP connections of one caller, at most half of EXEC_HTTP_CONNECTIONS. A caller is a tenant, or an address that has not sent a token.',
  }),
  httpWaits: integer(1, 1_000_000).default(400).meta({
    group: 'HTTP',
    env: 'EXEC_HTTP_WAITS',
    description: 'Maximum number of requests of one tenant that ?wait= holds at once.',
  }),
  httpStreams: integer(1, 1_000_000).default(200).meta({
    group: 'HTTP',
    env: 'EXEC_HTTP_STREAMS',
    description: 'Maximum number of log and event streams that one tenant may have open.',
  }),
  httpRate: integer(0, 10_000_000).default(5000).meta({
    group: 'HTTP',
    env: 'EXEC_HTTP_RATE',
    description: 'Maximum number of requests per second that one tenant may send to one agent. 0: no limit.',
  }),
  httpIdleSeconds: seconds(1, 86_400).default(60).meta({
    group: 'HTTP',
    env: 'EXEC_HTTP_IDLE',
    description: 'Seconds after which an idle connection is closed.',
  }),
  httpRequestSeconds: seconds(1, 86_400).default(3600).meta({
    group: 'HTTP',
    env: 'EXEC_HTTP_REQUEST_TIMEOUT',
    description: 'Maximum seconds for sending one request, including uploads.',
  }),
  httpWaitSeconds: seconds(0, 86_400).default(300).meta({
    group: 'HTTP',
    env: 'EXEC_HTTP_WAIT_MAX',
    description: 'Maximum seconds that ?wait= holds a request.',
  }),
  tenantOpen: integer(1, 100_000_000).default(100_000).meta({
    group: 'HTTP',
    env: 'EXEC_TENANT_OPEN',
    description:
      'Maximum number of executions of one tenant that are queued or running. One more over HTTP is refused.',
  }),
  sharedObjects: list(/^[^/]/, 'beginnings of object names, with commas between them').optional().meta({
    group: 'HTTP',
    env: 'EXEC_SHARED_OBJECTS',
    description:
      'Object name prefixes (datasets/) that every tenant may read. A tenant can always read its own uploads and outputs; the tenant "default" can read everything.',
  }),
  auditKept: integer(1, 100_000_000).default(10_000).meta({
    group: 'HTTP',
    env: 'EXEC_AUDIT_KEPT',
    description: 'Approximate number of entries to keep in the audit log in Redis. Each entry also goes to the log.',
  }),
};
