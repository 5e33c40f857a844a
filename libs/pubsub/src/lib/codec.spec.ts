import { describe, expect, test } from '@jest/globals';
import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { decodeMessage, encodeMessage } from './codec.ts';
import { MalformedMessageError } from './errors.ts';
import type { Message, MessageOf, Topic } from './messages.ts';

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const slot = fc.integer({ min: 0, max: 16383 });
const text = fc.string({ unit: 'binary' });
const bytes = fc.uint8Array({ maxLength: 300 });
const weight = fc.double({ min: 0, noDefaultInfinity: true, noNaN: true });
const count = fc.maxSafeNat();

const arbitraries: { readonly [T in Topic]: fc.Arbitrary<MessageOf<T>> } = {
  node_key_assignment: fc.record({
    topic: fc.constant('node_key_assignment'),
    epoch: u32,
    moves: fc.array(
      fc.record({ from: fc.option(text), to: text, slots: fc.array(fc.tuple(slot, slot), { maxLength: 5 }) }),
      { maxLength: 5 },
    ),
  }),
  cache_invalidation: fc.record({
    topic: fc.constant('cache_invalidation'),
    node: text,
    incarnation: text,
    sequence: count,
    entries: fc.array(
      fc.record({ slot, key: fc.option(bytes), version: fc.record({ epoch: u32, counter: u32 }) }),
      { maxLength: 20 },
    ),
  }),
  node_status: fc.record({
    topic: fc.constant('node_status'),
    node: text,
    incarnation: text,
    state: fc.constantFrom('active', 'draining', 'closed'),
    weight,
    slots: count,
    statistics: fc.record({
      entries: count,
      bytes: count,
      maxBytes: fc.oneof(count, fc.constant(Infinity)),
      hits: count,
      misses: count,
      evictions: count,
      expirations: count,
    }),
  }),
  topology: fc.record({
    topic: fc.constant('topology'),
    epoch: u32,
    members: fc.array(fc.record({ id: text, incarnation: text, weight }), { maxLength: 5 }),
  }),
  client_message: fc.record({
    topic: fc.constant('client_message'),
    channel: bytes,
    payload: bytes,
    origin: text,
  }),
};
const anyMessage: fc.Arbitrary<Message> = fc.oneof(...Object.values(arbitraries));

/** What decoding answers: a message, or the typed error. Any other error fails the test. */
function decodeOrReject(topic: Topic, frame: Uint8Array): Message | MalformedMessageError {
  try {
    return decodeMessage(topic, frame);
  } catch (error) {
    if (error instanceof MalformedMessageError) return error;
    throw error;
  }
}

function frameOf(record: unknown): Uint8Array {
  return Uint8Array.of(1, ...encode(record));
}

describe('the wire format', () => {
  test('carries every message unchanged', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(decodeMessage(message.topic, encodeMessage(message))).toEqual(message);
      }),
      { numRuns: 300 },
    );
  });

  // These bytes are a contract between versions of the software: when one changes, FORMAT_VERSION has to.
  test.each<[Message, string]>([
    [
      { topic: 'node_key_assignment', epoch: 7, moves: [{ from: null, to: 'b', slots: [[0, 16383]] }] },
      '0193b36e6f64655f6b65795f61737369676e6d656e74079193c0a162919200cd3fff',
    ],
    [
      {
        topic: 'cache_invalidation',
        node: 'a',
        incarnation: 'i',
        sequence: 3,
        entries: [{ slot: 1, key: Uint8Array.of(0, 255), version: { epoch: 2, counter: 0xffff_ffff } }],
      },
      '0195b263616368655f696e76616c69646174696f6ea161a16903919301c40200ff9202ceffffffff',
    ],
    [
      {
        topic: 'node_status',
        node: 'a',
        incarnation: 'i',
        state: 'active',
        weight: 1,
        slots: 16384,
        statistics: {
          entries: 1,
          bytes: 2,
          maxBytes: Infinity,
          hits: 4,
          misses: 5,
          evictions: 6,
          expirations: 7,
        },
      },
      '0197ab6e6f64655f737461747573a161a169a661637469766501cd4000970102cb7ff000000000000004050607',
    ],
    [
      { topic: 'topology', epoch: 9, members: [{ id: 'a', incarnation: 'i', weight: 0.5 }] },
      '0193a8746f706f6c6f6779099193a161a169cb3fe0000000000000',
    ],
    [
      { topic: 'client_message', channel: Uint8Array.of(1), payload: new Uint8Array(), origin: 'a' },
      '0194ae636c69656e745f6d657373616765c40101c400a161',
    ],
  ])('of version 1 for %p', (message, hex) => {
    expect(Buffer.from(encodeMessage(message)).toString('hex')).toBe(hex);
    expect(decodeMessage(message.topic, Buffer.from(hex, 'hex'))).toEqual(message);
  });

  test('shares no memory with the frame', () => {
    const message: Message = {
      topic: 'client_message',
      channel: Uint8Array.of(1),
      payload: Uint8Array.of(2),
      origin: '',
    };
    const frame = encodeMessage(message);
    const decoded = decodeMessage('client_message', frame);
    frame.fill(0);
    expect(decoded).toEqual(message);
  });

  test('skips fields that a later version appended', () => {
    expect(decodeMessage('topology', frameOf(['topology', 1, [], 'new']))).toEqual({
      topic: 'topology',
      epoch: 1,
      members: [],
    });
  });
});

