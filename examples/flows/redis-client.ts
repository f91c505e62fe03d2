import { createRedisClient } from 'exec-agent/client';

const client = await createRedisClient({ url: 'redis://localhost:6379' });
const response = await client.run({ container: { image: 'alpine:latest', command: ['echo', 'Hello'] } });
console.log(response.success, response.result?.output);
await client.close();
