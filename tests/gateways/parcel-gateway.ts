import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { GatewayParts } from '../../src/agent/open/open-gateways.ts';
import type { FinishedExecution, Gateway } from '../../src/gateways/gateway.ts';
import type { HttpModule } from '../../src/http/http-room.ts';
import { HttpProblem } from '../../src/http/problem.ts';
import type { Input, Output, PlanDraft } from '../../src/wire/plan/plan.ts';
import { describe, type PartNames } from '../../src/wire/sentence.ts';

/** What this gateway calls the parts of a plan: nothing is called as in the messages over Redis. */
const partNames: PartNames = {
  image: 'picture',
  command: 'line',
  entrypoint: 'start',
  user: 'who',
  stdin: 'inflow',
  workingDir: 'where',
  readOnlyRoot: 'locked',
  pull: 'fetch',
  timeout: 'patience',
  priority: 'rank',
  placement: 'home',
  secrets: 'hush',
  'resources.cpus': 'power.cores',
  'resources.memory': 'power.ram',
  'resources.pids': 'power.threads',
  'resources.scratch': 'power.room',
  'resources.shm': 'power.shared',
  'resources.gpus': 'power.cards',
  'network.mode': 'net',
  'network.ports': (port) => `doors[${port}]`,
  'network.services': 'helpers',
  'network.budget': 'purse',
  'network.tokens': (service) => `purse of ${service}`,
  'inputs.inline': 'enclosed',
  'outputs.files': 'wanted',
  'outputs.upload': 'send_to',
  'outputs.overflow': 'rest',
};

const parcelSchema = z.object({
  picture: z.string(),
  line: z.array(z.string()).default([]),
  wanted: z.array(z.string()).default([]),
  send_to: z.string().optional(),
  power: z.object({ ram: z.number().optional() }).default({}),
  /** The channel that gets the receipt. */
  box: z.string().optional(),
});

const addressSchema = z.object({ box: z.string() });

/** A receipt: the outcome in this gateway's own words. */
function receiptOf({ plan, outcome }: FinishedExecution) {
  const { failure, collected, warnings } = outcome;
  const missing = collected?.missing ?? [];
  const sentence =
    failure?.code === 'OUTPUT_MISSING' && missing.length > 0
      ? `You wanted ${missing.join(' and ')}; the program made none of it.`
      : failure && describe(failure.message, partNames);
  return {
    parcel: plan.id,
    delivered: failure === undefined,
    ...(failure === undefined ? {} : { trouble: sentence, kind: failure.code.toLowerCase().replaceAll('_', '-') }),
    notes: warnings.map((warning) => describe(warning, partNames)),
  };
}

function draftOf(text: string, tenant: string): PlanDraft {
  const { data: parcel, error } = parcelSchema.safeParse(JSON.parse(text));
  if (parcel === undefined) throw new HttpProblem(400, z.prettifyError(error));
  const out = { path: '/out', access: 'read-write' } as const;
  const wanted = parcel.wanted.map(
    (pattern, index): Output => ({
      kind: 'files',
      origin: `wanted[${index}]`,
      root: out.path,
      pattern,
      required: true,
    }),
  );
  const sent: Output[] =
    parcel.send_to === undefined ? [] : [{ kind: 'upload', origin: 'send_to', root: out.path, prefix: parcel.send_to }];
  const inputs: Input[] = [];
  return {
    version: 1,
    id: randomUUID(),
    correlationId: null,
    tenant,
    gateway: 'parcel',
    ...(parcel.box === undefined ? {} : { address: { box: parcel.box } }),
    tags: {},
    priority: 0,
    steps: [
      {
        image: { reference: parcel.picture, pull: 'missing' },
        command: parcel.line,
        env: {},
        workingDir: '/out',
        readOnlyRoot: false,
        ignoreError: false,
      },
    ],
    volumes: [out],
    scratch: ['/tmp'],
    inputs,
    outputs: [...wanted, ...sent],
    returnLogs: false,
    resources: parcel.power.ram === undefined ? {} : { memoryBytes: parcel.power.ram },
    network: { mode: 'none', services: [], ports: [] },
    retry: { attempts: 1, onExit: false },
    warnings: [],
  };
}

function createParcelModule({ queue, admit }: GatewayParts): HttpModule {
  return {
    describeError: ({ sentence }) => describe(sentence, partNames),
    addRoutes(app) {
      app.post('/parcels', { config: { scope: 'submit', action: 'submit' } }, async (request, reply) => {
        const plan = admit(draftOf(z.string().parse(request.body), request.caller.tenant));
        await queue.submit(plan, { fingerprint: plan.id, windowMs: 1000, source: plan.id });
        return reply
          .code(202)
          .type('application/json')
          .send(JSON.stringify({ parcel: plan.id }));
      });
      app.get<{ Params: { id: string } }>('/parcels/:id', { config: { scope: 'read' } }, async (request, reply) => {
        const record = await queue.find(request.caller.tenant, request.params.id);
        if (record === undefined) throw new HttpProblem(404, 'There is no such parcel.');
        const body = record.state === 'finished' ? receiptOf(record) : { parcel: record.plan.id, delivered: 'not yet' };
        return reply.type('application/json').send(JSON.stringify(body));
      });
    },
  };
}

/** A second gateway, registered as those that are built in. */
export const parcelGateway: Gateway<GatewayParts> = {
  name: 'parcel',
  responder: {
    partNames,
    async announce(finished) {
      const { data: address } = addressSchema.safeParse(finished.plan.address);
      if (address === undefined) return undefined;
      return { channel: address.box, text: JSON.stringify(receiptOf(finished)), expires: true };
    },
    announceUnreadable: () => undefined,
  },
  openHttpModule: async (parts) => createParcelModule(parts),
};
