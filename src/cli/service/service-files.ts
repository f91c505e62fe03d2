import { join } from 'node:path';
import { makeUnit } from './make-unit.ts';

export const serviceName = 'exec-agent';

/** Paths of what belongs to the service. */
export interface ServicePlaces {
  readonly unit: string;
  /** Made by "systemctl enable". */
  readonly wanted: string;
  readonly configDir: string;
  readonly environmentFile: string;
  readonly dataDir: string;
}

/** @param root the directory that everything is below; `/` for this host */
export function placesBelow(root: string): ServicePlaces {
  const units = join(root, 'etc/systemd/system');
  const configDir = join(root, 'etc', serviceName);
  return {
    unit: join(units, `${serviceName}.service`),
    wanted: join(units, 'multi-user.target.wants', `${serviceName}.service`),
    configDir,
    environmentFile: join(configDir, `${serviceName}.env`),
    dataDir: join(root, 'var/lib', serviceName),
  };
}

export const environmentText = `# Settings of the service, one NAME=VALUE per line. "exec-agent config" lists them.
# After a change: systemctl restart ${serviceName}
#REDIS_URL=redis://localhost:6379
#EXEC_CONCURRENCY=4
`;

/** Octal permissions of a directory or file, and the text of a file. */
export interface ServiceEntry {
  readonly path: string;
  readonly mode: number;
  /** Absent: a directory. */
  readonly text?: string;
  /** What an administrator may have changed stays as it is. */
  readonly keeps: boolean;
}

export interface ServiceOptions {
  readonly root: string;
  /** What starts the program, without arguments. */
  readonly command: readonly string[];
  /** Absent: root. */
  readonly user: string | undefined;
}

/** What an installation writes, in order. systemd makes the data directory when the service starts. */
export function listEntries({ root, command, user }: ServiceOptions): readonly ServiceEntry[] {
  const { unit, configDir, environmentFile } = placesBelow(root);
  const text = makeUnit({ command, user, environmentFile: placesBelow('/').environmentFile });
  return [
    { path: configDir, mode: 0o700, keeps: true },
    { path: environmentFile, mode: 0o600, text: environmentText, keeps: true },
    { path: unit, mode: 0o644, text, keeps: false },
  ];
}
