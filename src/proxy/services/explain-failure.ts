import { type Problem, problem } from '../problem.ts';
import type { ProxyLimits } from '../proxy-limits.ts';
import type { UpstreamFailure } from '../upstream/upstream-request.ts';

/** What a container receives when an upstream did not answer; it names the service, not where it is. */
export function explainFailure(service: string, failure: UpstreamFailure, limits: ProxyLimits): Problem {
  switch (failure.kind) {
    case 'down':
      return problem(502, 'UPSTREAM_DOWN', `The service "${service}" cannot be reached (${failure.reason}).`);
    case 'closed':
      return problem(502, 'UPSTREAM_DOWN', `The service "${service}" closed the connection before it answered.`);
    case 'invalid':
      return problem(502, 'UPSTREAM_INVALID', `The service "${service}" gave an answer that is not HTTP/1.1.`);
    case 'connect-timeout':
      return timeout(service, 'could not be connected to', limits.upstreamConnectMs);
    case 'timeout':
      return timeout(service, 'did not answer', limits.upstreamAnswerMs);
    case 'busy':
      return problem(503, 'TOO_MANY_CALLS', `Too many calls wait for the service "${service}". Try again later.`);
  }
}

function timeout(service: string, what: string, ms: number): Problem {
  return problem(504, 'UPSTREAM_TIMEOUT', `The service "${service}" ${what} within ${ms / 1000} s.`);
}
