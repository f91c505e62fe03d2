import { createHttpClient } from 'exec-agent/client';

const client = createHttpClient({ url: 'http://localhost:8082' });
const id = await client.submit({ container: { image: 'alpine:latest', command: ['echo', 'Hello'] } });
for await (const { text } of client.logs(id)) process.stdout.write(text);
const response = await client.wait(id);
console.log(response.success, response.result?.exit_code);
