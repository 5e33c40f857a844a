import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { entryJson, keyJson } from './entry-json.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.string({ unit: fc.constantFrom('a', '"', '\\', '\0', '\x7f', '\u2028', 'é', '\ud800'), maxLength: 100 }),
);

describe('entryJson', () => {
  test('is what JSON.stringify writes', () => {
    fc.assert(
      fc.property(text, text, text, (key, value, node) => {
        expect(entryJson(key, value, node)).toBe(JSON.stringify({ key, value, node }));
        expect(keyJson(key)).toBe(JSON.stringify({ key }));
      }),
    );
  });

  test('gives back any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const answer = JSON.parse(entryJson('k', Buffer.from(bytes), 'n')) as {
          value: string;
          encoding?: 'base64';
        };
        expect(Uint8Array.from(Buffer.from(answer.value, answer.encoding ?? 'utf8'))).toEqual(bytes);
      }),
    );
  });

  test('says base64 when, and only when, the value is not UTF-8', () => {
    expect(entryJson('k', Buffer.from('\ufeffé\u{1f600}'), 'n')).toBe(
      '{"key":"k","value":"\ufeffé\u{1f600}","node":"n"}',
    );
    expect(entryJson('k', Buffer.from([0xc3]), 'n')).toBe(
      '{"key":"k","value":"ww==","encoding":"base64","node":"n"}',
    );
    expect(entryJson('k', Buffer.alloc(0), 'n')).toBe('{"key":"k","value":"","node":"n"}');
  });
});
