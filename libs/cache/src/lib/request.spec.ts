import { InvalidArgumentError } from '@distributed-cache/cluster';
import { slotOf } from '@distributed-cache/consistent-hash';
import { IF_ABSENT, IF_PRESENT, KEEP_TTL, MAX_KEY_BYTES } from '@distributed-cache/data-node';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KeyTooLongError, ValueTooLargeError } from './errors.ts';
import { MAX_TTL, Request, type SetOptions } from './request.ts';

const MAX_VALUE_BYTES = 1024 * 1024;
const request = Request.reusable(MAX_VALUE_BYTES);
const key = () => Buffer.from(request.key.subarray(0, request.keyEnd));
const value = () => Buffer.from(request.value.subarray(0, request.valueEnd));

describe('Request', () => {
  test('has the bytes of a text in UTF-8, whatever is in it and however long it is', () => {
    const text = fc
      .tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.integer({ min: 0, max: 70 }))
      .map(([a, b, repeat]) => a + 'k'.repeat(repeat) + b)
      .filter((candidate) => candidate !== '');
    fc.assert(
      fc.property(text, text, (keyText, valueText) => {
        request.setKey(keyText);
        request.setValue(valueText);
        expect(key()).toEqual(Buffer.from(keyText));
        expect(value()).toEqual(Buffer.from(valueText));
        expect(request.slot).toBe(slotOf(Buffer.from(keyText), 0, Buffer.byteLength(keyText)));
      }),
      { numRuns: 60 },
    );
  });

  test('has bytes as they are', () => {
    request.setKey(new Uint8Array([0, 255, 13, 10]));
    request.setValue(new Uint8Array([254, 0]));
    expect(key()).toEqual(Buffer.from([0, 255, 13, 10]));
    expect(value()).toEqual(Buffer.from([254, 0]));
  });

  test('has values of any length', () => {
    request.setValue('');
    expect(value()).toHaveLength(0);
    const long = 'é'.repeat(200_000);
    request.setValue(long);
    expect(value().toString()).toBe(long);
  });

  test.each(['k', 'é', '€', '🙂'])(
    'counts the bytes of a key made of %s, not its characters',
    (character) => {
      const bytes = Buffer.byteLength(character);
      const most = Math.floor(MAX_KEY_BYTES / bytes);
      request.setKey(character.repeat(most));
      expect(request.keyEnd).toBe(most * bytes);
      const filled = character.repeat(most) + 'k'.repeat(MAX_KEY_BYTES - most * bytes);
      request.setKey(filled);
      expect(() => request.setKey(filled + 'k')).toThrow(KeyTooLongError);
    },
  );

  test('limits a key of bytes, too', () => {
    request.setKey(new Uint8Array(MAX_KEY_BYTES));
    expect(() => request.setKey(new Uint8Array(MAX_KEY_BYTES + 1))).toThrow(KeyTooLongError);
  });

  test('limits a value by its bytes', () => {
    request.setValue('€'.repeat(MAX_VALUE_BYTES / 4) + 'v'.repeat(MAX_VALUE_BYTES / 4));
    expect(request.valueEnd).toBe(MAX_VALUE_BYTES);
    request.setValue(new Uint8Array(MAX_VALUE_BYTES));
    for (const tooLarge of ['v'.repeat(MAX_VALUE_BYTES + 1), new Uint8Array(MAX_VALUE_BYTES + 1)]) {
      expect(() => request.setValue(tooLarge)).toThrow(
        new ValueTooLargeError(MAX_VALUE_BYTES + 1, MAX_VALUE_BYTES),
      );
    }
    expect(() => request.setValue('€'.repeat(MAX_VALUE_BYTES / 2))).toThrow(ValueTooLargeError);
  });

  test.each<[string, string, () => void]>([
    ['an empty key', 'key', () => request.setKey('')],
    ['an empty key of bytes', 'key', () => request.setKey(new Uint8Array())],
    ['a key with a lone surrogate', 'key', () => request.setKey('\ud800')],
    ['a long key with a lone surrogate', 'key', () => request.setKey('k'.repeat(100) + '\udc00')],
    ['a key that is neither text nor bytes', 'key', () => request.setKey(1 as unknown as string)],
    ['no key', 'key', () => request.setKey(undefined as unknown as string)],
    ['a value with a lone surrogate', 'value', () => request.setValue('\udfff')],
    ['a value that is neither text nor bytes', 'value', () => request.setValue({} as unknown as string)],
    ['ttl 0', 'ttl', () => request.setOptions({ ttl: 0 })],
    ['a negative ttl', 'ttl', () => request.setOptions({ ttl: -1 })],
    ['a fractional ttl', 'ttl', () => request.setOptions({ ttl: 1.5 })],
    ['a ttl over 2^48', 'ttl', () => request.setOptions({ ttl: MAX_TTL + 1 })],
    ['NaN as ttl', 'ttl', () => request.setOptions({ ttl: NaN })],
    ['a ttl as text', 'ttl', () => request.setOptions({ ttl: '5' as unknown as number })],
    [
      'an unknown condition',
      'condition',
      () => request.setOptions({ condition: 'nx' } as unknown as SetOptions),
    ],
    ['keepTtl with a ttl', 'keepTtl', () => request.setOptions({ ttl: 1, keepTtl: true })],
    [
      'keepTtl that is no boolean',
      'keepTtl',
      () => request.setOptions({ keepTtl: 1 } as unknown as SetOptions),
    ],
  ])('refuses %s and names the argument', (_name, argument, attempt) => {
    expect(attempt).toThrow(InvalidArgumentError);
    expect(attempt).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', argument }));
  });

  test.each<[SetOptions | undefined, { ttl: number; flags: number }]>([
    [undefined, { ttl: 0, flags: 0 }],
    [{}, { ttl: 0, flags: 0 }],
    [{ ttl: 1 }, { ttl: 1, flags: 0 }],
    [
      { ttl: MAX_TTL, condition: 'if-absent' },
      { ttl: MAX_TTL, flags: IF_ABSENT },
    ],
    [
      { condition: 'if-present', keepTtl: true },
      { ttl: 0, flags: IF_PRESENT | KEEP_TTL },
    ],
    [{ keepTtl: false }, { ttl: 0, flags: 0 }],
  ])('reads the options %j', (options, expected) => {
    request.setOptions(options);
    expect(request).toMatchObject(expected);
  });

  test('a detached copy stays as it is when the original is used again', () => {
    request.setKey('one');
    request.setValue('first');
    request.setOptions({ ttl: 7, condition: 'if-absent' });
    const copy = request.detach();
    request.setKey('two');
    request.setValue('second');
    request.setOptions({});
    expect(Buffer.from(copy.key).toString('utf8', 0, copy.keyEnd)).toBe('one');
    expect(Buffer.from(copy.value).toString('utf8', 0, copy.valueEnd)).toBe('first');
    expect(copy).toMatchObject({ slot: slotOf(Buffer.from('one'), 0, 3), ttl: 7, flags: IF_ABSENT });
  });
});