describe('a frame that is no message is rejected with a typed error:', () => {
  test('cut short anywhere, or with something behind it', () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), (message, n) => {
        const frame = encodeMessage(message);
        const short = frame.subarray(0, n % frame.length);
        expect(() => decodeMessage(message.topic, short)).toThrow(MalformedMessageError);
        expect(() => decodeMessage(message.topic, Uint8Array.of(...frame, 0))).toThrow(MalformedMessageError);
      }),
    );
  });

  test('damaged: it is rejected, or is another message of its topic', () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), fc.nat({ max: 255 }), (message, position, byte) => {
        const frame = encodeMessage(message);
        frame[position % frame.length] = byte;
        const result = decodeOrReject(message.topic, frame);
        if (!(result instanceof Error)) expect(() => encodeMessage(result)).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });

  test('any bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(arbitraries) as Topic[])),
        fc.uint8Array(),
        (topic, noise) => {
          expect(() => decodeMessage(topic, noise)).toThrow(MalformedMessageError);
          expect(() => decodeMessage(topic, Uint8Array.of(1, ...noise))).toThrow(MalformedMessageError);
        },
      ),
    );
  });

  test('an array header that promises more than the frame can hold, before memory is reserved for it', () => {
    const error = decodeOrReject('topology', Uint8Array.of(1, 0xdd, 0, 255, 255, 255, 0)) as Error;
    expect(error.cause).toMatchObject({ message: expect.stringMatching(/maxArrayLength/) });
  });

  const entry = (slot: unknown, key: unknown, epoch: unknown) => [
    'cache_invalidation',
    'n',
    'i',
    1,
    [
      [0, null, [1, 1]],
      [slot, key, [epoch, 1]],
    ],
  ];
  test.each<[string, Topic, Uint8Array, string, RegExp]>([
    ['no byte', 'topology', new Uint8Array(), '', /format version 1/],
    ['another version', 'topology', Uint8Array.of(2, ...encode(['topology', 1, []])), '', /format version 1/],
    ['no MessagePack', 'topology', Uint8Array.of(1, 0xc1), '', /MessagePack/],
    ['a map', 'topology', frameOf({ topic: 'topology' }), '', /MessagePack/],
    ['a date', 'topology', frameOf(['topology', 1, [new Date(0)]]), '', /MessagePack/],
    ['a number', 'topology', frameOf(1), '', /an array/],
    ['another topic', 'topology', frameOf(['client_message', 1, []]), 'topic', /topology/],
    ['a missing field', 'topology', frameOf(['topology', 1]), 'members', /an array/],
    ['a slot too high', 'cache_invalidation', frameOf(entry(16384, null, 1)), 'entries.1.slot', /0 to 16383/],
    ['text for a key', 'cache_invalidation', frameOf(entry(1, 'k', 1)), 'entries.1.key', /bytes/],
    [
      'an epoch of 33 bits',
      'cache_invalidation',
      frameOf(entry(1, null, 2 ** 32)),
      'entries.1.version.epoch',
      /4294967295/,
    ],
    ['a negative epoch', 'topology', frameOf(['topology', -1, []]), 'epoch', /0 to 4294967295/],
    ['half an epoch', 'topology', frameOf(['topology', 0.5, []]), 'epoch', /integer/],
    [
      'an endless weight',
      'topology',
      frameOf(['topology', 1, [['a', 'i', Infinity]]]),
      'members.0.weight',
      /finite/,
    ],
    [
      'half a range',
      'node_key_assignment',
      frameOf(['node_key_assignment', 1, [[null, 'b', [[1]]]]]),
      'moves.0.slots.0',
      /two elements/,
    ],
  ])('%s', (_, topic, frame, path, message) => {
    const error = decodeOrReject(topic, frame);
    expect(error).toMatchObject({ code: 'MALFORMED_MESSAGE', path });
    expect((error as Error).message).toMatch(message);
  });
});

describe('encodeMessage tells the publisher what is wrong:', () => {
  test.each<[unknown, string]>([
    [{ topic: 'topology', epoch: NaN, members: [] }, 'epoch'],
    [{ topic: 'topology', epoch: 1 }, 'members'],
    [{ topic: 'topology', epoch: 1, members: [undefined] }, 'members.0'],
    [
      { topic: 'topology', epoch: 1, members: [{ id: 'a', incarnation: 'i', weight: -1 }] },
      'members.0.weight',
    ],
    [{ topic: 'client_message', channel: 'news', payload: new Uint8Array() }, 'channel'],
    [
      { topic: 'node_key_assignment', epoch: 1, moves: [{ from: 'a', to: 'b', slots: [[1, 2, 3]] }] },
      'moves.0.slots.0',
    ],
  ])('%j', (message, path) => {
    expect(() => encodeMessage(message as Message)).toThrow(
      expect.objectContaining({ code: 'MALFORMED_MESSAGE', path }),
    );
  });

  test('without the value, which may be a key', () => {
    const message = {
      topic: 'client_message',
      channel: 'secret',
      payload: new Uint8Array(),
    } as unknown as Message;
    expect(() => encodeMessage(message)).toThrow('Malformed message at channel: expected bytes.');
  });
});
