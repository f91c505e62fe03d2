import type { CallTrace, ServiceCall } from '../proxy/call-trace.ts';
import type { SpanFacts, TraceSpan, Tracing } from '../telemetry/tracing.ts';
import type { ExecutionPlan } from '../wire/plan/plan.ts';
import type { Failure } from '../wire/record/record.ts';
import type { StepResult } from '../wire/record/step-result.ts';
import { plainText } from '../wire/sentence.ts';
import { traceIdOf } from '../wire/traceparent.ts';

/** The spans of one attempt. */
export interface ExecutionTrace {
  /** For its containers; undefined: it is part of no trace. */
  readonly traceparent: string | undefined;
  /** What tracing systems note about the trace. */
  readonly tracestate: string | undefined;
  /** @returns ends the part */
  begin(name: string, attributes?: SpanFacts): () => void;
  stepEnded(step: StepResult, index: number): void;
  /** Undefined: calls go on as they are. */
  readonly traceCall: ((call: ServiceCall) => CallTrace) | undefined;
  /**
   * Also ends the parts that are open.
   * @param ended how the attempt ended; `failed`: by an error of the agent
   */
  end(ended: 'finished' | 'detached' | 'released' | 'failed', failure: Failure | undefined): void;
}

export interface TracedAttempt {
  readonly plan: Pick<ExecutionPlan, 'id' | 'tenant' | 'correlationId' | 'steps' | 'traceparent' | 'tracestate'>;
  readonly number: number;
  /** Absent: another agent started it. */
  readonly queuedMs: number | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** @param tracing absent: the trace of the request is handed on, and nothing is added to it */
export function traceExecution(
  tracing: Tracing | undefined,
  { plan, number, queuedMs, now }: TracedAttempt,
): ExecutionTrace {
  const { traceparent: parent, tracestate } = plan;
  if (tracing === undefined) return handOn(parent, tracestate);
  if (queuedMs !== undefined) tracing.start({ name: 'queued', parent, at: now - queuedMs }).end({ at: now });
  const facts = {
    'exec_agent.execution.id': plan.id,
    'exec_agent.execution.attempt': number,
    'exec_agent.tenant': plan.tenant,
    'exec_agent.image': plan.steps[0]?.image.reference ?? '',
    ...(plan.correlationId === null ? {} : { 'exec_agent.correlation': plan.correlationId }),
  };
  const whole = tracing.start({ name: 'execution', parent, at: now, attributes: facts });
  const { traceparent } = whole;
  const begun = new Set<TraceSpan>();
  const own = { traceparent, tracestate };
  return {
    ...own,
    begin(name, attributes = {}) {
      const span = tracing.start({ name, parent: traceparent, attributes });
      begun.add(span);
      return () => {
        if (begun.delete(span)) span.end();
      };
    },
    stepEnded({ startedAt, finishedAt, exit, failure }, index) {
      const span = tracing.start({ name: 'run', parent: traceparent, at: startedAt });
      const attributes = { 'exec_agent.step': index, ...(exit && { 'exec_agent.exit_code': exit.code }) };
      span.end({ at: finishedAt, attributes, error: failure?.code });
    },
    traceCall: (call) => traceCall(tracing, own, call),
    end(ended, failure) {
      // An attempt that goes back to the queue, or on in another agent, leaves its phase without an end.
      for (const span of begun) span.end();
      begun.clear();
      const code = failure?.code ?? (ended === 'finished' ? 'OK' : undefined);
      const error = ended === 'failed' ? 'the agent could not continue' : undefined;
      whole.end({
        attributes: { 'exec_agent.ended': ended, ...(code !== undefined && { 'exec_agent.code': code }) },
        error: failure === undefined ? error : plainText(failure.message),
      });
    },
  };
}

interface Place {
  readonly traceparent: string;
  readonly tracestate: string | undefined;
}

function handOn(traceparent: string | undefined, tracestate: string | undefined): ExecutionTrace {
  const call =
    traceparent === undefined
      ? undefined
      : ({ given }: ServiceCall) => ({ ...continued({ traceparent, tracestate }, given), end: () => undefined });
  return {
    traceparent,
    tracestate,
    begin: () => () => undefined,
    stepEnded: () => undefined,
    traceCall: call,
    end: () => undefined,
  };
}

function traceCall(tracing: Tracing, own: Place, { service, method, given }: ServiceCall): CallTrace {
  const from = continued(own, given);
  const attributes = { 'exec_agent.service': service, 'http.request.method': method };
  const span: TraceSpan = tracing.start({
    name: `${method} ${service}`,
    kind: 'client',
    parent: from.traceparent,
    attributes,
  });
  return {
    ...from,
    traceparent: span.traceparent,
    end(status, failed) {
      const error = failed ? `status ${status}` : undefined;
      span.end({ attributes: { 'http.response.status_code': status }, error });
    },
  };
}

/** A container may add to its own trace alone: the header of another trace is not continued. */
function continued({ traceparent, tracestate }: Place, given: string | undefined) {
  const isOwn = given !== undefined && traceIdOf(given) === traceIdOf(traceparent);
  return { traceparent: isOwn ? given : traceparent, tracestate, keepsState: isOwn };
}
