import type { SeededRandom } from '@distributed-cache/test-kit';

/** Bytes as strings of one character each, as everywhere in this folder. */
type Maker = (random: SeededRandom) => string | readonly string[];

const MAX = '9223372036854775807';
const MIN = '-9223372036854775808';

/** What a parser of integers may take wrongly. */
const INTEGERS = [
  '0',
  '-0',
  '1',
  '-1',
  '2',
  '10',
  '+1',
  ' 1',
  '1 ',
  '01',
  '1e3',
  '0x10',
  '1.0',
  '',
  '-',
  'x',
  '1\0',
  '2147483647',
  '2147483648',
  '-2147483648',
  '-2147483649',
  '4294967295',
  '4294967296',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740993',
  MAX,
  MIN,
  '9223372036854775808',
  '-9223372036854775809',
  '18446744073709551615',
  '18446744073709551616',
  '99999999999999999999999',
];

const FLOATS = [
  '0',
  '-0',
  '0.1',
  '3.5',
  '-2.25',
  '.5',
  '5.',
  '1e3',
  '1e-3',
  '1E+2',
  '1e30',
  '123456789.123456789',
  'nan',
  'inf',
  '-inf',
  '+inf',
  'infinity',
  ' 1',
  '1 ',
  '+1',
  '1e',
  'e1',
  '--1',
  '1.2.3',
  '',
  '5e3x',
];

/** Few, so that commands meet. */
const KEYS = ['a', 'b', 'c', 'a1', '{t}a', '{t}b', 'A', '', '\0\r\n', '\xff\xfe', '[a]', '*'];

const VALUES = [
  '',
  '0',
  '1',
  '-1',
  '10',
  '-0',
  '007',
  '+5',
  '3.0',
  '2.5e1',
  'inf',
  'text',
  'a b',
  '\0',
  '\r\n',
  '\xff\xfe\0',
  '"quoted"',
  "it's",
  '+OK\r\n',
  '$-1\r\n',
  '*2\r\n',
  MAX,
  MIN,
  'x'.repeat(44),
  'y'.repeat(45),
  'long '.repeat(40),
];

const PATTERNS = [
  '*',
  '**',
  '?',
  'a*',
  '*a',
  '[ab]',
  '[^a]',
  '[a-c]*',
  '[c-a]',
  '\\*',
  '\\[a\\]',
  '[',
  '[a',
  '[^',
  '[]',
  'a\\',
  '{t}?',
  '{t}[?ab-][?',
  '*\xff*',
  '',
];

const CHANNELS = ['news', 'news.a', 'n', '', '\0\r\n', '\xff'];
const CHANNEL_PATTERNS = ['*', 'news*', 'n?ws', '[mn]*', 'news.[ab]', '', '\xff', '['];
const NAMES = ['me', '', 'a b', 'x\n', '\xff', 'tab\t', 'name-1'];

/** A time to come, unlike others, so that GT and LT compare what is clearly earlier or later. */
const later = (random: SeededRandom, least: number): string => String(least + random.integer(1_000_000_000));

const integer: Maker = (random) =>
  random.chance(0.5) ? String(random.integer(2000) - 1000) : random.pick(INTEGERS);

const relative =
  (least: number): Maker =>
  (random) =>
    random.chance(0.6) ? later(random, least) : random.pick(INTEGERS);

const absolute =
  (least: number): Maker =>
  (random) =>
    random.chance(0.6)
      ? later(random, least)
      : random.pick([...INTEGERS, String(random.integer(1_600_000_000))]);

const among =
  (...texts: string[]): Maker =>
  (random) =>
    random.pick(texts);

