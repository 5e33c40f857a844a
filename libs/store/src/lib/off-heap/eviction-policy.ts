/**
 * Which entry makes room. It hears of every entry that comes, is used and goes, and names the next one to go.
 *
 * A policy keeps what it knows in the records: the words NEWER and OLDER are its own, of which links fill 29 bits, and
 * so is bit 31 of KEY_AND_SLOT. A process has one policy in practice, so that calls through this class cost nothing.
 */
export abstract class EvictionPolicy {
  /** The clock has moved: what is used from here on is used at `now` or later. */
  abstract tick(now: number): void;
  /**
   * A new entry, just used, whose value is still empty. May evict others, though not this one.
   * @param hash of its key
   */
  abstract add(entry: number, hash: number): void;
  /** An entry was used. */
  abstract touch(entry: number): void;
  /** Reads what a use of the entry will read beyond its record, and answers any number made of it. Changes nothing. */
  abstract prepare(entry: number): number;
  /** An entry's value became so many bytes longer. */
  abstract grown(entry: number, bytes: number): void;
  /**
   * An entry goes: because it was the victim, or for another reason.
   * @param hash of its key
   */
  abstract remove(entry: number, hash: number): void;
  /** The entry to evict, which is not `keep`. NONE when there is no other. */
  abstract victim(keep: number): number;
  /** Recent uses of an entry, as far as the policy counts them; NONE if it does not. */
  abstract frequency(entry: number): number;
  /** Milliseconds since an entry was last used, as exactly as the store promises; NONE if the policy keeps no times. */
  abstract idleTime(entry: number, now: number): number;
  /** Forgets everything; the memory must be reset as well. */
  abstract reset(): void;
}
