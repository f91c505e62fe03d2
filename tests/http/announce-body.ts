import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** What a server says of a body of so many bytes before any of it is sent. */
export async function announceBody(url: string, bytes: number, headers: Readonly<Record<string, string>> = {}) {
  const asked = request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': bytes, ...headers },
    agent: false,
  });
  try {
    const answered = new Promise<IncomingMessage>((resolve, reject) =>
      asked.on('response', resolve).on('error', reject),
    );
    asked.flushHeaders();
    const response = await answered;
    return { status: response.statusCode, body: await text(response) };
  } finally {
    asked.destroy();
  }
}
