import type { ServiceProxy } from '../../proxy/create-service-proxy.ts';
import type { Grant } from '../../proxy/proxy-session.ts';
import type { SandboxNetwork } from '../../runtimes/runtime.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { ExecutionPlan } from '../../wire/plan/plan.ts';
import type { Progress, Spendings } from '../../wire/record/record.ts';
import type { Sentence } from '../../wire/sentence.ts';
import type { Journal } from '../journal.ts';

/** The services that the containers of one execution can reach while they run. */
export interface ServiceAccess {
  readonly network: SandboxNetwork;
  /** Records the spent budgets with the progress, repeatedly, so that they survive a crash of the agent. */
  readonly journal: Journal;
  /** Undefined when no service was granted. */
  spending(): Spendings | undefined;
  /** Refuses further calls and records the spent budgets. Safe to repeat. */
  end(): Promise<void>;
}

export interface AccessOptions {
  readonly plan: Pick<ExecutionPlan, 'id' | 'tenant' | 'network'>;
  readonly services: Pick<ServiceProxy, 'open'>;
  readonly journal: Journal;
  /** Errors for the container name fields of the request. */
  readonly describe?: (sentence: Sentence) => string;
  /** The spent budgets that a lost agent recorded. */
  readonly spent?: Spendings | undefined;
  readonly traceCall?: Grant['traceCall'];
  readonly logger: Logger;
}

// Budget spent in this interval before a crash is not counted after it.
const keepEveryMs = 1000;

export function openAccess({
  plan,
  services,
  journal,
  describe,
  spent,
  traceCall,
  logger,
}: AccessOptions): ServiceAccess {
  const { mode, ports, services: granted, budgets = {} } = plan.network;
  const nothing = { network: { mode, ports }, journal, spending: () => undefined, end: async () => undefined };
  if (granted.length === 0) return nothing;

  const grant = { executionId: plan.id, tenant: plan.tenant, services: granted, budgets, traceCall };
  const session = services.open(spent === undefined ? grant : { ...grant, spent }, describe);
  const tally = keepTally(journal, () => session.spending());
  // A lost execution or an unavailable Redis is reported by the next regular write.
  const keepAgain = () =>
    tally.keepAgain().catch((error: unknown) => logger.debug({ err: error }, 'spending is not written down now'));
  const timer = setInterval(keepAgain, keepEveryMs).unref();
  let ended: Promise<void> | undefined;
  return {
    network: { mode, ports, onConnection: (socket) => session.handle(socket) },
    journal: tally.journal,
    spending: () => session.spending(),
    end() {
      clearInterval(timer);
      ended ??= session.close().then(keepAgain);
      return ended;
    },
  };
}

/** Adds the spent budgets to every recorded progress. */
function keepTally(journal: Journal, spending: () => Spendings) {
  let latest: Exclude<Progress, { state: 'staging' }> | undefined;
  let kept = '';
  const keep = async (progress: NonNullable<typeof latest>) => {
    const spent = spending();
    latest = progress;
    await journal.keep({ ...progress, spent });
    kept = JSON.stringify(spent);
  };
  return {
    journal: {
      ...journal,
      keep: (progress: Progress) => (progress.state === 'staging' ? journal.keep(progress) : keep(progress)),
    },
    async keepAgain() {
      if (latest !== undefined && JSON.stringify(spending()) !== kept) await keep(latest);
    },
  };
}
