import { type Confinement, standardConfinement } from '../../wire/plan/plan.ts';

interface Preset {
  readonly confinement: Confinement;
  readonly readOnlyRoot: boolean;
  /** Whether a request may ask for a network that reaches everything. */
  readonly openNetwork: boolean;
}

/** gVisor: a kernel of its own between the container and this machine's. */
const sandboxedRuntime = { name: 'runsc', missing: 'fall-back' } as const;

export const presets: Readonly<Record<Confinement['preset'], Preset>> = {
  standard: { confinement: standardConfinement, readOnlyRoot: false, openNetwork: false },
  strict: {
    confinement: { preset: 'strict', capabilities: [], user: 'never-root', ociRuntime: sandboxedRuntime },
    readOnlyRoot: true,
    openNetwork: false,
  },
  trusted: {
    confinement: { preset: 'trusted', capabilities: 'engine', user: 'any' },
    readOnlyRoot: false,
    openNetwork: true,
  },
};
