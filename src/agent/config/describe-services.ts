import { showUrl } from '../../support/net/show-url.ts';
import type { Config } from './config-schema.ts';
import type { NamedService } from './named-services.ts';

/** What is behind each service, without its secrets. */
export function describeServices(config: Config): readonly { readonly name: string; readonly detail: string }[] {
  const { services = {}, dataServiceUrl, aiServiceUrl, aiUrl, aiKey, aiModel } = config;
  const model = `${aiModel === undefined ? 'the model of the message' : aiModel}, ${aiKey === undefined ? 'no key' : 'key set'}`;
  const usual = {
    data: overRedis('data', dataServiceUrl),
    ai: aiUrl === undefined ? overRedis('ai', aiServiceUrl) : `${shown(aiUrl)} (${model})`,
  };
  const named = Object.entries(services).map(([name, service]) => [name, detailOf(name, service)] as const);
  return Object.entries({ ...usual, ...Object.fromEntries(named) }).map(([name, detail]) => ({ name, detail }));
}

function detailOf(name: string, service: NamedService): string {
  switch (service.kind) {
    case 'http':
      return `${shown(service.url)} (${(service.credentials ?? []).length} credentials)`;
    case 'redis':
      return overRedis(name, service.elsewhere?.url, service);
    case 'ai':
      return Object.entries(service.providers)
        .map(([key, { url }]) => `${key}: ${shown(url)}`)
        .join(', ');
  }
}

function overRedis(
  name: string,
  elsewhere: string | undefined,
  { requestChannel = `${name}-requests`, responseChannel = `${name}-responses` }: ChannelNames = {},
): string {
  const others = elsewhere === undefined ? '' : `; all but /query at ${shown(elsewhere)}`;
  return `over Redis (${requestChannel} → ${responseChannel})${others}`;
}

interface ChannelNames {
  readonly requestChannel?: string | undefined;
  readonly responseChannel?: string | undefined;
}

function shown(url: string): string {
  return showUrl(new URL(url));
}
