import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { pruneDeclarations } from './package/prune-declarations.mjs';
import { writeLicenses } from './package/write-licenses.mjs';
import { runChild, tsc } from './steps/run-child.mjs';

// `npm run build`: declarations by tsc, JavaScript by esbuild. A program in a few files starts in half the time of one
// that Node.js gathers from hundreds, and takes a fifth less memory.

const { values } = parseArgs({ options: { outdir: { type: 'string', default: 'dist' } } });
const { outdir } = values;

/** @type {import('esbuild').BuildOptions} */
const common = {
  outdir,
  outbase: 'src',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
};

const usualIconColour = '#0b5cad';
/** Of the icon in the tab of an execution, by how the dashboard shows its state. */
const iconColours = { waiting: '#8a6100', active: '#6f42c1', good: '#1a7f37', bad: '#c62828', quiet: '#6b6b6b' };

await rm(outdir, { recursive: true, force: true });
process.exitCode = await runChild(tsc, ['-p', 'tsconfig.build.json', '--outDir', outdir]);
if (process.exitCode === 0) {
  await pruneDeclarations(outdir, ['index.d.ts', 'client/index.d.ts']);
  await buildLibrary();
  await buildProgram();
  await copyHelpers();
  await buildDashboard();
}

/** What others import. Dependencies stay outside: the importer may have them too. */
async function buildLibrary() {
  await build({
    ...common,
    entryPoints: ['src/index.ts', 'src/client/index.ts', 'src/client/browser.ts'],
    chunkNames: 'chunks/[name]-[hash]',
    packages: 'external',
  });
}

/**
 * zod brings its messages in fifty languages. Those that the program does not use are half of zod, and take 2 MB once they are loaded.
 * @returns {import('esbuild').Plugin}
 */
function englishOnly() {
  return {
    name: 'english-only',
    setup(building) {
      building.onLoad({ filter: /[/]zod[/]v4[/]locales[/]index[.]js$/ }, () => ({
        contents: "export { default as en } from './en.js';",
      }));
    },
  };
}

/** The program, dependencies and all: what every start needs, and a file for each part that is loaded later. */
async function buildProgram() {
  const { metafile } = await build({
    ...common,
    // The threads read large messages and check large graphs.
    entryPoints: ['src/cli/main.ts', 'src/gateways/message/draft/draft-thread.ts', 'src/outputs/graph/graph-thread.ts'],
    chunkNames: 'cli/chunks/[name]-[hash]',
    plugins: [englishOnly()],
    // Large, and loaded only where a store in S3 is set.
    external: ['@aws-sdk/*'],
    // Names stay, for the stack of an error.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'linked',
    // Packages in CommonJS ask it for what Node.js brings along.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    metafile: true,
  });
  await writeLicenses(Object.keys(metafile.inputs), join(outdir, 'cli/LICENSES.txt'));
}

/** Programs that are started by their path, and those in machine code. */
async function copyHelpers() {
  const helpers = (await readdir('src', { recursive: true })).filter((path) => /[.](cjs|bin)$/.test(path));
  for (const path of helpers) {
    await mkdir(dirname(join(outdir, path)), { recursive: true });
    await copyFile(join('src', path), join(outdir, path));
  }
}

/** The dashboard: a page, and the files that it loads, whose names change with their content. */
async function buildDashboard() {
  const directory = join(outdir, 'ui');
  const { metafile } = await build({
    entryPoints: ['ui/src/main.tsx'],
    outdir: directory,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    entryNames: 'dashboard-[hash]',
    minify: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const names = Object.keys(metafile.outputs).map((path) => basename(path));
  const icon = await readFile('ui/icon.svg', 'utf8');
  const iconName = `icon-${createHash('sha256').update(icon).digest('hex').slice(0, 8)}.svg`;
  await writeFile(join(directory, iconName), icon);
  for (const [look, colour] of Object.entries(iconColours))
    await writeFile(join(directory, iconName.replace('.svg', `-${look}.svg`)), icon.replace(usualIconColour, colour));
  const page = (await readFile('ui/index.html', 'utf8'))
    .replace('%ICON%', iconName)
    .replace('%SCRIPT%', names.find((name) => name.endsWith('.js')) ?? '')
    .replace('%STYLE%', names.find((name) => name.endsWith('.css')) ?? '');
  await writeFile(join(directory, 'index.html'), page);
  await writeLicenses(Object.keys(metafile.inputs), join(directory, 'LICENSES.txt'));
}
