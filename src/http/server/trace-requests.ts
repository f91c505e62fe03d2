import type { FastifyRequest } from 'fastify';
import type { TraceSpan, Tracing } from '../../telemetry/tracing.ts';
import { readTraceparent, readTracestate } from '../../wire/traceparent.ts';
import { whenClosed } from '../when-closed.ts';
import type { HttpApp } from './bare-app.ts';

/**
 * Makes each request for which a caller is needed a span, as part of the trace that its header names.
 * @param tracing absent: what is done because of a request is part of that trace directly
 */
export function traceRequests(app: HttpApp, tracing: Tracing | undefined): void {
  const spans = new WeakMap<FastifyRequest, TraceSpan>();
  app.decorateRequest('traceparent', {
    getter() {
      return spans.get(this)?.traceparent ?? readTraceparent(this.headers.traceparent);
    },
  });
  app.decorateRequest('tracestate', {
    getter() {
      // Without the trace that it belongs to it says nothing.
      const { traceparent, tracestate } = this.headers;
      return readTraceparent(traceparent) === undefined ? undefined : readTracestate(tracestate);
    },
  });
  if (tracing === undefined) return;
  app.addHook('onRequest', async (request, reply) => {
    const { url: route = '', config } = request.routeOptions;
    if (config.scope === undefined) return;
    const { method, headers, id } = request;
    const attributes = { 'http.request.method': method, 'http.route': route, 'exec_agent.request_id': id };
    const parent = readTraceparent(headers.traceparent);
    const span = tracing.start({ name: `${method} ${route}`, kind: 'server', parent, attributes });
    spans.set(request, span);
    whenClosed(reply, () => {
      const { statusCode: status, raw } = reply;
      if (raw.headersSent)
        span.end({
          attributes: { 'http.response.status_code': status },
          error: status >= 500 ? `status ${status}` : undefined,
        });
      else span.end({ error: 'the client left before the response' });
    });
  });
}
