import { once } from 'node:events';
import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { createClient } from 'redis';
import { describeEndpoints } from './endpoints.ts';

declare module 'express-session' {
  interface SessionData {
    user: string;
    visits: number;
  }
}

describeEndpoints((endpoint) => {
  let client: ReturnType<typeof createClient>;
  let store: RedisStore;
  let server: Server;
  let origin: string;

  beforeAll(async () => {
    client = createClient({ url: endpoint.url });
    await client.connect();
    store = new RedisStore({ client, ttl: 3600 });

    const app = express();
    app.use(session({ store, secret: 'a secret of this test', resave: false, saveUninitialized: false }));
    app.post('/login/:user', (request, response) => {
      request.session.user = request.params.user;
      response.json({});
    });
    app.get('/', (request, response) => {
      if (request.session.user !== undefined) request.session.visits = (request.session.visits ?? 0) + 1;
      response.json({ user: request.session.user, visits: request.session.visits });
    });
    app.post('/logout', (request, response, next) => {
      request.session.destroy((error) => {
        if (error) next(error);
        else response.json({});
      });
    });
    server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    await client.close();
  });

  /** Signs in; resolves to the cookie. */
  const signIn = async (user: string) => {
    const answer = await fetch(`${origin}/login/${user}`, { method: 'POST' });
    // The headers come before the session is stored, the end of the answer after.
    await answer.text();
    const [cookie = ''] = answer.headers.getSetCookie();
    return cookie.replace(/;.*/, '');
  };
  const visit = async (cookie: string) => (await fetch(`${origin}/`, { headers: { cookie } })).json();

  test('a session lasts from request to request, and ends when it is destroyed', async () => {
    const cookie = await signIn('ada');
    expect(await visit(cookie)).toEqual({ user: 'ada', visits: 1 });
    expect(await visit(cookie)).toEqual({ user: 'ada', visits: 2 });
    const [key = ''] = await endpoint.redis.keys('sess:*');
    expect(await endpoint.redis.ttl(key)).toBeGreaterThan(3590);

    await fetch(`${origin}/logout`, { method: 'POST', headers: { cookie } });
    expect(await endpoint.redis.dbsize()).toBe(0);
    expect(await visit(cookie)).toEqual({});
  });

  test('a request makes the time to live whole again', async () => {
    const cookie = await signIn('ada');
    const [key = ''] = await endpoint.redis.keys('sess:*');
    await endpoint.redis.expire(key, 10);
    await visit(cookie);
    expect(await endpoint.redis.ttl(key)).toBeGreaterThan(3590);
  });

  test('the store lists, counts and clears all sessions', async () => {
    const users = Array.from({ length: 150 }, (_, i) => `user-${i}`);
    await Promise.all(users.map(signIn));
    await endpoint.redis.set('other', 'not a session');

    expect(await store.length()).toBe(150);
    expect(new Set((await store.ids()) as string[]).size).toBe(150);
    const sessions = (await store.all()) as { user: string }[];
    expect(sessions.map(({ user }) => user).sort()).toEqual([...users].sort());

    await store.clear();
    expect(await endpoint.redis.keys('*')).toEqual(['other']);
  });
});
