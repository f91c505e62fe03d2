import { text } from 'node:stream/consumers';

// Reads what the demo printed: each line must be a response, and there must be some.
const lines = (await text(process.stdin)).trimEnd().split('\n');
for (const line of lines) {
  const response = JSON.parse(line);
  if (typeof response.execution_id !== 'string') throw new Error(`not a response: ${line}`);
}
