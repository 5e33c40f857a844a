import { slotOf } from '@distributed-cache/consistent-hash';
import { IF_ABSENT, IF_PRESENT, KEEP_TTL, MAX_KEY_BYTES } from '@distributed-cache/data-node';
import type { RoutedRequest } from './routed-request.ts';
import { type SlotTransit, InvalidArgumentError } from '@distributed-cache/cluster';
import { KeyTooLongError, ValueTooLargeError } from './errors.ts';

export interface SetOptions {
  /** Milliseconds that the entry lives, an integer from 1 to 2^48. Absent: the data node's default. */
  readonly ttl?: number;
  /** Stores only if the key has no entry, or only if it has one. */
  readonly condition?: 'if-absent' | 'if-present';
  /** Leaves an existing entry's time to live as it is. Excludes `ttl`. */
  readonly keepTtl?: boolean;
}

export const MAX_TTL = 2 ** 48;

/** Up to this length a loop over the characters beats the call into V8's encoder. */
const SHORT = 32;
/** UTF-16 units need at most this many bytes each. */
const MAX_BYTES_PER_UNIT = 3;
/** Longer values get a buffer of their own, so that one large value does not stay in memory for ever. */
const VALUE_SCRATCH_BYTES = 64 * 1024;

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Writes the text and returns its length in bytes, or -1 if it is not well-formed: it has no UTF-8 of its own then. */
function encode(text: string, into: Buffer): number {
  const { length } = text;
  if (length <= SHORT) {
    let at = 0;
    for (; at < length; at++) {
      const unit = text.charCodeAt(at);
      if (unit >= 0x80) break;
      into[at] = unit;
    }
    if (at === length) return length;
  }
  const written = into.write(text);
  return written !== length && LONE_SURROGATE.test(text) ? -1 : written;
}

/**
 * The arguments of one operation as bytes. The router has a single one that it fills again for each operation, so an
 * operation that is answered at once allocates nothing here; one that has to wait takes a copy with {@link detach}.
 */
export class Request implements RoutedRequest<Request> {
  key: Uint8Array;
  keyEnd = 0;
  slot = 0;
  value: Uint8Array;
  valueEnd = 0;
  /** Milliseconds; 0 for the data node's default. */
  ttl = 0;
  /** As {@link DataNode.set} takes them. */
  flags = 0;
  readonly #keyScratch: Buffer;
  readonly #valueScratch: Buffer;
  readonly #maxValueBytes: number;

  private constructor(keyScratch: Buffer, valueScratch: Buffer, maxValueBytes: number) {
    this.key = this.#keyScratch = keyScratch;
    this.value = this.#valueScratch = valueScratch;
    this.#maxValueBytes = maxValueBytes;
  }

  static reusable(maxValueBytes: number): Request {
    const keyScratch = Buffer.allocUnsafeSlow(MAX_KEY_BYTES * MAX_BYTES_PER_UNIT);
    return new Request(keyScratch, Buffer.allocUnsafeSlow(VALUE_SCRATCH_BYTES), maxValueBytes);
  }

  setKey(key: string | Uint8Array): void {
    if (typeof key === 'string') {
      if (key.length > MAX_KEY_BYTES) throw new KeyTooLongError(MAX_KEY_BYTES);
      this.key = this.#keyScratch;
      this.keyEnd = encode(key, this.#keyScratch);
    } else if (key instanceof Uint8Array) {
      this.key = key;
      this.keyEnd = key.length;
    } else {
      this.keyEnd = -1;
    }
    if (this.keyEnd <= 0) throw new InvalidArgumentError('key', 'a non-empty, well-formed string or bytes');
    if (this.keyEnd > MAX_KEY_BYTES) throw new KeyTooLongError(MAX_KEY_BYTES);
    this.slot = slotOf(this.key, 0, this.keyEnd);
  }

  setValue(value: string | Uint8Array): void {
    if (typeof value === 'string') {
      if (value.length > this.#maxValueBytes) {
        throw new ValueTooLargeError(Buffer.byteLength(value), this.#maxValueBytes);
      }
      const fits = value.length * MAX_BYTES_PER_UNIT <= VALUE_SCRATCH_BYTES;
      const into = fits ? this.#valueScratch : Buffer.allocUnsafeSlow(Buffer.byteLength(value));
      this.value = into;
      this.valueEnd = encode(value, into);
    } else if (value instanceof Uint8Array) {
      this.value = value;
      this.valueEnd = value.length;
    } else {
      this.valueEnd = -1;
    }
    if (this.valueEnd < 0) throw new InvalidArgumentError('value', 'a well-formed string or bytes');
    if (this.valueEnd > this.#maxValueBytes) throw new ValueTooLargeError(this.valueEnd, this.#maxValueBytes);
  }

  setOptions(options: SetOptions | undefined): void {
    this.ttl = 0;
    this.flags = 0;
    if (options === undefined) return;
    const { ttl, condition, keepTtl } = options;
    if (ttl !== undefined) {
      if (!Number.isInteger(ttl) || ttl < 1 || ttl > MAX_TTL) {
        throw new InvalidArgumentError('ttl', 'an integer from 1 to 2^48 (milliseconds)');
      }
      this.ttl = ttl;
    }
    if (condition === 'if-absent') this.flags |= IF_ABSENT;
    else if (condition === 'if-present') this.flags |= IF_PRESENT;
    else if (condition !== undefined) {
      throw new InvalidArgumentError('condition', "'if-absent', 'if-present' or absent");
    }
    if (keepTtl === true) {
      if (ttl !== undefined) throw new InvalidArgumentError('keepTtl', 'false or absent when there is a ttl');
      this.flags |= KEEP_TTL;
    } else if (keepTtl !== undefined && keepTtl !== false) {
      throw new InvalidArgumentError('keepTtl', 'a boolean or absent');
    }
  }

  pull(transit: SlotTransit): Promise<void> | undefined {
    return transit.pull(this.key, 0, this.keyEnd, this.slot);
  }

  /** A copy with bytes of its own, for an operation that cannot be answered at once. */
  detach(): Request {
    const copy = new Request(
      Buffer.from(this.key.subarray(0, this.keyEnd)),
      Buffer.from(this.value.subarray(0, this.valueEnd)),
      this.#maxValueBytes,
    );
    copy.keyEnd = this.keyEnd;
    copy.slot = this.slot;
    copy.valueEnd = this.valueEnd;
    copy.ttl = this.ttl;
    copy.flags = this.flags;
    return copy;
  }
}
