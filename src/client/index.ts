export * from './browser.ts';
export { createRedisClient, type RedisClient, type RedisClientOptions } from './redis/create-redis-client.ts';
