import { describe, expect, test } from '@jest/globals';
import { COMMANDS } from '../commands/commands.ts';
import { createServer, encode, TestClient } from '../testing/test-client.ts';

const REFUSED = '-ERR DB index is out of range\r\n';

describe('a client that was refused a database', () => {
  const refused = (index: string | number = 1, server = createServer()): TestClient => {
    const client = new TestClient(server);
    expect(client.ask('select', index)).toMatch(/^-ERR /);
    return client;
  };

  test.each([1, 15, -1, 2 ** 31 - 1, '99999999999'])('%s reads and writes nothing', (index) => {
    const server = createServer();
    const other = new TestClient(server);
    other.ask('set', 'a', '1');
    const client = refused(index, server);
    for (const command of [['set', 'a', '2'], ['get', 'a'], ['mset', 'a', '2'], ['flushall'], ['dbsize']]) {
      expect([command, client.ask(...command)]).toEqual([command, REFUSED]);
    }
    expect(other.ask('get', 'a')).toBe('$1\r\n1\r\n');
  });

  test('reaches no entry with any command of the table', () => {
    const client = refused();
    for (const { name, row, gather } of COMMANDS) {
      if (row.subcommands !== undefined || gather === 'local' || gather === 'exec') continue;
      const args = Array.from({ length: Math.abs(row.arity) - 1 }, () => 'a');
      expect([name, client.ask(name, ...args)]).toEqual([name, REFUSED]);
    }
    expect(client.ask('object', 'encoding', 'a')).toBe(REFUSED);
    expect(client.ask('memory', 'usage', 'a')).toBe(REFUSED);
  });

  test('was refused it before the commands that it sent behind', () => {
    const client = new TestClient(createServer());
    const pipeline = [encode('select', 1), encode('set', 'a', '1'), encode('select', 0), encode('get', 'a')];
    expect(client.write(Buffer.concat(pipeline)).toString()).toBe(`${REFUSED}${REFUSED}+OK\r\n$-1\r\n`);
  });

  test('can look after its connection', () => {
    const client = refused();
    expect(client.ask('ping')).toBe('+PONG\r\n');
    expect(client.ask('client', 'setname', 'me')).toBe('+OK\r\n');
    expect(client.ask('info')).toMatch(/^\$/);
    expect(client.ask('hello', 2)).toMatch(/^\*14/);
    expect(client.ask('get', 'a')).toBe(REFUSED);
    expect(client.ask('quit')).toBe('+OK\r\n');
    expect(client.session.closing).toBe(true);
  });

  test.each([
    ['select 0', ['select', '0'], '+OK\r\n'],
    ['reset', ['reset'], '+RESET\r\n'],
  ])('goes on after %s', (_, command, answer) => {
    const client = refused();
    expect(client.ask('select', 'x')).toBe('-ERR value is not an integer or out of range\r\n');
    expect(client.ask('get', 'a')).toBe(REFUSED);
    expect(client.ask(...command)).toBe(answer);
    expect(client.ask('get', 'a')).toBe('$-1\r\n');
  });

  test('stays with database 0 when what it asked for is no number', () => {
    const client = new TestClient(createServer());
    expect(client.ask('select', 'x')).toBe('-ERR value is not an integer or out of range\r\n');
    expect(client.ask('set', 'a', '1')).toBe('+OK\r\n');
  });

  test('begins no transaction on keys', () => {
    const client = refused();
    client.ask('multi');
    expect(client.ask('ping')).toBe('+QUEUED\r\n');
    expect(client.ask('set', 'a', '1')).toBe(REFUSED);
    expect(client.ask('exec')).toBe('-EXECABORT Transaction discarded because of previous errors.\r\n');
    client.ask('select', 0);
    expect(client.ask('get', 'a')).toBe('$-1\r\n');
  });

  test('within a transaction does none of it', () => {
    const client = new TestClient(createServer());
    client.ask('multi');
    expect(client.ask('set', 'a', '1')).toBe('+QUEUED\r\n');
    expect(client.ask('select', 1)).toBe(REFUSED);
    expect(client.ask('set', 'a', '2')).toBe(REFUSED);
    expect(client.ask('exec')).toBe('-EXECABORT Transaction discarded because of previous errors.\r\n');
    expect(client.ask('get', 'a')).toBe(REFUSED);
    client.ask('select', 0);
    expect(client.ask('get', 'a')).toBe('$-1\r\n');
  });

  test('is not let back in by a transaction that it discards', () => {
    const client = refused();
    client.ask('multi');
    expect(client.ask('select', 0)).toBe('+QUEUED\r\n');
    client.ask('discard');
    expect(client.ask('get', 'a')).toBe(REFUSED);
    client.ask('multi');
    client.ask('select', 0);
    expect(client.ask('exec')).toBe('*1\r\n+OK\r\n');
    expect(client.ask('get', 'a')).toBe('$-1\r\n');
  });
});
