import type { ObjectStore } from '../objects/object-store.ts';
import type { SettleGraph } from './graph/create-graph-settler.ts';
import type { PutToUrl } from './upload/put-to-url.ts';

export interface OutputLimits {
  /** Largest file whose content is returned. */
  readonly maxFileContentBytes: number;
  /** What one answer may hold of all that is collected, as JSON text, unless the caller says. */
  readonly maxAnswerContentBytes: number;
  /** Maximum total size of the files below one collected directory, and of the bytes read and uploaded. */
  readonly maxOutputBytes: number;
  /** Maximum number of entries of any kind below one collected directory. */
  readonly maxOutputFiles: number;
  /** How deep directories may be nested. */
  readonly maxOutputDepth?: number;
  readonly maxGraphBytes: number;
  /** Files that are uploaded at once. */
  readonly uploadConcurrency: number;
  /** Seconds for which an uploaded object can be read by a URL in the answer; absent: no URLs. */
  readonly presignSeconds?: number;
}

export interface OutputCollectorOptions {
  readonly store: ObjectStore;
  readonly limits: OutputLimits;
  /** Absent: nothing is sent to URLs. */
  readonly putToUrl?: PutToUrl | undefined;
  /** Absent: graphs are checked on the event loop. */
  readonly settleGraph?: SettleGraph | undefined;
}
