import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Config } from '../../agent/config/config-schema.ts';
import { packageVersion } from '../../support/files/package-version.ts';
import { settlesWithin } from '../../support/time/deadline.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { SpanStart, Tracing } from '../../telemetry/tracing.ts';
import { chooseSampler } from './choose-sampler.ts';

export interface ExportedTracing extends Tracing {
  /** Sends what is left, as far as that works within a few seconds. */
  close(): Promise<void>;
}

const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT };
// A collector that is away must not keep a stopping agent.
const flushMs = 3000;

/** Sends spans to an OpenTelemetry collector, in batches. What it does not take is left out. */
export function exportSpans(config: Config, logger: Logger): ExportedTracing {
  const provider = new TracerProvider({
    resource: describeAgent(),
    sampler: chooseSampler(config, logger),
    spanProcessors: [new BatchSpanProcessor({ exporter: reportFailures(createExporter(config, logger), logger) })],
  });
  const tracer = provider.getTracer('exec-agent', packageVersion());
  return {
    start({ name, kind, parent, at, attributes = {} }: SpanStart) {
      const options = { attributes, ...(kind && { kind: kinds[kind] }), ...(at !== undefined && { startTime: at }) };
      const span = tracer.startSpan(name, options, contextOf(parent));
      const { traceId, spanId, traceFlags } = span.spanContext();
      return {
        traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
        end(end = {}) {
          if (end.attributes !== undefined) span.setAttributes(end.attributes);
          if (end.error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: end.error });
          span.end(end.at);
        },
      };
    },
    async close() {
      await settlesWithin(
        provider.shutdown().catch(() => undefined),
        flushMs,
      );
    },
  };
}

function contextOf(parent: string | undefined) {
  if (parent === undefined) return ROOT_CONTEXT;
  const [, traceId = '', spanId = '', flags = ''] = parent.split('-');
  const remote = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return trace.setSpanContext(ROOT_CONTEXT, remote);
}

/** `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` win. */
function describeAgent() {
  const own = { 'service.name': 'exec-agent', 'service.version': packageVersion() };
  return defaultResource()
    .merge(resourceFromAttributes(own))
    .merge(detectResources({ detectors: [envDetector] }));
}

function createExporter(config: Config, logger: Logger): SpanExporter {
  const { otlpProtocol: protocol } = config;
  const url = urlOf(config);
  const options = url === undefined ? {} : { url };
  if (protocol === 'http/json') return new JsonExporter(options);
  if (protocol !== 'http/protobuf')
    logger.warn({ protocol }, 'OTEL_EXPORTER_OTLP_PROTOCOL: use http/protobuf or http/json; sending http/protobuf');
  return new ProtobufExporter(options);
}

/** As the exporter would read it from the environment, also where it is set in a file. */
function urlOf({ otlpEndpoint, otlpTracesEndpoint }: Config): string | undefined {
  if (otlpTracesEndpoint !== undefined) return otlpTracesEndpoint;
  return otlpEndpoint === undefined ? undefined : `${otlpEndpoint.replace(/\/+$/, '')}/v1/traces`;
}

/** Otherwise nobody would see why no trace arrives. Of failures in a row, the first one is logged. */
function reportFailures(exporter: SpanExporter, logger: Logger): SpanExporter {
  let isFailing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const failed = result.error !== undefined || result.code !== 0;
        if (failed && !isFailing)
          logger.warn({ problem: result.error?.message ?? 'refused', spans: spans.length }, 'traces could not be sent');
        isFailing = failed;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
