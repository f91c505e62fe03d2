import cors from '@fastify/cors';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { createRateLimiter } from '../../access/rate-limiter.ts';
import { identifyCaller } from './caller.ts';
import { type ConnectionShares, createConnectionShares, tooManyConnections } from './connection-shares.ts';
import { createBareApp, type HttpApp, rememberCallers } from './http-app.ts';
import type { HttpOptions } from './http-options.ts';
import { HttpProblem, problemOf, sendProblem } from './problem.ts';
import { addRoutes } from './routes/add-routes.ts';

/** @param prepare sees the server before it has routes */
export async function createHttpApp(
  options: HttpOptions,
  shares: ConnectionShares = createConnectionShares(options.limits.connectionsPerCaller),
  prepare: (app: HttpApp) => Promise<void> = async () => undefined,
): Promise<HttpApp> {
  const app = createBareApp(options.limits);
  await prepare(app);
  await app.register(cors, {
    origin: options.corsOrigins.includes('*') ? '*' : [...options.corsOrigins],
    methods: ['GET', 'POST', 'PUT', 'DELETE'],
    exposedHeaders: ['location', 'retry-after'],
    maxAge: 600,
    strictPreflight: false,
  });
  const callers = rememberCallers(app);
  const limiter = createRateLimiter(options.limits.requestsPerSecond);

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    const { scope } = request.routeOptions.config;
    if (scope === undefined) return;
    if (!options.isConnected()) throw new HttpProblem(503, 'Redis is away. Try again later.', { 'retry-after': '5' });
    const caller = await identifyCaller(request, scope, options);
    callers.remember(request, caller);
    // Without a token, the address is all that is known of the caller.
    if (request.headers.authorization !== undefined && !shares.assign(request.socket, caller.tenant))
      throw new HttpProblem(
        429,
        tooManyConnections(`The tenant ${caller.tenant}`, options.limits.connectionsPerCaller),
        { 'retry-after': '5', connection: 'close' },
      );
    const waitMs = limiter.take(caller.tenant, performance.now());
    if (waitMs > 0)
      throw new HttpProblem(
        429,
        `The tenant ${caller.tenant} sent more than ${options.limits.requestsPerSecond} requests per second (EXEC_HTTP_RATE).`,
        { 'retry-after': String(Math.ceil(waitMs / 1000)) },
      );
  });

  app.addHook('onResponse', async (request, reply) => {
    const { url: route = 'none', config } = request.routeOptions;
    const { statusCode: status, elapsedTime } = reply;
    options.metrics.answered({ method: request.method, route, status, seconds: elapsedTime / 1000 });
    const { action } = config;
    const caller = callers.find(request);
    if (action === undefined || caller === undefined) return;
    const target = String(reply.getHeader('location') ?? pathOf(request.url));
    const what = { at: options.clock.now(), ...caller, from: request.ip, action, target };
    await options.audit
      .note({ ...what, result: String(reply.statusCode) })
      .catch((error: unknown) => options.logger.error({ err: error }, 'the audit log could not be written'));
  });

  app.setErrorHandler((error, request, reply) => {
    const told = problemOf(
      hasZodFastifySchemaValidationErrors(error) ? new HttpProblem(400, sentenceOf(error.validation)) : error,
    );
    if (told.problem.status >= 500) options.logger.error({ err: error, url: request.url }, 'an HTTP request failed');
    return sendProblem(reply, told);
  });
  app.setNotFoundHandler((request) => {
    throw new HttpProblem(404, `There is no ${request.method} ${pathOf(request.url)}. GET /docs lists the routes.`);
  });

  addRoutes(app, options);
  await app.ready();
  return app;
}

interface Wrong {
  readonly instancePath: string;
  readonly message?: string;
}

function sentenceOf(wrong: readonly Wrong[]): string {
  return wrong.map(({ instancePath, message = '' }) => `${instancePath.replace(/^\//, '')}: ${message}.`).join(' ');
}

function pathOf(url: string): string {
  return url.split('?')[0] ?? '';
}
