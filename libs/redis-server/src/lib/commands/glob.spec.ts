import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type SeededRandom, seeded } from '@distributed-cache/test-kit';
import { RedisProcess } from '../testing/redis-process.ts';
import { encode, parseReplies, SocketClient } from '../testing/test-client.ts';
import { Glob } from './glob.ts';

const matches = (pattern: string, text: string): boolean =>
  new Glob(Buffer.from(pattern, 'latin1')).matches(Buffer.from(text, 'latin1'));

function randomText(random: SeededRandom, length: number, letters: string): string {
  return Array.from({ length }, () => random.pick([...letters])).join('');
}

/** Mostly what texts consist of, so that much of it matches; often the same over and over. */
function randomItems(random: SeededRandom, length: number): string {
  const items = ['a', 'a', 'a', '?', '[ab]', '[^b]', 'b'].slice(0, 1 + random.integer(7));
  return Array.from({ length }, () => random.pick(items)).join('');
}

/** Keeps for each item at which places of the text what comes before it may end. */
function slowly(pattern: string, text: string): boolean {
  let places = new Set([0]);
  for (const item of pattern.match(/\[.*?\]|./g) ?? []) {
    const next = new Set<number>();
    const one = item === '?' ? /./ : new RegExp(item === '*' ? '.' : item);
    for (const place of places) {
      if (item === '*') for (let at = place; at <= text.length; at++) next.add(at);
      else if (place < text.length && one.test(text[place]!)) next.add(place + 1);
      if (item === '*') break;
    }
    places = next;
  }
  return places.has(text.length);
}

describe('Glob', () => {
  test.each([
    ['*', 'abc'],
    ['a*c', 'ac'],
    ['a*c', 'abbbc'],
    ['a*b*c', 'a1b2b3c'],
    ['***', 'x'],
    ['a**', 'a'],
    ['[?ab-][?', 'a'],
    ['[?ab-][?', '['],
    ['[a-]]', '_'],
    ['[^', 'x'],
    ['[^]', 'x'],
    ['a\\', 'a\\'],
    ['a?c', 'abc'],
    ['[a-c]x', 'bx'],
    ['[c-a]x', 'bx'],
    ['[^a]x', 'bx'],
    ['[abc]', 'c'],
    ['[a\\]]', ']'],
    ['[a-]x]', '^'],
    ['[a-]x]y', 'xy'],
    ['[\\a-c]', '-'],
    ['[^', 'a'],
    ['\\*', '*'],
    ['a\\?', 'a?'],
    ['a\\', 'a\\'],
    ['', ''],
    ['*[ab]*', 'xxbyy'],
    ['[ab', 'a'],
    ['[a-\xff]', '\x01'],
  ])('%j matches %j', (pattern, text) => {
    expect(matches(pattern, text)).toBe(true);
  });

  test.each([
    ['', 'a'],
    ['a', ''],
    ['*', ''],
    ['**', ''],
    ['a*c', 'abd'],
    ['a?c', 'ac'],
    ['[a-c]x', 'dx'],
    ['[^a]x', 'ax'],
    ['\\*', 'a'],
    ['a', 'A'],
    ['*a', 'ab'],
    ['?', ''],
    ['[a]', ''],
    ['*', ''],
    ['**', ''],
    ['[?ab-][?', 'c'],
    ['[a-]]', 'b]'],
    ['[]', ']'],
    ['[', '['],
    ['[]a]', 'a]'],
    ['[a-\xff]', 'b'],
  ])('%j does not match %j', (pattern, text) => {
    expect(matches(pattern, text)).toBe(false);
  });

  test('looks at the given part of the text only', () => {
    expect(new Glob(Buffer.from('b*')).matches(Buffer.from('abca'), 1, 3)).toBe(true);
    expect(new Glob(Buffer.from('bc')).matches(Buffer.from('abca'), 1, 4)).toBe(false);
    expect(new Glob(Buffer.from('*')).matches(Buffer.from('abca'), 2, 2)).toBe(false);
  });

  test('many stars take steps in proportion to the lengths, not exponentially many', () => {
    // With backtracking into every star this would not end.
    expect(matches('a*'.repeat(40) + 'b', 'a'.repeat(5000))).toBe(false);
  });

  test.each([
    ['bytes', `*${'a'.repeat(30_000)}b*`, 60_000],
    ['question marks', `*${'a?'.repeat(500)}b*`, 60_000],
    ['classes, three times', `*${'[^b]a'.repeat(400)}c*[a]b*${'?'.repeat(1000)}d`, 60_000],
    ['the end', `*${'a'.repeat(30_000)}b`, 60_000],
  ])('takes no second for a long text that nearly matches: %s', (_, pattern, length) => {
    const glob = new Glob(Buffer.from(pattern));
    const text = Buffer.alloc(length, 'a');
    // Of the processor, which other processes may want as well.
    const before = process.cpuUsage();
    for (let i = 0; i < 10; i++) expect(glob.matches(text)).toBe(false);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(1000);
  });

  test('bounds what is searched for between stars, unless it is plain', () => {
    const text = `${'a'.repeat(3000)}b`;
    expect(matches(`*${'?'.repeat(1024)}*`, text)).toBe(true);
    expect(matches(`*${'?'.repeat(1025)}*`, text)).toBe(false);
    expect(matches(`*${'a'.repeat(2000)}*`, text)).toBe(true);
    expect(matches(`${'?'.repeat(2000)}*${'?'.repeat(1001)}`, text)).toBe(true);
  });

  test(
    'agrees with a slow matcher on long texts',
    seeded((random) => {
      for (let round = 0; round < 300; round++) {
        const text = randomText(random, 800, 'aaaaaaab');
        const pattern = Array.from({ length: 1 + random.integer(4) }, () =>
          randomItems(random, random.integer(90)),
        ).join('*');
        const asked = `*${pattern}${random.pick(['', '*'])}`;
        expect([asked, text, matches(asked, text)]).toEqual([asked, text, slowly(asked, text)]);
      }
    }),
  );

  test('needs nothing of the pattern once it is compiled', () => {
    const pattern = Buffer.from('[ab]*c');
    const glob = new Glob(pattern);
    pattern.fill(0);
    expect(glob.matches(Buffer.from('axc'))).toBe(true);
  });

  test.each([
    ['bytes', 'a'.repeat(65_536), true],
    ['classes and stars', '[a]*'.repeat(65_536), true],
    ['bytes too many', 'a'.repeat(65_537), false],
    ['too many of anything', '*?'.repeat(70_000), false],
  ])('matches as long a text as a key may be: %s', (_, pattern, matching) => {
    expect(matches(pattern, 'a'.repeat(matching ? 65_536 : 70_000))).toBe(matching);
  });
});

