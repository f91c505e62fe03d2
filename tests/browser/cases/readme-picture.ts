import { join } from 'node:path';
import type { ExecutionRequest } from '../../../src/wire/request/request.ts';
import type { BrowserCase } from '../run-cases.ts';
import type { Disguise } from '../seed/disguise-execution.ts';
import { picturesVariable } from './look.ts';

type Shown = Disguise & { readonly name: string; readonly script: string } & Pick<
    ExecutionRequest,
    'tags' | 'output' | 'timeout'
  >;

const finished: readonly Shown[] = [
  { name: 'agent-tool-call', image: 'node:22-alpine', tags: { agent: 'planner' }, script: 'true', ago: 41, took: 0.6 },
  {
    name: 'grade-4711',
    image: 'gcc:14',
    tags: { course: 'cs101' },
    script: 'sleep 9',
    timeout: 1,
    ago: 95,
    took: 10.2,
  },
  { name: 'grade-4712', image: 'gcc:14', tags: { course: 'cs101' }, script: 'true', ago: 97, took: 3.4 },
  { name: 'nightly-report', image: 'python:3.12-slim', tags: { team: 'data' }, script: 'exit 1', ago: 260, took: 48 },
  { name: 'convert-video', image: 'ffmpeg:7', tags: { team: 'media' }, script: 'true', ago: 610, took: 132 },
  {
    name: 'export-customers',
    image: 'python:3.12-slim',
    tags: { team: 'data' },
    script: 'true',
    output: { expected_files: ['customers.parquet'] },
    ago: 1250,
    took: 21,
  },
  { name: 'agent-tool-call', image: 'node:22-alpine', tags: { agent: 'coder' }, script: 'true', ago: 1500, took: 0.8 },
  { name: 'thumbnails', image: 'imagemagick:7', tags: { team: 'media' }, script: 'true', ago: 2100, took: 4.9 },
  { name: 'unit-tests', image: 'golang:1.24', tags: { repo: 'billing' }, script: 'true', ago: 3000, took: 76 },
  { name: 'unit-tests', image: 'golang:1.24', tags: { repo: 'search' }, script: 'exit 2', ago: 3400, took: 81 },
  {
    name: 'embed-documents',
    image: 'python:3.12-slim',
    tags: { team: 'search' },
    script: 'true',
    ago: 5200,
    took: 402,
  },
  { name: 'nightly-report', image: 'python:3.12-slim', tags: { team: 'data' }, script: 'true', ago: 7000, took: 45 },
];
const running: readonly Shown[] = [
  {
    name: 'train-classifier',
    image: 'pytorch:2.9',
    tags: { team: 'research' },
    script: 'sleep 900',
    ago: 192,
    took: 0,
  },
  { name: 'notebook-kernel', image: 'jupyter:4', tags: { user: 'mira' }, script: 'sleep 900', ago: 17, took: 0 },
];

/** Makes the picture of the README; run with `--only README --pictures DIR`. */
export const readmePicture: readonly BrowserCase[] = [
  {
    name: 'README picture: shows running, waiting, good and failed executions with reasons',
    async run({ openPage, openAgent }) {
      const agent = await openAgent({});
      try {
        const { client } = agent;
        const submit = ({ script, image: _, ago: _ago, took: _took, ...rest }: Shown) =>
          client.submit({ container: { image: 'host', command: ['sh', '-c', script] }, ...rest });
        for (const each of finished) {
          const id = await submit(each);
          await client.wait(id);
          await agent.disguise(id, each);
        }
        for (const each of running) {
          const id = await submit(each);
          for await (const { state } of client.events({ executionId: id })) if (state === 'running') break;
          await agent.disguise(id, each);
        }
        await client.pause();
        const waiting = { name: 'train-large', image: 'pytorch:2.9', tags: { team: 'research' }, script: 'true' };
        await agent.disguise(await submit({ ...waiting, ago: 4, took: 0 }), { image: waiting.image, ago: 4, took: 0 });
        const page = await openPage({ viewport: { width: 1200, height: 760 } }, agent.url);
        await page.goto(`${agent.url}/ui/`);
        await page.getByRole('link', { name: 'train-large' }).waitFor();
        const pictures = process.env[picturesVariable];
        if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'readme.png') });
        await page.context().close();
      } finally {
        await agent.close();
      }
    },
  },
];
