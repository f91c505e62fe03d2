import { text } from './config-values.ts';

/** Where secrets come from. */
export const secretSettings = {
  secretsPrefix: text().default('EXEC_SECRET_').meta({
    group: 'Secrets',
    env: 'EXEC_SECRETS_PREFIX',
    description: 'Prefix of variables that hold secrets: EXEC_SECRET_OPENAI_KEY is the secret OPENAI_KEY.',
  }),
  secretsDir: text().optional().meta({
    group: 'Secrets',
    env: 'EXEC_SECRETS_DIR',
    description: 'Directory with one file per secret, named like the secret, as Docker and Kubernetes mount them.',
  }),
  secretsFile: text().optional().meta({
    group: 'Secrets',
    env: 'EXEC_SECRETS_FILE',
    description: 'YAML or JSON file with names and values of secrets.',
  }),
  secretsMemory: text().default('/dev/shm/exec-agent').meta({
    group: 'Secrets',
    env: 'EXEC_SECRETS_MEMORY',
    description:
      'Directory on a tmpfs for secrets that containers get as files and, with the oci runtime, as variables.',
  }),
};