describe('Glob and redis-server', () => {
  /** Few letters and many signs, so that patterns meet texts, and bytes beyond ASCII. */
  const ALPHABET = 'aab-]\\[^*?*\x7f\x80\xff\0';
  const PATTERNS = 3_000;
  const KEYS = 150;

  let redis: RedisProcess;

  beforeAll(async () => {
    redis = await RedisProcess.start();
  });

  afterAll(() => redis.stop());

  function anyText(random: SeededRandom, longest: number): Buffer {
    const length = random.integer(longest + 1);
    return Buffer.from(Array.from({ length }, () => random.pick([...ALPHABET])).join(''), 'latin1');
  }

  test(
    'agree on random patterns and keys',
    seeded(async (random) => {
      const client = await SocketClient.connect(redis.port);
      const keys = Array.from({ length: KEYS }, () => anyText(random, 6));
      const patterns = Array.from({ length: PATTERNS }, () => anyText(random, 9));
      // KEYS treats `*` apart; it is written twice to be seen by the matcher.
      const asked = patterns.map((pattern) =>
        pattern.equals(Buffer.from('*')) ? Buffer.from('**') : pattern,
      );
      await client.write(Buffer.concat(keys.map((key) => encode('set', key, ''))), keys.length);
      const answers = parseReplies(
        await client.write(Buffer.concat(asked.map((pattern) => encode('keys', pattern))), asked.length),
      );
      client.close();
      const names = [...new Set(keys.map((key) => key.toString('latin1')))].sort();
      asked.forEach((pattern, i) => {
        const glob = new Glob(pattern);
        const ours = names.filter((name) => glob.matches(Buffer.from(name, 'latin1')));
        const theirs = (answers[i] as Buffer[]).map((key) => key.toString('latin1')).sort();
        if (ours.join('|') !== theirs.join('|'))
          expect([pattern.toString('latin1'), ours]).toEqual(['', theirs]);
      });
    }),
  );
});
