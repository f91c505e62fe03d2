/** What inputs may be read by URL. */
export interface UrlOptions {
  /** Names, addresses and networks that may be read although they are not on the public internet. */
  readonly allowedHosts: readonly string[];
  /** Directories of this machine below which `file:` URLs may be read: absolute paths. */
  readonly allowedDirectories: readonly string[];
  /** Every address of a host name. */
  readonly lookup: (host: string) => Promise<readonly string[]>;
  readonly limits: UrlLimits;
}

export interface UrlLimits {
  readonly maxRedirects: number;
  /** How long a server may be silent, from the connecting on; how long it may take in all is the staging's deadline. */
  readonly idleMs: number;
}
