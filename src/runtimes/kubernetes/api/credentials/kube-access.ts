/** What a request is authorized with; an empty one is anonymous. */
export interface Credential {
  readonly token?: string;
  /** PEM texts. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

export interface CredentialSource {
  /** For messages: `the token in /run/token`. */
  readonly origin: string;
  /**
   * The credential to use now, from a cache where it is valid.
   * @throws ExecError RUNTIME_UNAVAILABLE that names the file or the program and the fix
   */
  get(): Promise<Credential>;
  /** Drops a credential that the API server refused; false when asking again gives the same one. */
  refused(credential: Credential): Promise<boolean>;
}

/** One API server and how to talk to it. */
export interface KubeAccess {
  /** May have a path, behind a proxy of several clusters. */
  readonly server: URL;
  /** PEM texts of its authorities; absent: those that Node.js knows. */
  readonly ca?: string;
  /** The name that its certificate must have; absent: that of the URL. */
  readonly serverName?: string;
  /** Its certificate is not checked. */
  readonly insecure: boolean;
  /** Of the context or the service account. */
  readonly namespace: string;
  readonly credentials: CredentialSource;
  /** For messages: `the context "dev" of /home/me/.kube/config`. */
  readonly origin: string;
}

export const defaultNamespace = 'default';
