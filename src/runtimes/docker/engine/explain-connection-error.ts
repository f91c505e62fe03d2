import { ExecError, errnoOf, messageOf } from '../../../support/exec-error.ts';
import type { AwayFacts } from '../../runtime-away.ts';

/** Why an engine could not be spoken to, with the address and what to do. */
export function explainConnectionError(error: unknown, host: string): ExecError {
  if (error instanceof ExecError) return error;
  const code = errnoOf(error);
  return new ExecError(
    'RUNTIME_UNAVAILABLE',
    `The Docker Engine at ${host} ${troubleOf(code, messageOf(error), host)}`,
    {
      cause: error,
      context: { host, code, [connectionLost]: true, ...away },
    },
  );
}

// Marks errors after which the same call may succeed once the engine is back.
const connectionLost = 'connectionLost';
const away: AwayFacts = { runtimeAway: true };

/** The engine could not be reached or went away, as opposed to one that said no. */
export function isConnectionLost(error: unknown): boolean {
  return error instanceof ExecError && error.context[connectionLost] === true;
}

const neverConnected = new Set(['ENOENT', 'EACCES', 'EPERM', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/** The engine could not even be connected to, so that it has not received the call. */
export function wasNeverSent(error: unknown): boolean {
  return isConnectionLost(error) && error instanceof ExecError && neverConnected.has(String(error.context.code));
}

function troubleOf(code: string | undefined, message: string, host: string): string {
  const socket = host.startsWith('unix:');
  switch (code) {
    case 'ENOENT':
      return 'cannot be reached: there is no such socket. Start Docker (systemctl start docker), or set DOCKER_HOST to where its socket is.';
    case 'EACCES':
    case 'EPERM':
      return "cannot be reached: permission denied on its socket. Run the agent as a member of the socket's group (usually docker).";
    case 'ECONNREFUSED':
      return socket
        ? 'cannot be reached: nobody listens on its socket. Start Docker (systemctl start docker).'
        : 'cannot be reached: the connection was refused. Check DOCKER_HOST and that the engine listens there.';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'cannot be reached: its name is not known. Check DOCKER_HOST.';
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `cannot be reached (${code}). Check DOCKER_HOST and the network between here and there.`;
    case 'ECONNRESET':
    case 'EPIPE':
      return 'closed the connection. Is it being stopped, or does it ask for another TLS client certificate?';
    default:
      return tlsTroubleOf(code, message) ?? `cannot be reached: ${message}`;
  }
}

function tlsTroubleOf(code: string | undefined, message: string): string | undefined {
  if (code === undefined) return undefined;
  if (/^(DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_|CERT_|ERR_TLS_CERT)/.test(code)) {
    return `has a certificate that is not trusted (${message}). Check ca.pem in DOCKER_CERT_PATH and the name in DOCKER_HOST.`;
  }
  if (/ALERT|HANDSHAKE|CERTIFICATE/.test(code)) {
    return `refused the TLS handshake (${message}). Check cert.pem and key.pem in DOCKER_CERT_PATH.`;
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return `does not speak TLS as expected (${message}). Check DOCKER_TLS_VERIFY and the port in DOCKER_HOST.`;
  }
  return undefined;
}
