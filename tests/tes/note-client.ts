import { appendFile } from 'node:fs/promises';

/** For `npm run test:tes -- --json`. */
export async function noteClient(client: string): Promise<void> {
  const file = process.env.EXEC_TEST_CLIENTS;
  if (file !== undefined) await appendFile(file, `${client}\n`);
}
