import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { configSchema } from '../src/agent/config/config-schema.ts';
import { openTracing } from '../src/cli/traces/open-tracing.ts';
import { createSilentLogger } from '../src/telemetry/log.ts';
import type { Tracing } from '../src/telemetry/tracing.ts';
import { startAgentProcess } from './agent/agent-process.ts';
import { environmentOf } from './agent/environment-of.ts';
import { openDeployment, shell, type TestDeployment } from './agent/open-test-agent.ts';
import { becomesTrue } from './parts/poll.ts';
import { findFreePort } from './parts/processes/free-port.ts';
import { describeWith } from './parts/require-part.ts';

const attributeSchema = z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) });
const spanSchema = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  attributes: z.array(attributeSchema),
});
const exportSchema = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(attributeSchema) }),
      scopeSpans: z.array(z.object({ spans: z.array(spanSchema) })),
    }),
  ),
});

type Span = z.infer<typeof spanSchema>;

/** A collector, and a service that notes the traces of its calls. */
async function openServer() {
  const spans: Span[] = [];
  const protobuf: Buffer[] = [];
  const called: (string | undefined)[] = [];
  const states: (string | undefined)[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    if (request.url !== '/v1/traces') {
      called.push(request.headers.traceparent?.toString());
      states.push(request.headers.tracestate?.toString());
    } else if (request.headers['content-type'] !== 'application/json') protobuf.push(body);
    else
      for (const { scopeSpans } of exportSchema.parse(JSON.parse(body.toString())).resourceSpans)
        spans.push(...scopeSpans.flatMap((scope) => scope.spans));
    response.setHeader('content-type', request.headers['content-type'] ?? 'text/plain').end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    protobuf,
    called,
    states,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

type Server = Awaited<ReturnType<typeof openServer>>;

const trace = '0af7651916cd43dd8448eb211c80319c';
const caller = 'b7ad6b7169203331';
const traceparent = `00-${trace}-${caller}-01`;
const tracestate = 'vendor=t61rcWkgMzE,other@system=1';
const other = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;

/** What the container prints is its own place in the trace; it calls a service plainly, and as part of another trace. */
const script = [
  'echo "$TRACEPARENT $TRACESTATE"',
  'wget -q -O - "$ECHO_SERVICE_URL/plain"',
  `wget -q -O - --header "traceparent: ${other}" --header "tracestate: foreign=1" "$ECHO_SERVICE_URL/foreign"`,
  'wget -q -O - --header "traceparent: $TRACEPARENT" --header "tracestate: inside=1" "$ECHO_SERVICE_URL/own"',
].join('\n');

/** Sends one request and gives what its container printed. */
type Submit = (deployment: TestDeployment, httpUrl: string) => Promise<string>;

async function runTraced(
  settings: Parameters<typeof openDeployment>[0],
  server: Server,
  { tracing, submit = overHttp }: { readonly tracing?: Tracing | undefined; readonly submit?: Submit } = {},
) {
  const services = { echo: { kind: 'http', url: server.url } } as const;
  const deployment = await openDeployment({ port: 0, services, ...settings }, { tracing });
  try {
    const { httpUrl = '' } = await deployment.open();
    return (await submit(deployment, httpUrl)).trim();
  } finally {
    await deployment.close();
  }
}

const request = shell(script, { service_access: ['echo'] });

async function overHttp(_deployment: TestDeployment, httpUrl: string): Promise<string> {
  const response = await fetch(`${httpUrl}/v1/executions?wait=60`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent, tracestate },
    body: JSON.stringify(request),
  });
  const { response: result } = z
    .object({ response: z.object({ result: z.object({ output: z.string() }) }) })
    .parse(await response.json());
  return result.result.output;
}

