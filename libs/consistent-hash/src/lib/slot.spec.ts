import { describe, expect, test } from '@jest/globals';
import { slotOf } from './slot.ts';

const slot = (key: string): number => {
  const bytes = Buffer.from(key);
  return slotOf(bytes, 0, bytes.length);
};

describe('slotOf', () => {
  test('has the published CRC16 test vector', () => {
    expect(slot('123456789')).toBe(0x31c3);
  });
});
