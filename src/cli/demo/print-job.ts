import { printable, printableLine } from '../../support/text/printable.ts';
import type { ExecutionRequest } from '../../wire/request/request.ts';
import type { ExecutionResponse } from '../../wire/response/response.ts';
import { describeGraph } from '../output/describe-graph.ts';
import { summarizeResponse } from '../output/summarize-response.ts';
import { count } from '../output/text/count.ts';
import { cutLine } from '../output/text/cut-line.ts';
import { formatTable } from '../output/text/format-table.ts';
import type { Sink } from '../terminal/terminal.ts';
import type { DemoJob } from './demo-job.ts';

const shownLines = 8;

/** The headline of a job and its request, with what is long left out. */
export function printRequest(sink: Sink, { title, story, request }: DemoJob, number: number): void {
  const { bold, cyan, dim } = sink.colors;
  sink.line(`\n${bold(`${number}  ${title}`)}  ${dim(story)}`);
  sink.line(dim('   request'));
  const rows = Object.entries(abridge(request)).map(([field, value]) => [cyan(field), JSON.stringify(value)]);
  for (const line of formatTable(rows, '     ')) sink.line(sink.isTerminal ? cutLine(line, sink.columns()) : line);
}

export function printResponse(sink: Sink, response: ExecutionResponse, differences: readonly string[]): void {
  const { dim, green, red } = sink.colors;
  sink.line(`${dim('   response,')} ${differences.length === 0 ? green('as expected') : red('not as expected')}`);
  for (const line of summarizeResponse(response, sink.colors)) sink.line(`     ${line}`);
  const texts: readonly (readonly [string, string | undefined])[] = [
    ['printed', response.result?.output],
    ...(response.result?.output_files ?? []).map(({ name, content }) => [name, content] as const),
  ];
  for (const line of formatTable(
    texts.flatMap(([name, text = '']) => excerpt(name, text, sink)),
    '       ',
  ))
    sink.line(line);
}

function excerpt(name: string, text: string, { colors: { cyan, dim } }: Sink): string[][] {
  if (text.trim() === '') return [];
  const lines = printable(text).trimEnd().split('\n');
  const more = lines.length - shownLines;
  const shown = [...lines.slice(0, shownLines), ...(more > 0 ? [dim(`and ${count(more, 'more line')}`)] : [])];
  return shown.map((line, index) => [cyan(index === 0 ? printableLine(name) : ''), line]);
}

function abridge(request: ExecutionRequest): object {
  const { graph_data: graph, files } = request.input ?? {};
  const abridged = {
    ...request.input,
    ...(graph === undefined ? {} : { graph_data: `… ${describeGraph(graph)}` }),
    ...(files === undefined ? {} : { files: files.map(abridgeFile) }),
  };
  return request.input === undefined ? request : { ...request, input: abridged };
}

type RequestFile = NonNullable<NonNullable<ExecutionRequest['input']>['files']>[number];

function abridgeFile({ name, content }: RequestFile): object {
  return { name, content: `… ${count(content.split('\n').length - 1, 'line')}` };
}