/** Makes the arguments of a type. */
export const ARGUMENTS: Readonly<Record<string, Maker>> = {
  key: (random) => random.pick(random.chance(0.7) ? KEYS.slice(0, 4) : KEYS),
  value: (random) => {
    if (random.chance(0.6)) return random.pick(VALUES);
    if (random.chance(0.3)) return random.pick(INTEGERS);
    if (random.chance(0.5)) return String(random.integer(1000) - 500);
    return Buffer.from(random.bytes(random.integer(30))).toString('latin1');
  },
  pattern: among(...PATTERNS),
  integer,
  float: (random) =>
    random.chance(0.4)
      ? String((random.integer(2_000_000) - 1_000_000) / 10 ** random.integer(7))
      : random.pick([...FLOATS, ...INTEGERS]),
  seconds: relative(1000),
  milliseconds: relative(1_000_000),
  'unix-seconds': absolute(4_102_444_800),
  'unix-milliseconds': absolute(4_102_444_800_000),
  position: (random) => (random.chance(0.6) ? String(random.integer(60) - 30) : random.pick(INTEGERS)),
  offset: (random) => {
    if (random.chance(0.7)) return String(random.integer(60));
    // The limit of a value is 1 MiB here and there.
    return random.pick([...INTEGERS, '1000', '1048575', '1048576', '1048577', '536870911', '536870912']);
  },
  cursor: (random) => (random.chance(0.7) ? '0' : random.pick(INTEGERS)),
  count: (random) => random.pick(random.chance(0.5) ? ['1', '2', '5', '10', '100'] : INTEGERS),
  type: among('string', 'STRING', 'list', 'hash', 'x', ''),
  database: (random) => (random.chance(0.4) ? '0' : random.pick(INTEGERS)),
  protocol: (random) => random.pick(random.chance(0.8) ? ['2', '3'] : INTEGERS),
  user: among('default', 'default', 'nobody', '', '\xff', 'DEFAULT'),
  password: among('secret', 'wrong', '', '\xff'),
  name: among(...NAMES),
  client: (random) => random.pick(random.chance(0.5) ? ['999999999', '4294967296000'] : INTEGERS),
  address: among('127.0.0.1:1', '', 'x', '[::1]:6379'),
  prefix: among('a', '', '{t}', '\xff'),
  'client-type': among('normal', 'NORMAL', 'pubsub', 'master', 'replica', 'slave', 'x', ''),
  pause: (random) => random.pick(['0', '0', ...INTEGERS]),
  channel: among(...CHANNELS),
  'channel-pattern': among(...CHANNEL_PATTERNS),
  section: among('server', 'CLIENTS', 'keyspace', 'all', 'everything', 'default', 'x', ''),
  command: among('get', 'GET', 'mset', 'config|get', 'config', 'object|encoding', 'x', '', 'get|x'),
  category: among('string', 'READ', '@read', 'x', ''),
  call: (random) =>
    random.pick([
      ['get', 'a'],
      ['mset', 'a', '1', 'b', '2'],
      ['MSET', 'a', '1', 'b'],
      ['rename', 'a', 'b'],
      ['object', 'encoding', 'a'],
      ['object', 'x', 'a'],
      ['memory', 'usage', 'a', 'samples', '1'],
      ['set', 'a'],
      ['ping', 'a'],
      ['exists', 'a', '', 'a'],
      ['x', 'a'],
      ['get', 'a', 'b'],
      ['copy', 'a', 'b', 'db', '0'],
      ['config', 'get', 'a'],
      ['watch', 'a', 'b'],
    ]),
  'setting-pattern': among(
    'notify-*',
    'timeout',
    'TIMEOUT',
    'slowlog-*',
    'tcp-keepalive',
    'requirepass',
    'x',
    '',
  ),
  setting: (random) =>
    random.pick([
      [
        'notify-keyspace-events',
        random.pick(['', 'KEA', 'Kg', 'E$x', 'KEA$', 'q', 'Ax', 'gEK', 'AKE', 'xEg$']),
      ],
      ['NOTIFY-KEYSPACE-EVENTS', 'EA'],
      ['timeout', random.pick(['0', '1000', '-1', 'x', '', '2147483648', '1kb'])],
      ['slowlog-max-len', random.pick(['128', '0', '-1', 'x', '10'])],
      ['slowlog-log-slower-than', random.pick(['-1', 'x', '10000000', '-2'])],
      ['tcp-keepalive', random.pick(['300', '-1', '0', 'x'])],
      ['requirepass', random.pick(['', 'secret'])],
      ['x', 'y'],
      ['', ''],
      ['databases', '1'],
    ]),
};

/** What may stand where something else belongs. */
export const JUNK: readonly string[] = [
  ...INTEGERS,
  ...FLOATS,
  ...VALUES.slice(0, 22),
  ...'nx xx gt lt get ex px exat pxat keepttl persist match count type replace db samples on off skip'.split(
    ' ',
  ),
  ...'auth setname id addr user skipme yes no write all filterby pattern limit'.split(' '),
];
