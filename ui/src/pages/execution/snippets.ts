/** A request in the words of a client. */
export interface Snippet {
  /** In the address. */
  readonly key: string;
  readonly name: string;
  readonly text: string;
}

/**
 * A request as programs and people send it.
 * @param request JSON in lines, of which none but those of its own form can occur: text in it has no line breaks
 * @param url of the agent
 */
export function snippetsOf(request: string, url: string): readonly Snippet[] {
  const here = `<<'JSON'\n${request}\nJSON`;
  return [
    {
      key: 'curl',
      name: 'curl',
      text: `curl ${shellWord(`${url}/v1/executions?wait=60`)} -H 'content-type: application/json' \\\n  -H "authorization: Bearer $EXEC_TOKEN" -d @- ${here}`,
    },
    {
      key: 'cli',
      name: 'command line',
      text: `cat > request.json ${here}\nEXEC_URL=${shellWord(url)} exec-agent submit request.json --wait`,
    },
    {
      key: 'typescript',
      name: 'TypeScript',
      text: `import { createHttpClient } from 'exec-agent/client';

const client = createHttpClient({ url: ${JSON.stringify(url)}, token: process.env.EXEC_TOKEN });
const response = await client.run(${request});
console.log(response.success, response.result?.output);`,
    },
    {
      key: 'python',
      name: 'Python',
      text: `import json
from exec_agent import Client

request = json.loads(${JSON.stringify(request)})
with Client(${JSON.stringify(url)}) as client:
    response = client.run(request)
    print(response.exit_code, response.output)`,
    },
  ];
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
