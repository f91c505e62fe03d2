import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type AuditLog, unknownActor } from '../../../access/audit-log.ts';
import { createRateLimiter } from '../../../access/rate-limiter.ts';
import { type SessionStore, sessionLimits } from '../../../access/session-store.ts';
import type { TokenStore } from '../../../access/token-store.ts';
import { packageVersion } from '../../../support/files/package-version.ts';
import { readJson } from '../../../support/json/read-json.ts';
import type { Clock } from '../../../support/time/clock.ts';
import { actorOfToken } from '../../callers/caller.ts';
import type { HttpModule } from '../../http-room.ts';
import { HttpProblem } from '../../problem.ts';
import type { HttpApp } from '../../server/bare-app.ts';
import { type PageFile, readPageFiles } from './page-files.ts';
import { cookieCredentials, readCookie, refuseForeign, writeCookie } from './session-cookie.ts';

export interface DashboardOptions {
  readonly sessions: Pick<SessionStore, 'open' | 'find' | 'close'>;
  readonly tokens: TokenStore;
  readonly audit: AuditLog;
  /** As the server has it. */
  readonly base: string;
  /** Whether Redis is there, without asking it. */
  readonly isConnected: () => boolean;
  readonly clock: Clock;
}

/** Attempts to log in per second and address. */
const loginsPerSecond = 3;
const loginSchema = z.object({ token: z.string().max(512) });
const hide = { hide: true };

const pageHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
};

/** The dashboard at `/ui/`, and the sessions of its users. Its data comes from the routes of the API. */
export function createDashboardModule(options: DashboardOptions): HttpModule {
  let files: Promise<ReadonlyMap<string, PageFile>> | undefined;
  const fileOf = async (name: string) => {
    files ??= readPageFiles();
    return (await files).get(name);
  };
  return {
    home: '/ui/',
    credentials: [cookieCredentials(options)],
    addRoutes(app) {
      addSessionRoutes(app, options);
      app.get('/ui/assets/:name', { schema: hide }, async (request, reply) => {
        const { name } = z.object({ name: z.string() }).parse(request.params);
        const file = await fileOf(name);
        if (file === undefined || name === 'index.html') throw new HttpProblem(404, 'The dashboard has no such file.');
        const isGzipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
        if (isGzipped) reply.header('content-encoding', 'gzip');
        // The name has a hash of the content.
        return reply
          .headers({ ...pageHeaders, vary: 'accept-encoding', 'cache-control': 'public, max-age=31536000, immutable' })
          .type(file.type)
          .send(isGzipped ? file.gzipped : file.content);
      });
      const sendPage = async (_request: FastifyRequest, reply: FastifyReply) => {
        const page = await fileOf('index.html');
        if (page === undefined) throw new HttpProblem(404, 'The dashboard is not built. Run "npm run build".');
        return reply
          .headers({ ...pageHeaders, 'cache-control': 'no-store' })
          .type(page.type)
          .send(page.content.toString().replaceAll('%BASE%', options.base));
      };
      app.get('/ui', { schema: hide }, sendPage);
      app.get('/ui/*', { schema: hide }, sendPage);
    },
  };
}

function addSessionRoutes(app: HttpApp, { sessions, tokens, audit, base, isConnected, clock }: DashboardOptions): void {
  const limiter = createRateLimiter(loginsPerSecond);

  app.get('/ui/session', { schema: hide, config: { scope: 'read' } }, async ({ caller }, reply) =>
    reply
      .type('application/json')
      .header('cache-control', 'no-store')
      .send(JSON.stringify({ ...caller, version: packageVersion() })),
  );

  app.post('/ui/session', { schema: hide }, async (request, reply) => {
    refuseForeign(request);
    if (!isConnected())
      throw new HttpProblem(503, 'Nobody can log in while the agent cannot reach Redis. Try again later.', {
        'retry-after': '5',
      });
    const waitMs = limiter.take(request.ip, performance.now());
    if (waitMs > 0)
      throw new HttpProblem(429, 'Too many attempts to log in.', { 'retry-after': String(Math.ceil(waitMs / 1000)) });
    const { data } = readJson(String(request.body ?? ''), loginSchema);
    const now = clock.now();
    const entry = data === undefined ? undefined : await tokens.check(data.token, now);
    const note = {
      at: now,
      tenant: entry?.tenant ?? '',
      actor: entry === undefined ? unknownActor : actorOfToken(entry.id),
    };
    const result = entry === undefined ? '401' : '204';
    await audit.note({ ...note, from: request.ip, action: 'log in', target: '/ui/session', result });
    if (entry === undefined)
      throw new HttpProblem(401, 'The token is not valid. Create one with "exec-agent token create".');
    const secret = await sessions.open(entry.id, now, {
      from: request.ip,
      userAgent: request.headers['user-agent'] ?? '',
    });
    return reply
      .header('set-cookie', writeCookie(request, { secret, base, maxAge: sessionLimits.ageMs / 1000 }))
      .code(204)
      .send();
  });

  app.delete('/ui/session', { schema: hide }, async (request, reply) => {
    refuseForeign(request);
    const secret = readCookie(request);
    if (secret !== undefined) await sessions.close(secret);
    return reply.header('set-cookie', writeCookie(request, { base })).code(204).send();
  });
}
