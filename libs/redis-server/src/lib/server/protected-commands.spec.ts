import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '@distributed-cache/test-kit';
import { createServer, encode, TestClient } from '../testing/test-client.ts';

describe('DEBUG', () => {
  const REFUSED = /^-ERR DEBUG command not allowed\. .*ENABLE_DEBUG_COMMAND=true.*\r\n$/;

  test('is refused unless it is enabled, whatever the subcommand', () => {
    const client = new TestClient(createServer());
    for (const subcommand of [['sleep', '0'], ['SLEEP', 'x'], ['help'], ['nosuch']]) {
      expect(client.ask('debug', ...subcommand)).toMatch(REFUSED);
    }
    expect(client.ask('debug')).toBe("-ERR wrong number of arguments for 'debug' command\r\n");
  });

  test('is refused when it is queued, which spoils the transaction', () => {
    const client = new TestClient(createServer());
    client.ask('multi');
    expect(client.ask('debug', 'sleep', '0')).toMatch(REFUSED);
    expect(client.ask('exec')).toMatch(/^-EXECABORT/);
  });

  test('runs when it is enabled', () => {
    const client = new TestClient(createServer({ settings: { enableDebugCommand: true } }));
    expect(client.ask('debug', 'sleep', '0')).toBe('+OK\r\n');
  });

  test('CONFIG GET says whether it is', () => {
    const shown = (enableDebugCommand: boolean): string =>
      new TestClient(createServer({ settings: { enableDebugCommand } })).ask(
        'config',
        'get',
        'enable-debug-*',
      );
    expect(shown(false)).toBe('*2\r\n$20\r\nenable-debug-command\r\n$2\r\nno\r\n');
    expect(shown(true)).toBe('*2\r\n$20\r\nenable-debug-command\r\n$3\r\nyes\r\n');
  });
});

describe('SHUTDOWN', () => {
  function server(settings: { password?: string; enableShutdown?: boolean }) {
    let stops = 0;
    const client = new TestClient(createServer({ settings, shutdown: () => stops++ }));
    return { client, stops: () => stops };
  }

  test('is refused without a password, in words that say what to set', () => {
    const { client, stops } = server({});
    expect(client.ask('shutdown', 'nosave')).toMatch(
      /^-ERR SHUTDOWN command not allowed\. .*PASSWORD.* ENABLE_SHUTDOWN=true.*\r\n$/,
    );
    expect(stops()).toBe(0);
  });

  test('ends a server that asks for a password', () => {
    const { client, stops } = server({ password: 'p' });
    expect(client.ask('shutdown')).toMatch(/^-NOAUTH/);
    client.ask('auth', 'p');
    expect(client.ask('shutdown')).toBe('');
    expect(stops()).toBe(1);
  });

  test('a password that a client sets does not allow it', () => {
    const { client, stops } = server({});
    client.ask('config', 'set', 'requirepass', 'mine');
    client.ask('auth', 'mine');
    expect(client.ask('shutdown')).toMatch(/^-ERR SHUTDOWN command not allowed/);
    expect(stops()).toBe(0);
  });

  test.each([true, false])('may be enabled or disabled, password or not: %s', (enableShutdown) => {
    const open = server({ enableShutdown });
    open.client.ask('shutdown');
    const closed = server({ enableShutdown, password: 'p' });
    closed.client.ask('auth', 'p');
    closed.client.ask('shutdown');
    expect([open.stops(), closed.stops()]).toEqual(enableShutdown ? [1, 1] : [0, 0]);
  });
});

describe('HTTP at the port for Redis clients', () => {
  const REQUEST =
    'POST / HTTP/1.1\r\nHost: 127.0.0.1:6379\r\nContent-Type: text/plain\r\n\r\nSET a 1\r\nFLUSHALL\r\n';

  function attack(bytes: Buffer | string, settings = {}) {
    const warnings: string[] = [];
    const server = createServer({ settings, onWarning: (warning) => warnings.push(warning) });
    const attacker = new TestClient(server);
    const answer = attacker.write(Buffer.from(bytes)).toString();
    return { answer, attacker, warnings, size: new TestClient(server).ask('dbsize') };
  }

  test.each([
    ['a form of a web page', REQUEST],
    ['another method', REQUEST.replace('POST', 'PUT')],
    ['lower case', REQUEST.toLowerCase()],
    ['within a transaction', `MULTI\r\n${REQUEST}EXEC\r\n`],
    ['as an array', Buffer.concat([encode('Post', '/'), encode('set', 'a', '1')])],
    ['the header as an array', Buffer.concat([encode('HOST:', 'x'), encode('set', 'a', '1')])],
    ['without answers', `CLIENT REPLY OFF\r\n${REQUEST}`],
  ])('ends the connection, and nothing of it runs: %s', (_, bytes) => {
    const { answer, attacker, warnings, size } = attack(bytes);
    expect(attacker.destroyed).toBe(true);
    expect(answer).not.toContain('SET');
    expect(size).toBe(':0\r\n');
    expect(warnings).toEqual([expect.stringMatching(/127\.0\.0\.1:50000 .*HTTP/)]);
  });

  test('is warned of once a minute', () => {
    let warnings = 0;
    const clock = new ManualClock();
    const server = createServer({ clock, onWarning: () => warnings++ });
    const attack = () => new TestClient(server).write(Buffer.from(REQUEST));
    attack();
    attack();
    clock.advance(59_999);
    attack();
    expect(warnings).toBe(1);
    clock.advance(1);
    attack();
    attack();
    expect(warnings).toBe(2);
  });

  test('ends a connection that has not authenticated', () => {
    const { attacker, warnings } = attack(REQUEST, { password: 'p' });
    expect(attacker.destroyed).toBe(true);
    expect(warnings).toHaveLength(1);
  });
});
