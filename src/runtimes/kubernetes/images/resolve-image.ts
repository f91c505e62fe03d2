import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ImageReference } from '../../../support/names/image-reference.ts';
import { readDocument } from '../../registries/read-document.ts';
import type { ResolvedImage } from '../../runtime.ts';
import type { RegistryClient, RegistryDocument } from './registry-client.ts';

const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const documentSchema = z.union([
  z.object({ config: z.object({ digest: digestSchema }) }),
  z.object({
    manifests: z.array(
      z.object({
        digest: digestSchema,
        platform: z.object({ architecture: z.string(), os: z.string() }).optional(),
      }),
    ),
  }),
]);

const strings = z.array(z.string()).nullish();
const configSchema = z.object({
  architecture: z.string().default('amd64'),
  config: z
    .object({
      Entrypoint: strings,
      Cmd: strings,
      Env: strings,
      User: z.string().nullish(),
      WorkingDir: z.string().nullish(),
      StopSignal: z.string().nullish(),
    })
    .nullish(),
});

/** @param arch of the nodes. @throws Error in the registry's words, or why its documents cannot be used */
export async function resolveImage(
  client: RegistryClient,
  reference: ImageReference,
  arch: string,
): Promise<Omit<ResolvedImage, 'reference'>> {
  const top = await client.manifest(reference.digest ?? reference.tag ?? 'latest');
  const digest = digestOf(top);
  if (reference.digest !== undefined && digest !== reference.digest)
    throw new Error('the registry sent another content than the digest says');
  const document = await parse(top, documentSchema);
  const manifest = 'manifests' in document ? await manifestFor(client, document.manifests, arch) : document;
  const blob = await client.blob(manifest.config.digest);
  if (digestOf(blob) !== manifest.config.digest)
    throw new Error('the registry sent another configuration than the digest says');
  const { architecture, config } = await parse(blob, configSchema);
  return {
    digest,
    config: {
      arch: architecture,
      ...(config?.Entrypoint && { entrypoint: config.Entrypoint }),
      ...(config?.Cmd && { command: config.Cmd }),
      ...(config?.Env && { env: config.Env }),
      ...(config?.User && { user: config.User }),
      ...(config?.WorkingDir && { workingDir: config.WorkingDir }),
      ...(config?.StopSignal && { stopSignal: config.StopSignal }),
    },
  };
}

type Manifests = Extract<z.infer<typeof documentSchema>, { manifests: unknown }>['manifests'];

async function manifestFor(client: RegistryClient, manifests: Manifests, arch: string) {
  const found = manifests.find(({ platform }) => platform?.architecture === arch && platform.os === 'linux');
  if (found === undefined) throw new Error(`no matching manifest for linux/${arch}`);
  const manifest = await client.manifest(found.digest);
  if (digestOf(manifest) !== found.digest)
    throw new Error('the registry sent another manifest of the platform than the digest says');
  const document = await parse(manifest, documentSchema);
  if ('manifests' in document) throw new Error('the manifest of a platform is a list again');
  return document;
}

/** By the content itself: what a registry says of it is not relied upon. */
function digestOf({ body }: RegistryDocument): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}

async function parse<T>({ body, isElsewhere }: RegistryDocument, schema: z.ZodType<T>): Promise<T> {
  const { data, problem } = await readDocument(body, schema);
  if (data !== undefined) return data;
  // The problem may quote the body, which a tenant must not see of any host that the registry names.
  const why = isElsewhere ? 'it redirects to another place' : problem;
  throw new Error(`the registry sent what cannot be understood: ${why}`);
}
