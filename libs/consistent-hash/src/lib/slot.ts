/** How many hash slots there are, as in Redis Cluster. */
export const SLOT_COUNT = 16384;

const table = new Uint16Array(256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  table[byte] = crc;
}

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * The slot of a key: CRC16 (XMODEM) modulo 16384, of the hash tag if the key has one. A hash tag is what stands
 * between the first `{` and the first `}` after it, unless that is empty (Redis Cluster specification, "Hash tags").
 */
export function slotOf(key: Uint8Array, start: number, end: number): number {
  let from = start;
  let to = end;
  for (let i = start; i < end; i++) {
    if (key[i] !== OPEN_BRACE) continue;
    const close = key.indexOf(CLOSE_BRACE, i + 1);
    if (close > i + 1 && close < end) {
      from = i + 1;
      to = close;
    }
    break;
  }
  let crc = 0;
  for (let i = from; i < to; i++) crc = ((crc << 8) & 0xffff) ^ table[(crc >>> 8) ^ key[i]!]!;
  return crc & (SLOT_COUNT - 1);
}
