import type { ServiceProxy } from '../proxy/create-service-proxy.ts';
import type { SandboxNetwork } from '../runtimes/runtime.ts';
import type { Logger } from '../telemetry/log.ts';
import type { ExecutionPlan } from '../wire/plan.ts';
import type { Progress, Spendings } from '../wire/record.ts';
import type { Journal } from './journal.ts';

/** What the containers of one execution reach, as long as they run. */
export interface ServiceAccess {
  readonly network: SandboxNetwork;
  /** Writes down with the progress what was spent, and again while more is: budgets outlive the agent. */
  readonly journal: Journal;
  /** undefined: no service was granted. */
  spending(): Spendings | undefined;
  /** Nothing can be called any more, and what was spent is written down. Safe to repeat. */
  end(): Promise<void>;
}

export interface AccessOptions {
  readonly plan: Pick<ExecutionPlan, 'id' | 'network'>;
  readonly services: Pick<ServiceProxy, 'open'>;
  readonly journal: Journal;
  /** As an agent that vanished had written it down. */
  readonly spent?: Spendings | undefined;
  readonly logger: Logger;
}

// What is spent in this time before a crash is not counted after it.
const keepEveryMs = 1000;

export function openAccess({ plan, services, journal, spent, logger }: AccessOptions): ServiceAccess {
  const { mode, ports, services: granted, budgets = {} } = plan.network;
  const nothing = { network: { mode, ports }, journal, spending: () => undefined, end: async () => undefined };
  if (granted.length === 0) return nothing;

  const grant = { executionId: plan.id, services: granted, budgets };
  const session = services.open(spent === undefined ? grant : { ...grant, spent });
  const tally = keepTally(journal, () => session.spending());
  // Who has lost the execution, or Redis, hears of it by what comes next.
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

/** Adds what was spent to every progress that is written down. */
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
