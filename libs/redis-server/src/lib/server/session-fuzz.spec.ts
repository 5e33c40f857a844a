import assert from 'node:assert/strict';
import { describe, test } from '@jest/globals';
import { testSeed } from '@distributed-cache/test-kit';
import fc from 'fast-check';
import { COMMANDS } from '../commands/commands.ts';
import { createServer, encode, parseReplies, TestClient } from '../testing/test-client.ts';

const seed = testSeed();

/** Commands that stop the process or change what other clients may do. */
const LEFT_OUT = new Set(['debug', 'shutdown', 'client', 'config']);

const names = [...COMMANDS].flatMap((command) => {
  if (LEFT_OUT.has(command.name)) return [];
  return command.subcommands === undefined
    ? [[command.name]]
    : [...command.subcommands].map((subcommand) => [command.name, subcommand.name]);
});

const argument = fc.oneof(
  fc.constantFrom('a', 'b', '{a}c', '', '0', '-1', '1', '10', '9223372036854775807', '-9223372036854775808'),
  fc.constantFrom('nx', 'xx', 'ex', 'px', 'get', 'gt', 'match', 'count', '*', '1e400', 'inf', '\0\r\n'),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);

const command = fc
  .tuple(fc.constantFrom(...names), fc.array(argument, { maxLength: 6 }))
  .map(([name, args]) => encode(...name, ...args.map((each) => Buffer.from(each, 'latin1'))));

/** One command with some bytes changed, cut out or put in. */
const mutated = fc
  .tuple(command, fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(2)), { maxLength: 3 }))
  .map(([bytes, mutations]) => {
    let result = bytes;
    for (const [position, byte, kind] of mutations) {
      const at = position % (result.length + 1);
      const rest = kind === 0 ? result.subarray(at) : result.subarray(at + 1);
      const inserted = kind === 2 ? [] : [byte];
      result = Buffer.concat([result.subarray(0, at), Buffer.from(inserted), rest]);
    }
    return result;
  });

const probe = Buffer.concat([encode('set', 'probe', 'value'), encode('get', 'probe')]);

/** Another client gets the right answers. `assert`, since Jest's `expect` takes longer than the server. */
function checkServed(client: TestClient): void {
  assert.equal(client.write(probe).toString(), '+OK\r\n$5\r\nvalue\r\n');
}

describe(`whatever a client sends (TEST_SEED=${seed})`, () => {
  test('every whole command has one answer, and the next client is served', () => {
    const server = createServer({ maxBytes: 2 ** 20 });
    fc.assert(
      fc.property(command, (bytes) => {
        const client = new TestClient(server);
        const answers = parseReplies(client.write(bytes));
        const subscribes = /subscribe/i.test(bytes.toString('latin1', 0, 40));
        if (!subscribes) assert.equal(answers.length, 1);
        client.destroy();
        const other = new TestClient(server);
        checkServed(other);
        other.destroy();
      }),
      { numRuns: 3000, seed },
    );
  });

  test('random bytes and mutated commands harm nobody else', () => {
    const server = createServer({ maxBytes: 2 ** 20 });
    const other = new TestClient(server);
    fc.assert(
      fc.property(
        fc.oneof(
          mutated,
          fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
        ),
        (bytes) => {
          const client = new TestClient(server);
          client.write(bytes);
          client.destroy();
          checkServed(other);
          assert.equal(server.out.length, 0);
        },
      ),
      { numRuns: 7000, seed },
    );
  });
});
