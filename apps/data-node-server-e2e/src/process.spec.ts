import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { APPS, ServerProcess } from './server-process.ts';

describe.each(APPS)('%s', (app) => {
  test.each([
    [{ RESP_PORT: 'http' }, /^RESP_PORT must be an integer from 0 to 65535(, or "off")?, but is "http"\.\n$/],
    [{ RESP_HOST: '0.0.0.0' }, /^RESP_HOST "0\.0\.0\.0" can be reached from other machines: set PASSWORD/],
    [
      { RESP_HOST: '203.0.113.1', PASSWORD: 'p' },
      /^RESP_HOST 203\.0\.113\.1 is not an address of this machine\.\n$/,
    ],
    [{ LOG_LEVEL: 'x' }, /^LOG_LEVEL must be one of error, warn, log, debug, but is "x"\.\n$/],
    [{ ETCD: 'x:2379' }, /^ETCD is not supported yet by this version: unset it\.\n$/],
  ])('ends with one line that names what is wrong: %j', async (environment, message) => {
    const { code, errors } = await ServerProcess.run(app, environment);
    expect(errors).toMatch(message);
    expect(code).toBe(1);
  });

  test('says when the system does not grant the memory', async () => {
    const { code, errors } = await ServerProcess.run(
      app,
      { RESP_PORT: '0', MAX_MEMORY: '8gb' },
      { memory: 6_000_000 },
    );
    expect(errors).toMatch(/^MAX_MEMORY is too much: the system does not grant 85\d{8} bytes of memory\.\n$/);
    expect(code).toBe(1);
  });

  test('says when the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, errors } = await ServerProcess.run(app, { RESP_PORT: String(port) });
    expect(errors).toBe(
      `RESP_PORT ${port} is in use on 127.0.0.1: choose another one, or 0 for any that is free.\n`,
    );
    expect(code).toBe(1);
    other.close();
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('stops gracefully on %s', async (signal) => {
    const server = await ServerProcess.start(app);
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    socket.resume();
    expect(await server.stop(signal)).toBe(0);
    await closed;
    expect(server.lines.at(-1)).toMatch(new RegExp(`${signal}: stopping$`));
  });

  test('lives on when nobody reads its output any more', async () => {
    const server = await ServerProcess.start(app);
    await server.closeOutput();
    const attacker = connect(server.port, '127.0.0.1');
    // Makes it log.
    attacker.write('POST / HTTP/1.1\r\n');
    await once(attacker, 'close');
    const client = new Redis({ port: server.port });
    expect(await client.ping()).toBe('PONG');
    await client.quit();
    expect(await server.stop()).toBe(0);
  });

  test('prints no more than LOG_LEVEL says, and names a variable that was misspelt', async () => {
    const { output, errors, code } = await ServerProcess.run(
      app,
      { RESP_PORT: '0', LOG_LEVEL: 'warn', MAX_MEMORRY: '1mb' },
      { until: /did you mean/ },
    );
    expect(output.trimEnd()).toMatch(/^[^\n]*MAX_MEMORRY is not a setting: did you mean MAX_MEMORY\?$/);
    expect([errors, code]).toEqual(['', 0]);
  });

  test('ends on SHUTDOWN where that is enabled', async () => {
    const server = await ServerProcess.start(app, { ENABLE_SHUTDOWN: 'true' });
    const exited = server.exited();
    connect(server.port, '127.0.0.1').end('SHUTDOWN NOSAVE\r\n');
    expect(await exited).toBe(0);
  });

  test('holds ten thousand connections that come and go in waves', async () => {
    const server = await ServerProcess.start(app);
    const client = new Redis({ port: server.port });
    const connected = async (clients: number): Promise<void> => {
      while (!(await client.info('clients')).includes(`connected_clients:${clients}\r\n`));
    };
    for (let wave = 0; wave < 10; wave++) {
      const sockets: Socket[] = [];
      while (sockets.length < 1000) {
        // As many as may wait to be let in: of more the system drops some, which try again in seconds, and then minutes.
        const more = Array.from({ length: 250 }, async () => {
          const socket = connect(server.port, '127.0.0.1');
          await once(socket, 'connect');
          return socket;
        });
        sockets.push(...(await Promise.all(more)));
        await connected(sockets.length + 1);
      }
      for (const socket of sockets) socket.destroy();
      await connected(1);
    }
    expect(await client.ping()).toBe('PONG');
    await client.quit();
    expect(await server.stop()).toBe(0);
  });
});
