/** A service that containers can be granted: `/<name>/query`, and everything else under `/<name>/`. */
export type ServiceDefinition = RedisService | HttpService | AiService;

/** Calls of `/<name>/query` become messages on Redis, and a reply's text is the answer. */
export interface RedisService {
  readonly kind: 'redis';
  readonly name: string;
  /** Default: `<name>-requests` and `<name>-responses`. */
  readonly requestChannel?: string | undefined;
  readonly responseChannel?: string | undefined;
  readonly replyTimeoutMs?: number | undefined;
  /** Where everything else under `/<name>/` goes; absent: nowhere. */
  readonly elsewhere?: HttpTarget | undefined;
}

/** Calls go to a URL as they come. */
export interface HttpService {
  readonly kind: 'http';
  readonly name: string;
  readonly target: HttpTarget;
}

/** `/query` takes the message of the AI abstractor to any OpenAI-compatible endpoint; the rest is that endpoint. */
export interface AiService {
  readonly kind: 'ai';
  readonly name: string;
  /** By the name that a message gives as `provider`; at least one. */
  readonly providers: Readonly<Record<string, AiProvider>>;
  /** For messages that name none, and for the paths beside `/query`. Default: the first one. */
  readonly defaultProvider?: string | undefined;
}

export interface AiProvider {
  /** As OpenAI's own libraries take it: `https://api.openai.com/v1`. */
  readonly url: string;
  /** For messages that name no model. */
  readonly model?: string | undefined;
  readonly credentials?: readonly Credential[] | undefined;
  readonly ca?: string | undefined;
}

export interface HttpTarget {
  /** `http://host:8000/base`; a user and password in it are sent as basic authentication. */
  readonly url: string;
  /** Sent with every call in place of what the container sends under these names; it never sees them. */
  readonly credentials?: readonly Credential[] | undefined;
  /** PEM of the authorities to trust in place of the public ones. */
  readonly ca?: string | undefined;
  /** Default: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS. */
  readonly methods?: readonly string[] | undefined;
  /** Globs for the path behind `/<name>`, such as `/v1/**`. Default: every path. */
  readonly paths?: readonly string[] | undefined;
  /** Answers carry `total_tokens`, as OpenAI's do. Default: false. */
  readonly countsTokens?: boolean | undefined;
}

/** A header that carries a secret. */
export interface Credential {
  readonly header: string;
  readonly value: string;
}

/** Publish and subscribe, as Redis has them; texts are UTF-8. */
export interface RedisChannels {
  /** @returns how many subscribers it reached, as far as the server knows */
  publish(channel: string, text: string): Promise<number>;
  /** Resolves once messages are heard. @returns what ends it */
  subscribe(channel: string, onMessage: (message: Buffer) => void): Promise<() => Promise<void>>;
}
