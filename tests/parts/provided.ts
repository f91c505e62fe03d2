/** What `global-setup.ts` makes ready, for test files to `inject`. */
export interface DockerParts {
  /** `unix:///…/docker.sock`: an engine of the tests' own, without a bridge network. */
  readonly host: string;
  /** The same engine over TLS: `tcp://127.0.0.1:…`. */
  readonly tlsHost: string;
  /** `ca.pem`, `cert.pem`, `key.pem`, as `DOCKER_CERT_PATH` wants them. */
  readonly certDir: string;
}

/** Files as `docker save` writes them, one image each. */
export interface ImageArchives {
  /** `alpine:latest`: busybox alone. */
  readonly alpine: string;
  /** `python:3.9-slim`: Debian with Python 3 and R. */
  readonly python: string;
}

/** What `startS3` starts. */
export interface S3Program {
  readonly kind: 'seaweedfs' | 'minio';
  readonly path: string;
}

/** What a suite can ask for; each may be missing on a machine. */
export type TestPart = 'docker' | 'oci' | 'redis' | 'registry' | 'debian-image' | 's3' | 'compose' | 'browser';

declare module 'vitest' {
  export interface ProvidedContext {
    docker: DockerParts;
    archives: ImageArchives;
    /** A Redis for all test files; each uses names of its own in it. */
    redisUrl: string;
    s3Program: S3Program;
    /** Why a part is missing, by its name; its other values are empty then. */
    missingParts: Partial<Record<TestPart, string>>;
  }
}
