import { messageOf } from '../../../support/exec-error.ts';
import type { Confinement } from '../../../wire/plan/plan.ts';
import { once } from '../../once.ts';
import type { EngineParts, ReadyEngine } from '../oci-parts.ts';
import { prepareEngine } from './prepare-engine.ts';

/** The OCI runtimes of this machine, each made ready when it is first wanted. */
export interface EngineChoice {
  /** The first that works here. */
  usual(): Promise<ReadyEngine>;
  /** Returns the named runtime. If it is unusable and a fallback is allowed, returns the usual one. */
  choose(confinement: Pick<Confinement, 'ociRuntime'>): Promise<ReadyEngine>;
  /** Why the named runtime is unusable; undefined: it is usable. */
  obstacleTo(name: string): Promise<string | undefined>;
}

// Trying a runtime takes seconds, so a failure is kept this long, also if the operator installs the runtime meanwhile.
const failureHoldMs = 60_000;

export function createEngineChoice(parts: EngineParts): EngineChoice {
  const { options, closed } = parts;
  const usual = once(() => prepareEngine(parts, closed));
  const named = new Map<string, { readonly engine: Promise<ReadyEngine>; failedAt?: number }>();
  const ready = (name: string): Promise<ReadyEngine> => {
    const known = named.get(name);
    if (known !== undefined && options.clock.now() - (known.failedAt ?? Number.POSITIVE_INFINITY) < failureHoldMs)
      return known.engine;
    const engine = prepareEngine({ ...parts, options: { ...options, engines: [name] } }, closed);
    const entry: { readonly engine: Promise<ReadyEngine>; failedAt?: number } = { engine };
    named.set(name, entry);
    engine.catch(() => {
      entry.failedAt = options.clock.now();
    });
    return engine;
  };

  return {
    usual,
    choose({ ociRuntime }) {
      if (ociRuntime === undefined) return usual();
      return ociRuntime.missing === 'refuse' ? ready(ociRuntime.name) : ready(ociRuntime.name).catch(usual);
    },
    obstacleTo: (name) => ready(name).then(() => undefined, messageOf),
  };
}
