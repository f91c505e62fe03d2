import cors from '@fastify/cors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { createRateLimiter } from '../../access/rate-limiter.ts';
import type { ExecError } from '../../support/exec-error.ts';
import { formatBytes } from '../../support/text/bytes.ts';
import { identifyCaller } from '../callers/caller.ts';
import { bearerCredentials } from '../callers/credentials.ts';
import { createOpenStreams } from '../callers/open-streams.ts';
import type { HttpModule, HttpRoom, HttpRoomOptions } from '../http-room.ts';
import { HttpProblem, problemOf, sendProblem } from '../problem.ts';
import { whenClosed } from '../when-closed.ts';
import { createBareApp, type HttpApp, rememberCallers } from './bare-app.ts';
import { withoutBase } from './base-path.ts';
import { type ConnectionShares, createConnectionShares, tooManyConnections } from './connection-shares.ts';
import { refuseUnknownQuery } from './judge-part.ts';
import { traceRequests } from './trace-requests.ts';

/** @param prepare sees the server before it has routes */
export async function createHttpApp(
  options: Omit<HttpRoomOptions, 'loadModules'>,
  modules: readonly HttpModule[],
  shares: ConnectionShares = createConnectionShares(options.limits.connectionsPerCaller),
  prepare: (app: HttpApp) => Promise<void> = async () => undefined,
): Promise<HttpApp> {
  const app = createBareApp(options.limits, options.base);
  await prepare(app);
  await app.register(cors, {
    origin: options.corsOrigins.includes('*') ? '*' : [...options.corsOrigins],
    methods: ['GET', 'POST', 'PUT', 'DELETE'],
    exposedHeaders: ['location', 'retry-after', 'x-request-id'],
    maxAge: 600,
    strictPreflight: false,
  });
  traceRequests(app, options.tracing);
  placeBelow(app, options.base);
  const callers = admitCallers(app, options, modules, shares);
  app.addHook('preValidation', async ({ query, routeOptions: { config, schema } }) => {
    // Routes that are not in our description follow that of others, whose clients may send more.
    if (config.scope !== undefined && schema?.hide !== true) refuseUnknownQuery(schema?.querystring, query);
  });
  auditAndMeasure(app, options, callers);
  answerErrors(app, options);
  const room = { streams: createOpenStreams(options.limits), limits: options.limits };
  for (const module of modules) await plugIn(app, module, room, options);
  const home = modules.find((module) => module.home !== undefined)?.home;
  if (home !== undefined) app.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect(home));
  await app.ready();
  return app;
}

/** In place of the status of a response that nobody got. */
const clientLeft = 499;

type AppOptions = Parameters<typeof createHttpApp>[0];

/** Before a handler runs: who asks, whether they may, and whether they have asked too often. */
function admitCallers(app: HttpApp, options: AppOptions, modules: readonly HttpModule[], shares: ConnectionShares) {
  const { tokens, corsOrigins, limits } = options;
  const callers = rememberCallers(app);
  const limiter = createRateLimiter(limits.requestsPerSecond);
  const more = modules.flatMap((module) => module.credentials ?? []);
  const rules = { tokens, corsOrigins, credentials: [bearerCredentials(options), ...more] };

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    const { scope } = request.routeOptions.config;
    if (scope === undefined) return;
    if (!options.isConnected()) throw new HttpProblem(503, 'Redis is away. Try again later.', { 'retry-after': '5' });
    const caller = await identifyCaller(request, scope, rules);
    callers.remember(request, caller);
    // Without a token, the address is all that is known of the caller.
    if (request.headers.authorization !== undefined && !shares.assign(request.socket, caller.tenant))
      throw new HttpProblem(429, tooManyConnections(`The tenant ${caller.tenant}`, limits.connectionsPerCaller), {
        'retry-after': '5',
        connection: 'close',
      });
    const waitMs = limiter.take(caller.tenant, performance.now());
    if (waitMs > 0)
      throw new HttpProblem(
        429,
        `The tenant ${caller.tenant} sent more than ${limits.requestsPerSecond} requests per second (EXEC_HTTP_RATE).`,
        { 'retry-after': String(Math.ceil(waitMs / 1000)) },
      );
  });
  return callers;
}

