import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CommandArgument, Reply } from '@distributed-cache/resp';
import { RedisProcess } from '../testing/redis-process.ts';
import { createServer, encode, parseReplies, SocketClient, TestClient } from '../testing/test-client.ts';
import { COMMANDS } from './commands.ts';

/** From Redis 7.2, or reduced to what tests need. */
const NOT_IN_REDIS = new Set(['client|setinfo', 'client|no-touch']);
const names = COMMANDS.all()
  .map(({ fullName }) => fullName)
  .filter((name) => !NOT_IN_REDIS.has(name));

/** These concern the process that was asked, or need one node: nothing spreads them over nodes. */
const NOT_SPREAD = [
  ...['msetnx', 'ping', 'info', 'config|set', 'function|flush'],
  ...['slowlog|get', 'slowlog|len', 'slowlog|reset'],
];
/** What scripts that run for long, and how the slow log keeps a transaction, have to do with a command. */
const FLAGS_WITHOUT_MEANING = new Set(['allow_busy', 'skip_slowlog']);

let redis: RedisProcess;
let theirs: SocketClient;
const ours = new TestClient(createServer());

beforeAll(async () => {
  redis = await RedisProcess.start();
  theirs = await SocketClient.connect(redis.port);
});

afterAll(async () => {
  theirs.close();
  await redis.stop();
});

/** Both answers to a command in RESP2, bulk strings as text. */
async function ask(...command: CommandArgument[]): Promise<[expected: Text, answer: Text]> {
  const bytes = encode(...command);
  return [textOf(parseReplies(await theirs.write(bytes))[0]!), textOf(parseReplies(ours.write(bytes))[0]!)];
}

type Text = string | number | null | Text[];

function textOf(reply: Reply): Text {
  if (Array.isArray(reply)) return reply.map(textOf);
  return typeof reply === 'number' || reply === null ? reply : String(reply);
}

/** Names and values in turns, as RESP2 writes a map. */
function fieldsOf(map: Text): Map<string, Text> {
  const list = map as Text[];
  return new Map(
    Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i] as string, list[2 * i + 1]!]),
  );
}

/** Which of so many arguments the specifications of `COMMAND INFO` say are keys. */
function keyPositions(specifications: Text, count: number): number[] {
  const positions = new Set<number>();
  for (const specification of specifications as Text[]) {
    const fields = fieldsOf(specification);
    const spec = (name: string): Map<string, Text> => fieldsOf(fieldsOf(fields.get(name)!).get('spec')!);
    const first = spec('begin_search').get('index') as number;
    const range = spec('find_keys');
    const lastKey = range.get('lastkey') as number;
    const last = lastKey < 0 ? count + lastKey : first + lastKey;
    for (let at = first; at <= last; at += range.get('keystep') as number) positions.add(at);
  }
  return [...positions].sort((a, b) => a - b);
}

describe('COMMAND INFO says what redis-server 7.0 says', () => {
  test.each(names)('%s', async (name) => {
    const [expected, answer] = (await ask('command', 'info', name)) as Text[][][];
    const of = ([info]: Text[][]) => {
      const [fullName, arity, flags, first, last, step, categories, tips, specifications] = info!;
      const policies = (tips as string[]).filter((tip) => !tip.startsWith('nondeterministic'));
      return {
        fullName,
        arity,
        flags: (flags as string[]).filter((flag) => !FLAGS_WITHOUT_MEANING.has(flag)).sort(),
        positions: [first, last, step],
        categories: (categories as string[]).sort(),
        policies: NOT_SPREAD.includes(name) ? [] : policies.sort(),
        keys: keyPositions(specifications!, 7),
      };
    };
    expect(of(answer!)).toEqual(of(expected!));
  });
});

describe('COMMAND DOCS says what redis-server 7.0 says', () => {
  test.each(names)('%s', async (name) => {
    const [expected, answer] = (await ask('command', 'docs', name)) as Text[][];
    const of = ([fullName, docs]: Text[]) => {
      const fields = fieldsOf(docs!);
      const subcommands = fieldsOf(fields.get('subcommands') ?? []);
      return {
        fullName,
        since: fields.get('since'),
        group: fields.get('group'),
        hasSummary: fields.get('summary') !== '',
        // Ours are some of Redis's.
        hasSubcommands: subcommands.size > 0,
      };
    };
    expect(of(answer!)).toEqual(of(expected!));
  });

  test('of several, without those that are unknown', async () => {
    const [expected, answer] = (await ask('command', 'docs', 'get', 'wrong', 'config|get')) as Text[][];
    expect(answer!.filter((_, i) => i % 2 === 0)).toEqual(expected!.filter((_, i) => i % 2 === 0));
    expect((await ask('command', 'docs', 'wrong'))[1]).toEqual([]);
  });
});

describe('COMMAND GETKEYS finds the keys that redis-server 7.0 finds', () => {
  test.each(names)('of %s, with too few, some and many arguments', async (name) => {
    const words = name.split('|');
    for (let count = words.length; count <= words.length + 5; count++) {
      const args = Array.from({ length: count - words.length }, (_, i) => `argument:${i}`);
      const [expected, answer] = await ask('command', 'getkeys', ...words, ...args);
      expect([count, answer]).toEqual([count, expected]);
    }
  });
});

test.each(['info', 'list'])('CLIENT %s has the fields of redis-server, in its order', async (subcommand) => {
  const lines = await ask('client', subcommand);
  const [expected, answer] = lines.map((line) =>
    String(line)
      .trimEnd()
      .split(' ')
      .map((field) => field.split('=')[0]!),
  );
  expect(answer).toEqual([...expected!, 'lib-name', 'lib-ver']);
});

test('CLIENT INFO says that a client is tracked, and to whom that is told', async () => {
  const [theirSocket, our] = [await SocketClient.connect(redis.port), new TestClient(createServer())];
  const answers: [RegExp, ...string[]][] = [
    [/ flags=N .* redir=-1 /, 'client', 'info'],
    [/^/, 'hello', '3'],
    [/^\+OK/, 'client', 'tracking', 'on'],
    [/ flags=t .* redir=0 /, 'client', 'info'],
  ];
  for (const [expected, ...command] of answers) {
    expect(String(await theirSocket.write(encode(...command)))).toMatch(expected);
    expect(our.ask(...command)).toMatch(expected);
  }
  theirSocket.close();
});
