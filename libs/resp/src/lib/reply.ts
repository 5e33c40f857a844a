/** An error that the other side answered. A value: it is not thrown, and has no stack. */
export class ReplyError {
  constructor(
    /** Its first word: `ERR`, `WRONGTYPE`, `MOVED`. */
    readonly code: string,
    /** All of it, the code included. */
    readonly message: string,
  ) {}
}

/** Text for people. */
export class Verbatim {
  constructor(
    /** Three letters: `txt`, `mkd`. */
    readonly format: string,
    readonly text: Buffer,
  ) {}
}

/** A message that answers no command, such as one of a subscription. Comes between answers. */
export class Push {
  constructor(readonly items: readonly Reply[]) {}
}

/** A value that came with attributes, which a reader may ignore. */
export class Attributed {
  constructor(
    readonly attributes: ReadonlyMap<Reply, Reply>,
    readonly value: Reply,
  ) {}
}

/**
 * What a reply says. Simple strings and keywords are strings, bulk strings are Buffers of their own. Integers are
 * numbers when they are safe integers, else bigints; big numbers always bigints; doubles numbers. Keys of maps and
 * members of sets are as they came, so those that are Buffers are found by iteration only.
 */
export type Reply =
  | string
  | Buffer
  | number
  | bigint
  | boolean
  | null
  | ReplyError
  | Verbatim
  | Push
  | Attributed
  | Reply[]
  | Map<Reply, Reply>
  | Set<Reply>;
