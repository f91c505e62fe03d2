import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { Scope } from '../../wire/scopes.ts';
import type { Caller } from '../callers/caller.ts';
import { problemOf, sendProblem } from '../problem.ts';
import { withoutBase } from './base-path.ts';
import { judgePart } from './judge-part.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; known on every route that names a scope. */
    readonly caller: Caller;
    /** W3C traceparent for what is done because of it. */
    readonly traceparent: string | undefined;
    /** W3C tracestate that came with it. */
    readonly tracestate: string | undefined;
  }
  interface FastifyContextConfig {
    /** What a token must allow; absent: everybody may. */
    scope?: Scope;
    /** Written to the audit log as this. */
    action?: string;
  }
}

const longestParameter = 2048;
const requestIdHeader = 'x-request-id';
// What a log line and a header can hold as it is.
const plainRequestId = /^[\w.:-]{1,128}$/;

/** A server without routes; nothing listens yet. @param base of its URLs, as {@link withoutBase} has it */
export function createBareApp({ maxMessageBytes }: { readonly maxMessageBytes: number }, base = '') {
  const app = Fastify({
    rewriteUrl: ({ url = '/' }) => withoutBase(url, base),
    bodyLimit: maxMessageBytes,
    routerOptions: { maxParamLength: longestParameter, ignoreTrailingSlash: true },
    // What the router itself refuses, such as a name that is wrongly encoded.
    frameworkErrors: (error, request, reply) =>
      void sendProblem(reply.header(requestIdHeader, request.id), problemOf(error)),
    genReqId: ({ headers }) => {
      const given = headers[requestIdHeader];
      return typeof given === 'string' && plainRequestId.test(given) ? given : randomUUID();
    },
  }).withTypeProvider<ZodTypeProvider>();
  app.addHook('onRequest', async (request, reply) => {
    reply.header(requestIdHeader, request.id);
  });
  // What goes out is made by our own types; the tests compare it with the schemas.
  app.setSerializerCompiler(() => JSON.stringify);
  // Each module parses bodies for itself, so that it can keep every digit and name the field that is wrong.
  app.setValidatorCompiler<z.core.$ZodType>(({ httpPart, schema }) =>
    httpPart === 'body' ? asItIs : (value: unknown) => judgePart(schema, value),
  );
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  return app;
}

function asItIs(value: unknown) {
  return { value };
}

export type HttpApp = ReturnType<typeof createBareApp>;

export interface Callers {
  remember(request: FastifyRequest, caller: Caller): void;
  find(request: FastifyRequest): Caller | undefined;
}

/** Remembers who sent which request. */
export function rememberCallers(app: HttpApp): Callers {
  const callers = new WeakMap<FastifyRequest, Caller>();
  app.decorateRequest('caller', {
    getter() {
      const caller = callers.get(this);
      if (caller === undefined) throw new Error('a route that asks for the caller has to name a scope');
      return caller;
    },
  });
  return {
    remember: (request, caller) => void callers.set(request, caller),
    find: (request) => callers.get(request),
  };
}
