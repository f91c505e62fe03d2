import { type ApiDocument, type ApiOperation, apiDocumentSchema } from './api-document.ts';
import { escapeHtml, prose } from './html.ts';
import { renderSchema } from './render-schema.ts';
import { style } from './style.ts';

/** The description of the interface as one page that needs nothing else, not even a script. */
export function renderPage(json: unknown): string {
  const document = apiDocumentSchema.parse(json);
  const { info, tags, components } = document;
  const sections = tags.map(({ name, description }) => renderTag(name, description, document));
  // A link to what stands inside opens it.
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<details class="schema"><summary><code>${escapeHtml(name)}</code> <span>${prose(schema.description)}</span></summary><a id="schema-${escapeHtml(name)}"></a>${renderSchema(schema)}</details>`,
  );
  const links = [...tags.map(({ name }) => name), 'schemas'].map((name) => `<a href="#${name}">${name}</a>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(info.title)}</title><style>${style}</style></head>
<body><header><h1>${escapeHtml(info.title)} <small>${escapeHtml(info.version)}</small></h1>
${info.description.split('\n\n').map(renderParagraph).join('\n')}
<nav>${links.join(' ')} <a href="openapi.json">openapi.json</a></nav></header>
<main>${sections.join('\n')}
<section id="schemas"><h2>schemas</h2>${schemas.join('\n')}</section></main></body></html>
`;
}

function renderParagraph(text: string): string {
  return text.startsWith('    ') ? `<pre>${escapeHtml(text.replaceAll(/^ {4}/gm, ''))}</pre>` : `<p>${prose(text)}</p>`;
}

function renderTag(name: string, description: string, { paths }: ApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(name))
      .map(([method, operation]) => renderOperation(method, path, operation)),
  );
  return `<section id="${escapeHtml(name)}"><h2>${escapeHtml(name)}</h2><p>${prose(description)}</p>${operations.join('\n')}</section>`;
}

function renderOperation(method: string, path: string, operation: ApiOperation): string {
  const { summary, description, parameters = [], requestBody, responses } = operation;
  const scope = operation.security?.flatMap((each) => Object.values(each).flat()).join(', ') ?? '';
  const parts = [
    description === undefined ? '' : `<p>${prose(description)}</p>`,
    `<p class="scope">${scope === '' ? 'No token needed.' : `Scope <code>${escapeHtml(scope)}</code>.`}</p>`,
    parameters.length === 0
      ? ''
      : `<h4>Parameters</h4><dl class="fields">${parameters.map(renderParameter).join('')}</dl>`,
    requestBody === undefined ? '' : `<h4>Body</h4>${renderContent(requestBody.content)}`,
    '<h4>Answers</h4>',
    ...Object.entries(responses).map(
      ([status, response]) =>
        `<details class="answer"><summary><b class="s${status[0]}">${status}</b> ${prose(response.description)}</summary>${renderContent(response.content)}</details>`,
    ),
  ];
  return `<details class="operation"><summary><b class="${method}">${method.toUpperCase()}</b> <code>${escapeHtml(path)}</code> <span>${prose(summary)}</span></summary>${parts.join('')}</details>`;
}

function renderParameter({
  name,
  in: place,
  required,
  description,
  schema,
}: NonNullable<ApiOperation['parameters']>[number]) {
  const mark = required === true ? ' <span class="required">required</span>' : '';
  const type = escapeHtml([schema.enum?.join(' | ') ?? schema.type ?? ''].flat().join(' | '));
  return `<dt><code>${escapeHtml(name)}</code> <span class="type">${escapeHtml(place)} ${type}</span>${mark}</dt><dd>${prose(description)}</dd>`;
}

function renderContent(content: NonNullable<ApiOperation['requestBody']>['content']): string {
  return Object.entries(content ?? {})
    .map(
      ([type, { schema }]) =>
        `<p class="type">${escapeHtml(type)}</p>${schema === undefined ? '' : renderSchema(schema)}`,
    )
    .join('');
}
