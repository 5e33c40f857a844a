/**
 * A hash of a text to an unsigned 32-bit number. Equal arguments give equal results in every process, and `seed`
 * selects one of many independent functions.
 */
export type HashFunction = (text: string, seed: number) => number;

// Read once: in a context of its own, as test runners make them, each look at a global is slow.
const { imul } = Math;
const utf8 = new TextEncoder();

/**
 * MurmurHash3_x86_32 (Austin Appleby, public domain) of the text's UTF-8 bytes.
 *
 * Chosen because a ring needs mixing rather than secrecy: each input bit changes each output bit with a probability
 * of one half, which linear checksums such as CRC32 do not, and a short key costs some 20 ns. It is no defence
 * against keys that were made to collide; those would only share a ring position.
 *
 * ASCII, nearly every key, is hashed straight from the string, since its characters are its bytes. Any other text is
 * encoded first.
 */
export function murmur3(text: string, seed: number): number {
  const length = text.length;
  let hash = seed | 0;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    if ((a | b | c | d) > 0x7f) return murmur3Bytes(utf8.encode(text), seed);
    hash = mixBlock(hash, a | (b << 8) | (c << 16) | (d << 24));
  }
  const a = i < length ? text.charCodeAt(i) : 0;
  const b = i + 1 < length ? text.charCodeAt(i + 1) : 0;
  const c = i + 2 < length ? text.charCodeAt(i + 2) : 0;
  if ((a | b | c) > 0x7f) return murmur3Bytes(utf8.encode(text), seed);
  return finish(hash, a | (b << 8) | (c << 16), length);
}

/** The same function of bytes. */
export function murmur3Bytes(bytes: Uint8Array, seed: number): number {
  const length = bytes.length;
  let hash = seed | 0;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    hash = mixBlock(hash, bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
  }
  let tail = 0;
  for (let shift = 0; i < length; i++, shift += 8) tail |= bytes[i]! << shift;
  return finish(hash, tail, length);
}

function scramble(block: number): number {
  const product = imul(block, 0xcc9e2d51);
  return imul((product << 15) | (product >>> 17), 0x1b873593);
}

function mixBlock(hash: number, block: number): number {
  const mixed = hash ^ scramble(block);
  return (imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

/** Takes in the last zero to three bytes and the length, then lets every bit reach every other one. */
function finish(hash: number, tail: number, length: number): number {
  let mixed = hash ^ scramble(tail) ^ length;
  mixed = imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
