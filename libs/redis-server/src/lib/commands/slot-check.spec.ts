import { slotOf } from '@distributed-cache/consistent-hash';
import { LocalDataNodeClient, MOVED, OK, CLOSED, type Operation } from '@distributed-cache/data-node';
import { RequestParser } from '@distributed-cache/resp';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ServerState } from '../server/server-state.ts';
import { createServer, encode, TestClient } from '../testing/test-client.ts';
import { COMMANDS } from './commands.ts';
import type { Command } from './command.ts';

const KEY = 'k';
const SLOT = slotOf(Buffer.from(KEY), 0, 1);

/** A call of each command with keys that is well-formed: by its name, for those to which keys alone are not enough. */
const REST: Readonly<Record<string, readonly string[]>> = {
  append: ['x'],
  decrby: ['1'],
  expire: ['10'],
  expireat: ['10'],
  getrange: ['0', '1'],
  getset: ['x'],
  incrby: ['1'],
  incrbyfloat: ['1'],
  pexpire: ['10'],
  pexpireat: ['10'],
  psetex: ['10', 'x'],
  set: ['x'],
  setex: ['10', 'x'],
  setnx: ['x'],
  setrange: ['0', 'x'],
  substr: ['0', '1'],
};

/** Every command and subcommand that is about keys, with arguments. */
const CALLS: readonly [name: string, command: Command, args: readonly string[]][] = COMMANDS.all()
  .filter(({ keys, executable, controlsTransaction }) => keys.first > 0 && executable && !controlsTransaction)
  .map((command) => {
    const { fullName, keys } = command;
    const args = fullName.split('|');
    const count = keys.last === keys.first ? 1 : 2;
    for (let key = 0; key < count; key++)
      args.push(...(keys.step === 2 ? [KEY, 'x'] : [KEY + '{k}'.repeat(key)]));
    return [fullName, command, [...args, ...(REST[fullName] ?? [])]];
  });

describe.each(CALLS)('%s about a slot that the data node does not serve', (_, command, args) => {
  let server: ServerState;
  let client: TestClient;

  beforeEach(() => {
    server = createServer();
    client = new TestClient(server);
    client.ask('set', KEY, '1');
    server.nodes[0]!.releaseSlots([SLOT]);
  });

  test('is refused, and changes nothing', () => {
    expect(client.ask(...args)).toBe(`-CLUSTERDOWN Hash slot ${SLOT} is not served\r\n`);
    expect(server.nodes[0]!.statistics()).toMatchObject({ entries: 1, hits: 0, misses: 0 });
    server.nodes[0]!.takeSlots([SLOT], 2);
    expect(client.ask('get', KEY)).toBe('$1\r\n1\r\n');
  });

  test('is refused in a transaction', () => {
    client.ask('multi');
    client.ask(...args);
    expect(client.ask('exec')).toBe(`*1\r\n-CLUSTERDOWN Hash slot ${SLOT} is not served\r\n`);
  });

  test('is refused by a closed data node', () => {
    server.nodes[0]!.close();
    expect(client.ask(...args)).toMatch(/^-(CLUSTERDOWN|ERR) /);
  });

  test('does not run as an operation of others', () => {
    const port = new LocalDataNodeClient(server.nodes[0]!);
    const parser = new RequestParser();
    parser.feed(encode(...args));
    parser.next();
    let ran = false;
    const operation: Operation = {
      slot: SLOT,
      run: (node) => {
        ran = true;
        client.session.node = node;
        command.run!(parser, client.session);
      },
      encode: () => encode(...args),
    };
    expect(port.execute(operation)).toBe(MOVED);
    expect(ran).toBe(false);
    server.nodes[0]!.takeSlots([SLOT], 2);
    expect(port.execute(operation)).toBe(OK);
    expect(ran).toBe(true);
    server.nodes[0]!.close();
    expect(port.execute(operation)).toBe(CLOSED);
  });
});
