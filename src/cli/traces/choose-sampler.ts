import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { Config } from '../../agent/config/config-schema.ts';
import type { Logger } from '../../telemetry/log.ts';

/** By the names that OpenTelemetry gives them. */
export function chooseSampler({ tracesSampler: name, tracesSamplerRatio: ratio }: Config, logger: Logger) {
  const roots = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  };
  const [, parentBased, rootName = ''] = /^(parentbased_)?(.*)$/.exec(name) ?? [];
  const known = Object.entries(roots).find(([root]) => root === rootName)?.[1];
  if (known === undefined)
    logger.warn({ sampler: name }, 'OTEL_TRACES_SAMPLER: not supported; every trace is recorded');
  const root = (known ?? roots.always_on)();
  return parentBased === undefined && known !== undefined ? root : new ParentBasedSampler({ root });
}