/** Over the stream of requests, and as a task of TES. */
const elsewhere: Readonly<Record<string, Submit>> = {
  async 'the stream'({ redis, config, answerTo }) {
    const text = JSON.stringify({ ...request, correlation_id: 'traced', traceparent, tracestate });
    const answer = answerTo('traced');
    await redis.xadd(config.requestChannel, '*', 'request', text);
    return (await answer).result?.output ?? '';
  },
  async TES(_deployment, httpUrl) {
    const task = { executors: [{ image: 'alpine:latest', command: ['sh', '-c', 'echo "$TRACEPARENT $TRACESTATE"'] }] };
    const tasks = `${httpUrl}/ga4gh/tes/v1/tasks`;
    const created = await fetch(tasks, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent, tracestate },
      body: JSON.stringify(task),
    });
    const { id } = z.object({ id: z.string() }).parse(await created.json());
    const read = async () => taskSchema.parse(await (await fetch(`${tasks}/${id}?view=FULL`)).json());
    expect(await becomesTrue(async () => (await read()).state === 'COMPLETE', 90_000)).toBe(true);
    return (await read()).logs[0]?.logs[0]?.stdout ?? '';
  },
};

const taskSchema = z.object({
  state: z.string(),
  logs: z.array(z.object({ logs: z.array(z.object({ stdout: z.string().optional() })) })).default([]),
});

describeWith(['redis', 'docker', 'oci'], 'traces', () => {
  let server: Server;
  beforeAll(async () => {
    server = await openServer();
  });
  afterAll(() => server.close());

  describe.each(['docker', 'oci'] as const)('on %s', (runtime) => {
    test('one trace leads from the HTTP request over each phase to the calls of services', async () => {
      server.called.length = 0;
      server.states.length = 0;
      server.spans.length = 0;
      const exporting = configSchema.parse({ otlpEndpoint: server.url, otlpProtocol: 'http/json' });
      const tracing = await openTracing(exporting, createSilentLogger());
      let inside: string;
      try {
        inside = await runTraced({ runtime }, server, { tracing });
      } finally {
        await tracing?.close();
      }
      const { spans, called } = server;
      const named = (name: string) => spans.filter((span) => span.name === name);
      const [request] = named('POST /v1/executions');
      const [execution] = named('execution');
      expect(spans.filter(({ traceId }) => traceId !== trace)).toEqual([]);
      expect(request?.parentSpanId).toBe(caller);
      expect(execution?.parentSpanId).toBe(request?.spanId);
      expect(named('queued')[0]?.parentSpanId).toBe(request?.spanId);
      expect(inside).toBe(`00-${trace}-${execution?.spanId}-01 ${tracestate}`);
      expect(server.states).toEqual([tracestate, tracestate, 'inside=1']);
      for (const phase of ['image', 'staged', 'started', 'run', 'collected'])
        expect(named(phase).map(({ parentSpanId }) => parentSpanId)).toContain(execution?.spanId);
      // A container cannot add to the trace of others.
      const calls = named('GET echo');
      expect(calls.map(({ parentSpanId }) => parentSpanId)).toEqual(calls.map(() => execution?.spanId));
      expect(called).toEqual(calls.map(({ spanId }) => `00-${trace}-${spanId}-01`));
      expect(called).toHaveLength(3);
      const code = execution?.attributes.find(({ key }) => key === 'exec_agent.code');
      expect(code?.value).toEqual({ stringValue: 'OK' });
    });
  });

  test('without a collector the trace of the request is handed on to containers and services', async () => {
    server.called.length = 0;
    server.states.length = 0;
    expect(await runTraced({ runtime: 'oci' }, server)).toBe(`${traceparent} ${tracestate}`);
    expect(server.called).toEqual([traceparent, traceparent, traceparent]);
    expect(server.states).toEqual([tracestate, tracestate, 'inside=1']);
  });

  test.each(
    Object.entries(elsewhere),
  )('%s: what is submitted there is one trace with its sender', async (_, submit) => {
    server.spans.length = 0;
    const exporting = configSchema.parse({ otlpEndpoint: server.url, otlpProtocol: 'http/json' });
    const tracing = await openTracing(exporting, createSilentLogger());
    let inside: string;
    try {
      inside = await runTraced({ runtime: 'oci', tes: true }, server, { tracing, submit });
    } finally {
      await tracing?.close();
    }
    const named = (name: string) => server.spans.filter((span) => span.name === name);
    const [execution] = named('execution');
    expect(inside).toContain(`00-${trace}-${execution?.spanId}-01 ${tracestate}`);
    const phases = ['image', 'staged', 'started', 'run', 'collected'].flatMap(named);
    expect(phases.length).toBeGreaterThanOrEqual(5);
    for (const { parentSpanId, traceId } of phases) expect([parentSpanId, traceId]).toEqual([execution?.spanId, trace]);
    const parents = [caller, ...named('POST /ga4gh/tes/v1/tasks').map(({ spanId }) => spanId)];
    expect(parents).toContain(execution?.parentSpanId);
  });
});

