export { RedisProxy, type RedisProxyOptions } from './lib/redis-proxy.ts';
