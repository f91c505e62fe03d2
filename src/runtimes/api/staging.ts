import type { Readable } from 'node:stream';
import type { Mask } from '../../support/text/mask.ts';
import type { Input, Output } from '../../wire/plan/plan.ts';
import type { StagingLimits } from '../../wire/pod/keeper.ts';
import type { Collected } from '../../wire/record/record.ts';
import type { WorkspaceRoots } from '../../workspace/resolve-in-volumes.ts';
import type { StageReport } from '../../workspace/stage-report.ts';

/** Who may share input files with whom, for what is fetched again and again. */
export interface StageOptions {
  readonly tenant: string;
  /** Volumes that no container can write to, by container path. */
  readonly readOnly: readonly string[];
}

export interface CollectOptions {
  /** Maximum size of the collected content in the response, in bytes of JSON. Absent: the limit of the staging. */
  readonly roomBytes?: number;
  /** Hides secrets in file contents and in the graph, also when they move to the object store. */
  readonly mask?: Mask;
}

/** Moves data into and out of directories of this host, for drivers whose volumes are such directories. */
export interface Staging {
  stage(
    workspace: WorkspaceRoots,
    inputs: readonly Input[],
    signal: AbortSignal,
    options?: StageOptions,
  ): Promise<StageReport>;
  collect(
    workspace: WorkspaceRoots,
    outputs: readonly Output[],
    signal: AbortSignal,
    options?: CollectOptions,
  ): Promise<Collected>;
}

/**
 * What a program beside the data may ask the agent for. For drivers whose volumes are elsewhere: there, a program stages and
 * collects, and the agent opens and writes what only the agent may reach.
 */
export interface Sources {
  readonly open: OpenSource;
  readonly list: ListObjects;
  readonly put: PutTarget;
  /** A URL that reads the object for a while, without credentials. Absent: there are none. */
  readonly presign?: Presign;
  /**
   * The URL by which the program itself reads or writes; undefined: its bytes go through the agent. Absent: always so.
   */
  readonly direct?: DirectUrl;
  /** The bucket of objects that name none. */
  readonly defaultBucket: string;
  readonly limits: StagingLimits;
}

/** An object; without a bucket, in the default bucket. */
export interface SourceObject {
  readonly bucket?: string | undefined;
  readonly name: string;
}

export type Source =
  | ({ readonly kind: 'object' } & SourceObject)
  /** `http:`, `https:` or `file:`; may hold secrets in its query. */
  | { readonly kind: 'url'; readonly url: string };

export interface OpenedSource {
  /** Absent: unknown until the end. */
  readonly size?: number | undefined;
  /** Ends, or fails with an ExecError. */
  readonly body: Readable;
}

/** @throws ExecError INVALID_REQUEST | POLICY_DENIED | INPUT_NOT_FOUND | STORE_UNAVAILABLE; the signal's reason */
export type OpenSource = (source: Source, signal: AbortSignal) => Promise<OpenedSource>;

/** Every object whose name starts with the prefix. @throws ExecError INPUT_NOT_FOUND | STORE_UNAVAILABLE */
export type ListObjects = (
  prefix: SourceObject,
  signal: AbortSignal,
) => AsyncIterable<{ readonly name: string; readonly size: number }>;

/**
 * Writes all bytes of the body to the object or URL, which then exists completely or not at all; returns their number.
 * @param size in bytes; absent for an object whose size is unknown before its end
 * @throws ExecError INVALID_REQUEST | POLICY_DENIED | STORE_UNAVAILABLE; the signal's reason
 */
export type PutTarget = (
  target: Source,
  content: { readonly size?: number | undefined; readonly body: Readable },
  signal: AbortSignal,
) => Promise<number>;

export type DirectUrl = (source: Source, use: 'get' | 'put') => Promise<string | undefined>;

export type Presign = (object: SourceObject) => Promise<string>;
