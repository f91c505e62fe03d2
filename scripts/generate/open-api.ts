import swagger from '@fastify/swagger';
import type { z } from 'zod';
import { httpModules } from '../../src/agent/open/http-modules.ts';
import { type GatewayParts, openGateways } from '../../src/agent/open/open-gateways.ts';
import { createMessageResponder } from '../../src/gateways/message/response/create-message-responder.ts';
import { createHttpApp } from '../../src/http/server/create-http-app.ts';
import { packageVersion } from '../../src/support/files/package-version.ts';
import { systemClock } from '../../src/support/time/clock.ts';
import { agentListSchema, healthSchema } from '../../src/wire/http/agents.ts';
import { auditListSchema } from '../../src/wire/http/audit.ts';
import { executionPageSchema, executionSummarySchema, executionViewSchema } from '../../src/wire/http/executions.ts';
import { fileListSchema, uploadedInputSchema } from '../../src/wire/http/files.ts';
import { imageListSchema, pulledImageSchema, pullProgressSchema } from '../../src/wire/http/images.ts';
import { serviceListSchema, settingListSchema } from '../../src/wire/http/operation.ts';
import { policyDocumentSchema } from '../../src/wire/http/policy.ts';
import { problemSchema } from '../../src/wire/http/problem.ts';
import { createdTokenSchema, tokenListSchema, tokenRequestSchema } from '../../src/wire/http/tokens.ts';
import { executionEventSchema, logLineSchema } from '../../src/wire/live.ts';
import { executionRequestSchema } from '../../src/wire/request/request.ts';
import { executionResponseSchema } from '../../src/wire/response/response.ts';
import { describeRoute, describeSchemas, type NamedSchemas } from './describe-route.ts';
import type { GeneratedFile } from './generated-file.ts';

const description = `Submit jobs, follow them, and fetch their results.

    curl -sS 'localhost:8082/v1/executions?wait=30' -H 'content-type: application/json' \\
      -d '{"container": {"image": "alpine", "command": ["echo", "Hello"]}}'

Without a token, the agent listens on loopback only and needs none. With tokens (\`exec-agent token create\`), send \`authorization: Bearer exa_…\`; each caller sees only what belongs to its tenant; those with the scope \`admin\` reach the executions of every tenant.

Errors are \`application/problem+json\` (RFC 9457). \`detail\` says what to do.`;

const tags = [
  { name: 'executions', description: 'One request, from its submission to its answer.' },
  { name: 'live', description: 'Logs and states as they come, as text or server-sent events.' },
  { name: 'files', description: 'What containers leave in `/workspace/output`.' },
  { name: 'inputs', description: 'Data that is too large for a request.' },
  { name: 'operation', description: 'For those who look after agents.' },
];

const securitySchemes = { bearer: { type: 'http', scheme: 'bearer' } } as const;

/** What programs in other languages make their clients of. */
export async function makeOpenApi(): Promise<GeneratedFile> {
  const modules = await httpModules({
    gateways,
    gatewayParts,
    metrics: { text: unused },
    audit: { list: unused },
    access: {
      tokens: { list: unused, create: unused, revokeUnlessLast: unused },
      sessions: { list: unused, closeById: unused, closeAll: unused, idOf: unused },
      clock: systemClock,
    },
    base: '',
    operation: { settings: unused, services: unused },
    trouble: unused,
    isConnected: unused,
    isPaused: unused,
  });
  const app = await createHttpApp(room, modules, undefined, async (bare) => {
    await bare.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Exec Agent',
          version: packageVersion(),
          description,
          license: { name: 'MIT', identifier: 'MIT' },
        },
        servers: [{ url: '/' }],
        tags,
        components: { securitySchemes },
      },
      transform: ({ schema, url, route }) => {
        const { scope } = route.config ?? {};
        const security = scope === undefined ? [] : [{ bearer: [scope] }];
        return { url, schema: { ...describeRoute(schema ?? {}, named), security } };
      },
    });
  });
  const document = app.swagger();
  const components = { securitySchemes, schemas: describeSchemas(named) };
  const text = JSON.stringify({ ...document, components }, undefined, 2);
  await app.close();
  // What the router writes as an asterisk is the rest of the path.
  return {
    path: 'schema/openapi.json',
    text: `${text.replaceAll('{*}', '{name}').replaceAll('"name": "*"', '"name": "name"')}\n`,
  };
}

const named: NamedSchemas = new Map<z.core.$ZodType, string>([
  [executionRequestSchema, 'ExecutionRequest'],
  [executionResponseSchema, 'ExecutionResponse'],
  [executionViewSchema, 'Execution'],
  [executionSummarySchema, 'ExecutionSummary'],
  [executionPageSchema, 'ExecutionPage'],
  [fileListSchema, 'FileList'],
  [uploadedInputSchema, 'UploadedInput'],
  [imageListSchema, 'ImageList'],
  [pulledImageSchema, 'PulledImage'],
  [pullProgressSchema, 'PullProgress'],
  [agentListSchema, 'AgentList'],
  [auditListSchema, 'AuditList'],
  [tokenListSchema, 'TokenList'],
  [tokenRequestSchema, 'TokenRequest'],
  [createdTokenSchema, 'CreatedToken'],
  [serviceListSchema, 'ServiceList'],
  [settingListSchema, 'SettingList'],
  [policyDocumentSchema, 'Policy'],
  [healthSchema, 'Health'],
  [problemSchema, 'Problem'],
  [logLineSchema, 'LogLine'],
  [executionEventSchema, 'ExecutionEvent'],
]);

/** Describing the routes serves no request, so nothing is behind them. */
const gatewayParts: GatewayParts = {
  get queue() {
    return unused();
  },
  get liveLog() {
    return unused();
  },
  get events() {
    return unused();
  },
  get scans() {
    return unused();
  },
  get eventHistory() {
    return unused();
  },
  get registry() {
    return unused();
  },
  get images() {
    return unused();
  },
  get store() {
    return unused();
  },
  tokens: { check: unused },
  tesNetwork: 'none',
  clock: { now: unused },
  draft: unused,
  admit: unused,
  policy: unused,
  answerTo: unused,
  cancel: unused,
  responseChannel: '',
  servicePort: 0,
  sharedObjects: [],
  limits: {
    maxMessageBytes: 1,
    maxUploadBytes: 1,
    waitsPerTenant: 1,
    requestMs: 1,
    maxWaitMs: 1,
    openPerTenant: 1,
    dedupeMs: 1,
  },
};

const gateways = openGateways(
  createMessageResponder({ agent: '', channel: '', maxBytes: gatewayParts.limits.maxMessageBytes }),
  // Tasks have a description of their own.
  { tes: false },
);

const room: Parameters<typeof createHttpApp>[0] = {
  tokens: {
    create: unused,
    list: unused,
    revoke: unused,
    revokeUnlessLast: unused,
    isEmpty: unused,
    check: unused,
    find: unused,
  },
  audit: { note: unused, list: unused },
  metrics: { answered: unused },
  clock: { now: unused },
  get logger() {
    return unused();
  },
  isConnected: () => false,
  corsOrigins: [],
  base: '',
  limits: {
    maxMessageBytes: 1,
    maxConnections: 1,
    connectionsPerCaller: 1,
    headersMs: 1,
    requestMs: 1,
    idleMs: 1,
    heartbeatMs: 1,
    streamsPerTenant: 1,
    requestsPerSecond: 1,
  },
};

function unused(): never {
  throw new Error('no request is served here');
}
