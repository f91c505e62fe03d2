import type { Confinement, Resources } from '../../wire/plan/plan.ts';
import type { Severity } from '../../wire/scan.ts';
import type { Sentence } from '../../wire/sentence.ts';
import type { PolicyDocument } from './policy-schema.ts';

/** What holds where the policy file says nothing: the agent's own settings. */
export interface PolicyBase {
  readonly defaults: Limits;
  readonly maxima: Maxima;
  /** Whether the image name `host` is allowed. */
  readonly hostImage: boolean;
  readonly openFiles: number;
  /** Host ports that requests may publish: ports and ranges. */
  readonly ports: readonly string[];
  /** The services that there are. */
  readonly offered: readonly OfferedService[];
  /** What containers with services find on this port of theirs is the agent. */
  readonly servicePort: number;
}

export interface OfferedService {
  readonly name: string;
  /** Whether a budget of tokens means anything. */
  readonly countsTokens: boolean;
}

type Limits = Pick<Required<Resources>, 'cpus' | 'memoryBytes' | 'pids' | 'scratchBytes' | 'shmBytes'> & {
  readonly timeoutSeconds: number;
};

type Maxima = Limits & {
  /** Absent: as many as there are. */
  readonly gpus?: number | undefined;
  readonly priority?: number | undefined;
};

/** The agent's settings and the file that stands above them. */
export interface Policy {
  readonly base: PolicyBase;
  readonly document: PolicyDocument;
}

/** Whom and what a policy is applied to. */
export interface PolicySubject {
  readonly tenant: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ScanPolicy {
  readonly mode: 'off' | 'warn' | 'deny';
  readonly severity: Severity;
  readonly unscannable: 'warn' | 'deny';
  /** `until` in epoch milliseconds, inclusive. */
  readonly exceptions: readonly { readonly id: string; readonly until: number }[];
}

/** What a policy comes down to for one subject. */
export interface PolicySettings {
  readonly images: {
    /** Undefined: every image. */
    readonly allow: readonly string[] | undefined;
    readonly deny: readonly string[];
    readonly digestRequired: boolean;
    readonly host: boolean;
  };
  readonly defaults: Limits;
  readonly maxima: Maxima;
  readonly scan: ScanPolicy;
  readonly confinement: Confinement;
  readonly readOnlyRoot: boolean;
  readonly openFiles: number;
  readonly openNetwork: boolean;
  /** Undefined: everything that there is. */
  readonly services: readonly string[] | undefined;
  readonly ports: readonly string[];
  readonly secrets: readonly string[];
}

/** What one setting says of a request, or of its image. */
export interface Finding {
  /** As in the policy file: `images.deny`. */
  readonly setting: string;
  /** `later`: it is judged when the digest is known. */
  readonly verdict: 'sets' | 'skips' | 'passes' | 'later' | 'refuses';
  /** Explains the verdict. For `refuses`, a whole sentence for the sender of the request. */
  readonly says: Sentence;
  /** Of a refusal; absent: POLICY_DENIED. */
  readonly code?: 'INVALID_REQUEST';
}
