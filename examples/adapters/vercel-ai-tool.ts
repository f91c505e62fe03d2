// A tool for the Vercel AI SDK that runs Python in a container. Install: npm install exec-agent ai zod
import { tool } from 'ai';
import { ClientError, createHttpClient } from 'exec-agent/client';
import { z } from 'zod';

const token = process.env.EXEC_TOKEN;
const client = createHttpClient({
  url: process.env.EXEC_URL ?? 'http://localhost:8082',
  ...(token === undefined ? {} : { token }),
});
const image = process.env.PYTHON_IMAGE ?? 'python:3.9-slim';

export const runPython = tool({
  description:
    'Run a Python program in an isolated container without network. Returns what it printed, and its exit code.',
  inputSchema: z.object({ code: z.string() }),
  async execute({ code }, { abortSignal }) {
    const request = { container: { image, command: ['python3', '-c', code] }, timeout: 60 };
    try {
      const { result, error } = await client.run(request, { signal: abortSignal });
      return { output: result?.output ?? '', exitCode: result?.exit_code, error };
    } catch (error) {
      if (error instanceof ClientError) return { output: '', error: `not run: ${error.message}` };
      throw error;
    }
  },
});

// With a model: generateText({ model, tools: { runPython }, prompt: 'What is 6 * 7? Compute it.' })
if (process.argv[1] === import.meta.filename) {
  const result = await runPython.execute?.({ code: 'print(6 * 7)' }, { toolCallId: '1', messages: [] });
  console.log(JSON.stringify(result));
}
