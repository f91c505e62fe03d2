import { decimal, flag, text } from './config-values.ts';

const group = 'Traces';

/** The names are those of OpenTelemetry. What is not known is reported and left out, as its specification demands. */
export const traceSettings = {
  otlpEndpoint: text().optional().meta({
    group,
    env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    description:
      'URL of an OpenTelemetry collector (OTLP over HTTP), such as http://localhost:4318. Traces are sent to it; unset: none are made.',
  }),
  otlpTracesEndpoint: text().optional().meta({
    group,
    env: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    description: 'The same for traces alone, with the whole path: http://localhost:4318/v1/traces.',
  }),
  otlpProtocol: text().default('http/protobuf').meta({
    group,
    env: 'OTEL_EXPORTER_OTLP_PROTOCOL',
    description: 'http/protobuf or http/json.',
  }),
  tracesExporter: text().optional().meta({
    group,
    env: 'OTEL_TRACES_EXPORTER',
    description: 'otlp sends traces also without an endpoint, to http://localhost:4318. none sends no traces.',
  }),
  tracingOff: flag().default(false).meta({
    group,
    env: 'OTEL_SDK_DISABLED',
    description: 'Send no traces.',
  }),
  tracesSampler: text().default('parentbased_always_on').meta({
    group,
    env: 'OTEL_TRACES_SAMPLER',
    description:
      'Which traces are sent: always_on, always_off, traceidratio; with parentbased_ in front, what the caller decided stays.',
  }),
  tracesSamplerRatio: decimal(0, 1).default(1).meta({
    group,
    env: 'OTEL_TRACES_SAMPLER_ARG',
    description: 'Share of the traces that traceidratio sends, from 0 to 1.',
  }),
};