function auditAndMeasure(app: HttpApp, options: AppOptions, callers: ReturnType<typeof rememberCallers>): void {
  const measured = new WeakSet<FastifyRequest>();
  // A connection that has ended has no address any more.
  const addresses = new WeakMap<FastifyRequest, string>();
  const measure = async (request: FastifyRequest, reply: FastifyReply, status: number) => {
    measured.add(request);
    const { url: route = 'none', config } = request.routeOptions;
    const { elapsedTime } = reply;
    options.metrics.answered({ method: request.method, route, status, seconds: elapsedTime / 1000 });
    const { action } = config;
    const caller = callers.find(request);
    if (action === undefined || caller === undefined) return;
    const location = reply.getHeader('location');
    const target = location === undefined ? pathOf(request.url) : withoutBase(String(location), options.base);
    const { tenant, actor } = caller;
    const what = { at: options.clock.now(), tenant, actor, from: addresses.get(request) ?? request.ip, action, target };
    await options.audit
      .note({ ...what, result: String(status) })
      .catch((error: unknown) => options.logger.error({ err: error }, 'the audit log could not be written'));
  };
  app.addHook('onResponse', (request, reply) => measure(request, reply, reply.statusCode));
  // That comes only once all was sent. One whose client left before may have been done all the same.
  app.addHook('onRequest', async (request, reply) => {
    addresses.set(request, request.ip);
    whenClosed(reply, () => {
      if (measured.has(request)) return;
      void measure(request, reply, reply.raw.headersSent ? reply.statusCode : clientLeft);
    });
  });
}

/** Paths that lead clients to another route lead there through the proxy too. */
function placeBelow(app: HttpApp, base: string): void {
  if (base === '') return;
  app.addHook('onSend', async (_request, reply) => {
    const location = reply.getHeader('location');
    if (typeof location === 'string' && location.startsWith('/')) reply.header('location', `${base}${location}`);
  });
}

function answerErrors(app: HttpApp, options: AppOptions): void {
  app.setErrorHandler((error, request, reply) => sendProblem(reply, explain(error, request, options)));
  app.setNotFoundHandler((request) => {
    throw new HttpProblem(404, `There is no ${request.method} ${pathOf(request.url)}. GET /docs lists the routes.`);
  });
}

/** In a scope of its own: parsers and errors of one module are not those of another. */
async function plugIn(app: HttpApp, module: HttpModule, room: HttpRoom, options: AppOptions): Promise<void> {
  await app.register(async (plain) => {
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    scope.setErrorHandler((error, request, reply) =>
      sendProblem(reply, explain(error, request, options, module.describeError)),
    );
    module.addRoutes(scope, room);
  });
}

function explain(
  error: unknown,
  request: FastifyRequest,
  { logger }: AppOptions,
  describe?: (error: ExecError) => string,
) {
  const answer = problemOf(tooLarge(error, request) ?? error, describe);
  if (answer.problem.status >= 500)
    logger.error({ err: error, url: request.url, request: request.id }, 'an HTTP request failed');
  return answer;
}

/** The server itself does not say what would be taken. */
function tooLarge(error: unknown, { method, url, routeOptions }: FastifyRequest): HttpProblem | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'FST_ERR_CTP_BODY_TOO_LARGE') return undefined;
  const most = formatBytes(routeOptions.bodyLimit);
  return new HttpProblem(413, `The body of ${method} ${pathOf(url)} may have at most ${most}. Send a smaller one.`);
}

function pathOf(url: string): string {
  return url.split('?')[0] ?? '';
}
