import { createTokenStore } from '../../src/access/token-store.ts';
import type { Config } from '../../src/agent/config/config-schema.ts';
import type { GatewayParts } from '../../src/agent/open/open-gateways.ts';
import type { openParts } from '../../src/agent/runtime/open-parts.ts';
import type { Gateway } from '../../src/gateways/gateway.ts';
import type { Scope } from '../../src/wire/scopes.ts';
import { openDeployment, type TestDeployment } from '../agent/open-test-agent.ts';

export interface Ask {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: object | string;
  readonly signal?: AbortSignal;
}

/** An agent with HTTP, and a client that knows nothing of it. */
export interface HttpBench {
  readonly deployment: TestDeployment;
  readonly url: string;
  ask(path: string, ask?: Ask): Promise<Response>;
  /** Submits and waits for the end; fails when it is not accepted. */
  run(request: object, token?: string): Promise<string>;
  /** By default with every scope but `admin`. */
  makeToken(tenant: string, granted?: readonly Scope[]): Promise<string>;
  close(): Promise<void>;
}

/** Everything but what belongs to other tenants. */
const ofOneTenant: readonly Scope[] = ['submit', 'read', 'operate'];

export async function openHttpBench(
  settings: Partial<Config> = {},
  partsOf?: typeof openParts,
  gateways: readonly Gateway<GatewayParts>[] = [],
): Promise<HttpBench> {
  const parts = partsOf === undefined ? {} : { partsOf };
  const deployment = await openDeployment({ port: 0, ...settings }, {}, { ...parts, gateways });
  const { httpUrl: url = '' } = await deployment.open().catch(async (error: unknown) => {
    await deployment.close();
    throw error;
  });
  const tokens = createTokenStore(deployment.redis, deployment.config.keyPrefix);

  const ask = (path: string, { method, token, headers = {}, body, signal }: Ask = {}) =>
    fetch(`${url}${path}`, {
      method: method ?? 'GET',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(typeof body === 'object' ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });

  return {
    deployment,
    url,
    ask,
    async run(request, token) {
      const response = await ask('/v1/executions?wait=60', {
        method: 'POST',
        body: request,
        ...(token === undefined ? {} : { token }),
      });
      if (response.status !== 200) throw new Error(await response.text());
      await response.text();
      return response.headers.get('location')?.split('/').at(-1) ?? '';
    },
    async makeToken(tenant, granted = ofOneTenant) {
      const { token } = await tokens.create({ name: 'a test', tenant, scopes: granted }, Date.now());
      return token;
    },
    close: () => deployment.close(),
  };
}
