import { z } from 'zod';
import { parseRange } from '../../../http/bodies/byte-range.ts';
import { fileHeaders } from '../../../http/bodies/file-headers.ts';
import { sliceBytes } from '../../../http/bodies/slice-bytes.ts';
import type { Caller } from '../../../http/callers/caller.ts';
import { HttpProblem } from '../../../http/problem.ts';
import { answer, idParams, problems } from '../../../http/route-schemas.ts';
import type { HttpApp } from '../../../http/server/bare-app.ts';
import { whenClosed } from '../../../http/when-closed.ts';
import { encodeInTurns } from '../../../support/text/convert-in-turns.ts';
import { nextTurn } from '../../../support/time/next-turn.ts';
import { fileListSchema } from '../../../wire/http/files.ts';
import { findExecution } from '../executions/find-execution.ts';
import { fileListOf, outputFilesOf } from '../files/output-files.ts';
import { zipFiles } from '../files/zip-files.ts';
import type { HttpOptions } from '../http-options.ts';

const tags = ['files'];

interface FileSources {
  readonly queue: Pick<HttpOptions['queue'], 'find' | 'findAnyones'>;
  readonly store: Pick<HttpOptions['store'], 'get'>;
}

export function addFileRoutes(app: HttpApp, options: FileSources): void {
  const filesOf = async (id: string, caller: Caller) => {
    const record = await findExecution(id, caller, options);
    if (record.state !== 'finished') throw notFinished(record.state);
    // Reading a large record has just taken its time.
    await nextTurn();
    return outputFilesOf(record, options);
  };

  app.route({
    method: 'GET',
    url: '/v1/executions/:id/files',
    config: { scope: 'read' },
    schema: {
      tags,
      operationId: 'listFiles',
      summary: 'List the output files of an execution',
      params: idParams,
      response: { 200: answer('The files, sorted by name.', fileListSchema), ...problems(404, 409) },
    },
    handler: async (request, reply) => {
      const list = await fileListOf(await filesOf(request.params.id, request.caller));
      await nextTurn();
      return reply.type('application/json').send(await encodeInTurns(JSON.stringify(list)));
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/executions/:id/zip',
    config: { scope: 'read' },
    schema: {
      tags,
      operationId: 'zipFiles',
      summary: 'Read all output files of an execution as a zip archive',
      description:
        'Files whose contents are not kept are left out; `x-files-left-out` is their number. An archive that breaks off is not complete.',
      params: idParams,
      response: { 200: answer('The archive.', z.string(), 'application/zip'), ...problems(404, 409) },
    },
    handler: async (request, reply) => {
      const record = await findExecution(request.params.id, request.caller, options);
      if (record.state !== 'finished') throw notFinished(record.state);
      const files = [...outputFilesOf(record, options).values()];
      const leftOut = files.filter(({ open }) => open === undefined).length;
      if (leftOut === files.length) throw new HttpProblem(404, 'No output file of the execution is kept.');
      const left = new AbortController();
      whenClosed(reply, () => left.abort());
      // An object that cannot be read must be said while a status can still be sent.
      for (const { prepare } of files) await prepare?.(left.signal);
      return reply
        .headers({
          'content-disposition': `attachment; filename="${record.plan.id}.zip"`,
          'content-security-policy': 'sandbox',
          'x-files-left-out': leftOut,
        })
        .type('application/zip')
        .send(zipFiles(files, { modified: new Date(record.outcome.finishedAt), signal: left.signal }));
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/executions/:id/contents',
    config: { scope: 'read' },
    schema: {
      tags,
      operationId: 'getContents',
      summary: 'Read what the response had no room for',
      description:
        'The object that `result.ref` of the response names: the fields of `result` that it replaces, complete.',
      params: idParams,
      response: {
        200: answer('`output_files`, `graph_update` and `minio_objects`.', z.looseObject({})),
        ...problems(404, 409),
      },
    },
    handler: async (request, reply) => {
      const record = await findExecution(request.params.id, request.caller, options);
      if (record.state !== 'finished') throw notFinished(record.state);
      const name = record.outcome.collected?.overflow?.name;
      if (name === undefined) throw new HttpProblem(404, 'The response is complete: it has no `result.ref`.');
      const left = new AbortController();
      whenClosed(reply, () => left.abort());
      const { body, size } = await options.store.get({ name }, left.signal);
      return reply.type('application/json').header('content-length', size).send(body);
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/executions/:id/files/*',
    config: { scope: 'read' },
    schema: {
      tags,
      operationId: 'getFile',
      summary: 'Read an output file of an execution',
      params: idParams.extend({ '*': z.string().min(1).describe('Its name, relative to the output directory.') }),
      headers: z.object({ range: z.string().optional().describe('`bytes=0-99`') }),
      response: {
        200: answer('The whole file.', z.string(), 'application/octet-stream'),
        206: answer('The range.', z.string(), 'application/octet-stream'),
        ...problems(404, 409, 416),
      },
    },
    handler: async (request, reply) => {
      const { id, '*': name } = request.params;
      const file = (await filesOf(id, request.caller)).get(name);
      if (file === undefined) throw new HttpProblem(404, `The execution has no output file ${JSON.stringify(name)}.`);
      if (file.open === undefined)
        throw new HttpProblem(
          404,
          `The content of ${JSON.stringify(name)} was too large to keep. Set output.minio_upload in the request.`,
        );
      const left = new AbortController();
      whenClosed(reply, () => left.abort());
      const { body, size } = await file.open(left.signal);
      const range = parseRange(request.headers.range, size);
      reply.headers({ ...fileHeaders(name), 'accept-ranges': 'bytes' });
      if (range === 'unsatisfiable') {
        body.destroy();
        throw new HttpProblem(416, `The file has ${size} bytes.`, { 'content-range': `bytes */${size}` });
      }
      if (range === 'none') return reply.header('content-length', size).send(body);
      const { start, end } = range;
      reply.headers({ 'content-range': `bytes ${start}-${end}/${size}`, 'content-length': end - start + 1 });
      return reply.code(206).send(sliceBytes(body, range));
    },
  });
}

function notFinished(state: string): HttpProblem {
  return new HttpProblem(409, `The execution is ${state}. Files are available after it has finished.`);
}
