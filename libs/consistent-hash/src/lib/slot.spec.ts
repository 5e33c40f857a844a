import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SLOT_COUNT, slotOf } from './slot.ts';

const slot = (key: string): number => {
  const bytes = Buffer.from(key);
  return slotOf(bytes, 0, bytes.length);
};

/** CRC16/XMODEM by its definition: long division by x^16 + x^12 + x^5 + 1, bit by bit. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const out = (crc >>> 15) ^ ((byte >>> bit) & 1);
      crc = ((crc << 1) & 0xffff) ^ (out ? 0x1021 : 0);
    }
  }
  return crc;
}

/** The rule of the Redis Cluster specification, in its words. */
function model(key: Uint8Array): number {
  const open = key.indexOf(0x7b);
  if (open === -1) return crc16(key) % SLOT_COUNT;
  const close = key.indexOf(0x7d, open + 1);
  if (close === -1 || close === open + 1) return crc16(key) % SLOT_COUNT;
  return crc16(key.subarray(open + 1, close)) % SLOT_COUNT;
}

describe('slotOf', () => {
  test('the model itself has the published check value of CRC16/XMODEM', () => {
    expect(crc16(Buffer.from('123456789'))).toBe(0x31c3);
  });

  test.each([
    ['123456789', 0x31c3],
    ['', 0],
    ['foo', 12182],
    ['hello', 866],
    ['somekey', 11058],
    ['foo{hash_tag}', 2515],
    ['bar{hash_tag}', 2515],
  ])('has the slot that Redis Cluster publishes for "%s"', (key, expected) => {
    expect(slot(key)).toBe(expected);
  });

  test.each([
    ['{user1000}.following', 'user1000', 'a tag at the beginning'],
    ['following.{user1000}', 'user1000', 'a tag at the end'],
    ['{user1000}', 'user1000', 'nothing but a tag'],
    ['foo{bar}{zap}', 'bar', 'the first of two tags'],
    ['foo{{bar}}zap', '{bar', 'nested braces: first { to first }'],
    ['foo}x{bar}zap', 'bar', 'a } before the first {'],
    ['{}}', '{}}', 'an empty tag and another }: whole key'],
    ['foo{}{bar}', 'foo{}{bar}', 'an empty tag, then another: whole key'],
    ['foo{}', 'foo{}', 'an empty tag: whole key'],
    ['foo{bar', 'foo{bar', 'an unclosed brace: whole key'],
    ['foo{bar{zap', 'foo{bar{zap', 'two unclosed braces: whole key'],
    ['foo}bar', 'foo}bar', 'only a closing brace: whole key'],
    ['{', '{', 'one brace: whole key'],
    ['a{ключ}b', 'ключ', 'a tag of several bytes a character'],
    ['a{\0}b', '\0', 'a tag of one NUL'],
  ])('%j is hashed as %j: %s', (key, hashed) => {
    expect(slot(key)).toBe(crc16(Buffer.from(hashed)) % SLOT_COUNT);
  });

  test.each([
    ['an opening brace before the range', '{ab}c', 1, 5],
    ['a closing brace right after the range', 'a{bc}', 0, 4],
    ['a closing brace far after the range', 'a{bcdefghij}', 0, 7],
    ['a tag before the range', '{ab}cdef', 4, 8],
    ['a tag after the range', 'cdef{ab}', 0, 4],
    ['an empty range', '{ab}', 2, 2],
  ])('%s does not count', (_, text, start, end) => {
    const bytes = Buffer.from(text);
    expect(slotOf(bytes, start, end)).toBe(crc16(bytes.subarray(start, end)) % SLOT_COUNT);
  });

  test.each(['abcdefgh', 'ab{cdefg', 'abcdefg{', '{abcdefg', 'abcd}efg'])(
    'reads no byte outside the range of %s',
    (key) => {
      const reads: number[] = [];
      const bytes = new Proxy(Buffer.from(`{}${key}{}`), {
        get: (target, index) => {
          reads.push(Number(index));
          return target[Number(index)];
        },
      });
      slotOf(bytes, 2, 2 + key.length);
      expect(Math.min(...reads)).toBe(2);
      expect(Math.max(...reads)).toBe(1 + key.length);
    },
  );

  test('agrees with the model on every key of up to two bytes', () => {
    const key = new Uint8Array(2);
    let different = 0;
    for (let word = 0; word < 0x10000; word++) {
      key[0] = word >>> 8;
      key[1] = word;
      if (slotOf(key, 0, 2) !== model(key) || slotOf(key, 1, 2) !== model(key.subarray(1))) different++;
    }
    expect(different).toBe(0);
  });

  test('agrees with the model on every byte at every place of a block', () => {
    const key = Uint8Array.from({ length: 11 }, (_, i) => 0x61 + i);
    let different = 0;
    for (let place = 0; place < key.length; place++) {
      for (let byte = 0; byte < 256; byte++) {
        const changed = key.with(place, byte);
        if (slotOf(changed, 0, changed.length) !== model(changed)) different++;
      }
    }
    expect(different).toBe(0);
  });

  test('agrees with the model on any range of any bytes, many of them braces', () => {
    const byte = fc.oneof(fc.constantFrom(0x7b, 0x7d), fc.nat(255));
    const text = fc.array(byte, { maxLength: 60 });
    fc.assert(
      fc.property(text, text, text, (before, key, after) => {
        const buffer = Uint8Array.from([...before, ...key, ...after]);
        const end = before.length + key.length;
        expect(slotOf(buffer, before.length, end)).toBe(model(Uint8Array.from(key)));
      }),
      { numRuns: 2000 },
    );
  });
});
