export { RedisProcess } from './lib/testing/redis-process.ts';
export { RedisWire } from './lib/testing/redis-wire.ts';
export { REDIS_SCRIPTS, repliesTo } from './lib/testing/redis-scripts.ts';
export { createServer, encode, parseReplies, SocketClient, TestClient } from './lib/testing/test-client.ts';
