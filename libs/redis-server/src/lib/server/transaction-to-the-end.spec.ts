import { describe, expect, test } from '@jest/globals';
import { RespError } from '@distributed-cache/resp';
import { createServer, encode, TestClient } from '../testing/test-client.ts';

const pipelined = (...commands: string[][]): Buffer => Buffer.concat(commands.map((args) => encode(...args)));

describe('a transaction is carried out to its end', () => {
  test('when it asks for a time in millions of years', () => {
    const client = new TestClient(createServer());
    client.ask('del', 'n');
    const commands = pipelined(
      ['multi'],
      ['incr', 'n'],
      ['set', 'z', 'v', 'px', '9223370000000000000'],
      ['pttl', 'z'],
      ['ttl', 'z'],
      ['expiretime', 'z'],
      ['pexpiretime', 'z'],
      ['incr', 'n'],
      ['exec'],
    );
    const answers = client.write(commands).toString();
    expect(answers).toMatch(/\*7\r\n:1\r\n\+OK\r\n(:9223\d+\r\n){4}:2\r\n$/);
    expect(client.ask('get', 'n')).toBe('$1\r\n2\r\n');
  });

  test('when its answer is larger than may be sent, which ends the connection', () => {
    const server = createServer({ settings: { outputLimit: 300_000 } });
    const [client, other] = [new TestClient(server), new TestClient(server)];
    client.ask('set', 'large', 'x'.repeat(100_000));
    client.ask('set', 'taken', 'x'.repeat(100_000));
    const commands = pipelined(
      ['multi'],
      ...Array.from({ length: 50 }, () => ['get', 'large']),
      ['getdel', 'taken'],
      ['set', 'large', 'small', 'get'],
      ['incr', 'n'],
      ['exec'],
      ['incr', 'n'],
    );
    expect(() => client.write(commands)).toThrow(RespError);
    server.out.reset();
    expect(other.ask('mget', 'n', 'large', 'taken')).toBe('*3\r\n$1\r\n1\r\n$5\r\nsmall\r\n$-1\r\n');
  });

  test('when we made a mistake in one of its commands, which ends the connection', () => {
    const server = createServer();
    const [client, other] = [new TestClient(server), new TestClient(server)];
    const node = server.nodes[0]!;
    const append = node.append.bind(node);
    node.append = () => {
      node.append = append;
      throw new Error('a mistake');
    };
    const commands = pipelined(['multi'], ['incr', 'n'], ['append', 'a', 'b'], ['incr', 'n'], ['exec']);
    expect(() => client.write(commands)).toThrow('a mistake');
    server.out.reset();
    expect(other.ask('get', 'n')).toBe('$1\r\n2\r\n');
  });
});

test('a command whose answer is too large is carried out too, and none after it', () => {
  const server = createServer({ settings: { outputLimit: 1000 } });
  const [client, other] = [new TestClient(server), new TestClient(server)];
  client.ask('set', 'a', 'x'.repeat(2000));
  expect(() => client.write(pipelined(['getset', 'a', 'new'], ['set', 'a', 'newer']))).toThrow(RespError);
  server.out.reset();
  expect(other.ask('get', 'a')).toBe('$3\r\nnew\r\n');
});