describeWith(['redis', 'oci'], 'traces: the program', () => {
  test('sends what is left when it is stopped', async () => {
    const server = await openServer();
    const deployment = await openDeployment({ runtime: 'oci', port: await findFreePort() });
    const { config } = deployment;
    const env = { ...environmentOf(config), OTEL_EXPORTER_OTLP_ENDPOINT: server.url, LOG_LEVEL: 'info' };
    const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
    const agent = startAgentProcess({ program: [program, 'serve'], env });
    try {
      await agent.ready;
      await fetch(`http://127.0.0.1:${config.port}/v1/executions`, { headers: { traceparent } });
      agent.kill('SIGTERM');
      await agent.ended;
      expect(Buffer.concat(server.protobuf).includes(Buffer.from(trace, 'hex'))).toBe(true);
    } finally {
      agent.kill('SIGKILL');
      await deployment.close();
      await server.close();
    }
  });
});

describe('traces: exporter', () => {
  test('sends protobuf by default, and is off without a variable that asks for it', async () => {
    const server = await openServer();
    try {
      const silent = createSilentLogger();
      expect(await openTracing(configSchema.parse({}), silent)).toBeUndefined();
      const endpoint = { otlpTracesEndpoint: `${server.url}/v1/traces` };
      expect(await openTracing(configSchema.parse({ ...endpoint, tracesExporter: 'none' }), silent)).toBeUndefined();
      expect(await openTracing(configSchema.parse({ ...endpoint, tracingOff: 'true' }), silent)).toBeUndefined();
      const tracing = await openTracing(configSchema.parse(endpoint), silent);
      tracing?.start({ name: 'one', parent: traceparent }).end();
      await tracing?.close();
      expect(server.protobuf[0]?.includes(Buffer.from(trace, 'hex'))).toBe(true);
    } finally {
      await server.close();
    }
  });

  test('keeps what the caller decided about recording, and takes the share that is set', async () => {
    const server = await openServer();
    try {
      const config = { otlpEndpoint: server.url, otlpProtocol: 'http/json' };
      const silent = createSilentLogger();
      const usual = await openTracing(configSchema.parse(config), silent);
      const unrecorded = usual?.start({ name: 'not recorded', parent: traceparent.replace(/01$/, '00') });
      unrecorded?.end();
      expect(unrecorded?.traceparent).toMatch(new RegExp(`^00-${trace}-.*-00$`));
      const none = await openTracing(
        configSchema.parse({ ...config, tracesSampler: 'traceidratio', tracesSamplerRatio: 0 }),
        silent,
      );
      none?.start({ name: 'in no share', parent: traceparent }).end();
      const odd = await openTracing(configSchema.parse({ ...config, tracesSampler: 'unheard_of' }), silent);
      odd?.start({ name: 'recorded' }).end();
      for (const each of [usual, none, odd]) await each?.close();
      expect(server.spans.map(({ name }) => name)).toEqual(['recorded']);
    } finally {
      await server.close();
    }
  });
});
