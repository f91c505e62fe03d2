import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { program } from '../agent/serve-host-image.ts';
import { startCli } from '../cli/helpers/run-cli.ts';
import { becomesTrue } from '../parts/poll.ts';
import { runCommand } from '../parts/processes/run-command.ts';
import { describeWith } from '../parts/require-part.ts';
import { findInspector } from './find-inspector.ts';
import { type McpAgent, openMcpAgent } from './open-mcp-agent.ts';

const resultSchema = CallToolResultSchema.extend({
  structuredContent: z.looseObject({
    execution_id: z.string(),
    state: z.string(),
    output: z.string().optional(),
    files: z.array(z.object({ name: z.string(), size: z.number() })).optional(),
  }),
});

describeWith(['redis', 'oci'], 'MCP server', () => {
  let directory: string;
  let agent: McpAgent;
  let client: Client;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mcp-'));
    agent = await openMcpAgent(directory);
    client = await connect(agent.token);
  });
  afterAll(async () => {
    await client?.close();
    await agent?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** The server as its users start it, with the official client on the other side. */
  async function connect(token: string, ...args: string[]): Promise<Client> {
    const connected = new Client({ name: 'test', version: '1' });
    const env = { PATH: process.env.PATH ?? '', EXEC_URL: agent.url, EXEC_TOKEN: token };
    const command = { command: process.execPath, args: [program, 'mcp', '--python-image', 'host', ...args] };
    await connected.connect(new StdioClientTransport({ ...command, env, stderr: 'inherit' }));
    return connected;
  }

  const call = async (name: string, args: Readonly<Record<string, unknown>>, from = client) =>
    resultSchema.parse(await from.callTool({ name, arguments: args }));
  const textOf = async (name: string, args: Readonly<Record<string, unknown>>, from = client) => {
    const { content, isError = false } = CallToolResultSchema.parse(await from.callTool({ name, arguments: args }));
    return { isError, text: content.map((part) => (part.type === 'text' ? part.text : part.type)).join('\n') };
  };

  test('tools: few, each with a description and schemas', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      'run_container',
      'run_python',
      'get_execution',
      'read_file',
      'list_images',
    ]);
    for (const tool of tools) expect(tool.description?.length, tool.name).toBeGreaterThan(60);
  });

  test('run_python: runs in a container, and read_file reads what it wrote', async () => {
    const code = "print(6 * 7)\nopen('/workspace/output/a.txt', 'w').write('naïve')";
    const { structuredContent, isError } = await call('run_python', { code });
    expect(isError).toBeUndefined();
    expect(structuredContent).toMatchObject({ success: true, exit_code: 0, output: '42\n' });
    expect(structuredContent.files).toEqual([{ name: 'a.txt', size: 6 }]);
    const { execution_id } = structuredContent;
    const read = await textOf('read_file', { execution_id, name: 'a.txt' });
    expect(read).toEqual({ isError: false, text: '[a.txt, text, bytes 0 to 6 of 6]\nnaïve' });
    expect(await textOf('read_file', { execution_id, name: 'b.txt' })).toMatchObject({ isError: true });
  });

  test('run_container: passes files and variables; a failing command is a result, a bad request an error', async () => {
    const failing = await call('run_container', {
      image: 'host',
      command: ['sh', '-c', 'cat /workspace/input/in.txt; echo "$WHO"; exit 3'],
      files: [{ path: 'in.txt', content: 'in\n' }],
      environment: { WHO: 'me' },
    });
    expect(failing.structuredContent).toMatchObject({ exit_code: 3, error_code: 'EXIT_NONZERO', output: 'in\nme\n' });
    const refused = await textOf('run_container', { image: 'host', files: [{ path: '../x', content: '' }] });
    expect(refused.isError).toBe(true);
    expect(refused.text).toMatch(/^INVALID_REQUEST: /);
  });

  test('output: a long one has its beginning and end, and the rest can be read page by page', async () => {
    const small = await connect(agent.token, '--text-limit', '1000');
    try {
      const code = 'for n in range(1000): print(f"line {n:04}")';
      const { structuredContent } = await call('run_python', { code }, small);
      const { output = '', execution_id } = structuredContent;
      expect(output).toMatch(/^line 0000\n[\s\S]*9000 of 10000 characters left out[\s\S]*line 0999\n$/);
      let [whole, from] = ['', 0];
      for (let page = 0; page < 20; page += 1) {
        const next = await call('get_execution', { execution_id, output_from: from }, small);
        const [text = '', more] = (next.structuredContent.output ?? '').split('\n[… continues at output_from ');
        whole += text;
        if (more === undefined) break;
        from = Number.parseInt(more, 10);
      }
      expect(whole).toBe(Array.from({ length: 1000 }, (_, n) => `line ${String(n).padStart(4, '0')}\n`).join(''));
    } finally {
      await small.close();
    }
  });

  test('progress: is reported while a container runs, and canceling the call cancels the execution', async () => {
    const messages: string[] = [];
    const canceling = new AbortController();
    const running = client.callTool(
      { name: 'run_container', arguments: { image: 'host', command: ['sh', '-c', 'echo started; sleep 300'] } },
      undefined,
      { signal: canceling.signal, onprogress: ({ message = '' }) => messages.push(message) },
    );
    const failed = running.then(
      () => 'finished',
      () => 'canceled',
    );
    expect(await becomesTrue(() => messages.includes('started\n'), 30_000), messages.join()).toBe(true);
    canceling.abort();
    expect(await failed).toBe('canceled');
    expect(await becomesTrue(async () => (await agent.lastCode()) === 'CANCELED', 30_000)).toBe(true);
  });

  test('rights: a token that may only read runs nothing', async () => {
    const reader = await connect(agent.readToken);
    try {
      const refused = await textOf('run_python', { code: 'print(1)' }, reader);
      expect(refused).toEqual({ isError: true, text: expect.stringContaining('submit') });
      expect(await textOf('list_images', {}, reader)).toMatchObject({ isError: true });
    } finally {
      await reader.close();
    }
  });

  test('HTTP: serves the same tools to callers with a token of the agent, and no web page', async () => {
    const env = { EXEC_URL: agent.url, EXEC_TOKEN: undefined };
    const server = startCli(['mcp', '--http', '0', '--python-image', 'host'], { cwd: directory, env });
    await server.says('/mcp');
    const url = /http:\S+/.exec(server.stderr())?.[0] ?? '';
    const withToken = new Client({ name: 'test', version: '1' });
    const headers = { authorization: `Bearer ${agent.token}` };
    await withToken.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
    const { structuredContent } = await call('run_python', { code: 'print("over HTTP")' }, withToken);
    expect(structuredContent.output).toBe('over HTTP\n');
    await withToken.close();

    const message = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    const statusOf = async (headersOf: Record<string, string>, path = url) =>
      (await fetch(path, { ...message, headers: { ...message.headers, ...headersOf } })).status;
    expect(await statusOf({ origin: 'https://example.com' })).toBe(403);
    expect(await statusOf({}, `${url}/x`)).toBe(404);
    const large = await fetch(url, { ...message, body: 'x'.repeat(9 * 1024 * 1024) });
    expect(large.status).toBe(413);
    server.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
  });

  test('inspector: its command line lists the tools, runs Python and reads the file', async ({ skip }) => {
    const inspector = await findInspector();
    if ('missing' in inspector) return skip(inspector.missing);
    const config = join(directory, 'mcp.json');
    const env = { EXEC_URL: agent.url, EXEC_TOKEN: agent.token };
    const server = { command: process.execPath, args: [program, 'mcp', '--python-image', 'host'], env };
    await writeFile(config, JSON.stringify({ mcpServers: { 'exec-agent': server } }));
    const common = ['--config', config, '--server', 'exec-agent', '--method'];
    const inspect = async (...args: string[]): Promise<unknown> =>
      JSON.parse(await runCommand(...inspector.command, ...common, ...args));
    const callTool = async (name: string, ...args: string[]) =>
      inspect('tools/call', '--tool-name', name, ...args.flatMap((arg) => ['--tool-arg', arg]));
    const { tools } = z.object({ tools: z.array(z.object({ name: z.string() })) }).parse(await inspect('tools/list'));
    expect(tools.map(({ name }) => name)).toContain('run_python');
    const code = 'print(6 * 7); open("/workspace/output/seen.txt", "w").write("seen")';
    const { structuredContent } = resultSchema.parse(await callTool('run_python', `code=${code}`));
    expect(structuredContent.output).toBe('42\n');
    const file = await callTool('read_file', `execution_id=${structuredContent.execution_id}`, 'name=seen.txt');
    const [text] = CallToolResultSchema.parse(file).content;
    expect(text).toEqual({ type: 'text', text: '[seen.txt, text, bytes 0 to 4 of 4]\nseen' });
  });

  test('stdio: the program ends when its input ends', async () => {
    const server = startCli(['mcp'], { cwd: directory, env: { EXEC_URL: agent.url }, stdin: '' });
    expect(await server.ended).toMatchObject({ code: 0, stdout: '' });
  });
});
