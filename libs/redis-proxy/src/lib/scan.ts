import { SCAN_SLOTS, type Arguments, type ScanRequest, type Session } from '@distributed-cache/redis-server';
import { CommandEncoder, RequestParser, type ReplyWriter } from '@distributed-cache/resp';
import { NoDataNodeError, type Member, type SlotLocations } from '@distributed-cache/cluster';
import { ANY_SLOT, isLater, type Answer } from '@distributed-cache/data-node';
import type { Router } from '@distributed-cache/cache';
import { lineEnd, numberAt } from './answer.ts';
import { CommandRequest, verbOf } from './command-request.ts';
import { holdersOf, landed, type Holders } from './holders.ts';
import { decodePlace, encodeCursor, fingerprintOf, groupOf, GROUPS, SLOTS_PER_GROUP } from './scan-cursor.ts';

const SCAN = verbOf(SCAN_SLOTS);

/** Where a scan of a group of slots stops, in which order. */
interface Group extends Holders {
  readonly epoch: number;
  readonly stops: readonly Member[];
  readonly fingerprint: number;
}

/** The stops of all groups, worked out again when the table of slots has changed. */
export class ScanPlan {
  #revision = -1;
  #epoch = -1;
  #groups: (Group | undefined)[] = [];

  constructor(private readonly table: SlotLocations) {}

  get epoch(): number {
    return this.table.epoch;
  }

  group(index: number): Group {
    const { revision, epoch } = this.table;
    if (revision !== this.#revision || epoch !== this.#epoch) this.#groups = [];
    this.#revision = revision;
    this.#epoch = epoch;
    return (this.#groups[index] ??= this.#make(index * SLOTS_PER_GROUP));
  }

  #make(first: number): Group {
    const { epoch } = this.table;
    const holders = holdersOf(this.table, first, first + SLOTS_PER_GROUP);
    const { sources, primaries } = holders;
    const names = (members: readonly Member[]) => members.map(({ id, incarnation }) => [id, incarnation]);
    const fingerprint = fingerprintOf(JSON.stringify([epoch, names(sources), names(primaries)]));
    return { ...holders, epoch, stops: [...sources, ...primaries], fingerprint };
  }
}

/**
 * One call of SCAN: goes on from where the cursor says, until enough entries were looked at.
 *
 * **Idea.** The slots are visited in groups, one after the other, and in each group the members that have entries of it:
 * first those that slots are moving away from, then the primaries. The cursor names the group, the member by its place in
 * that list, the entry of its store to go on from, and a fingerprint of the list and the topology's epoch. When
 * that is not what it was, the group begins again: an answer may come twice, which SCAN allows.
 *
 * **Why it misses nothing.** Take an entry that is there throughout, and a group that was visited to its end under one
 * fingerprint: so within one epoch, in which an entry moves at most once. One that does not move is met where it is,
 * as the store promises. One that moves was at a source at first. Either it was still there when that source
 * was visited, or it had left before, and was at its primary when that was visited later: all primaries come after all sources,
 * and wait for what was on its way ({@link landed}). Moves within groups that are done, or not begun, do not matter.
 *
 * **Cost.** A visit to a group passes over all records of a store, so a whole scan passes over all of them
 * {@link GROUPS} times, in sequence, at some nanoseconds each. More groups make that dearer, and a change of topology
 * cheaper, which repeats one of them.
 */
export class ScanWalk {
  readonly #keys: Buffer[] = [];
  #found = 0;
  #visited = 0;
  #group: number;
  #stop = 0;
  #entry = 0;
  #current!: Group;
  #asked: Member | undefined;
  readonly #pattern: Buffer | undefined;
  /** When the call stops, if it has to wait for answers. */
  readonly #end: number;

  constructor(
    private readonly router: Router,
    private readonly plan: ScanPlan,
    private readonly request: ScanRequest,
    args: Arguments,
    private readonly session: Session,
  ) {
    const { cursor, pattern } = request;
    this.#pattern =
      pattern === 0 ? undefined : Buffer.from(args.buffer.subarray(args.starts[pattern], args.ends[pattern]));
    this.#end = router.halfTime;
    this.#group = groupOf(cursor);
    this.#enterGroup();
    if (this.#current.stops.length === 0) throw new NoDataNodeError();
    const place =
      cursor === 0n ? undefined : decodePlace(cursor, this.#current.fingerprint, this.#current.stops.length);
    if (place !== undefined) ({ stop: this.#stop, entry: this.#entry } = place);
  }

  /** Goes one step on; true when the call is done. */
  readonly proceed = (): Answer<boolean> => {
    const member = this.#current.stops[this.#stop];
    if (member === undefined) throw new NoDataNodeError();
    if (this.#entry === 0 && this.#stop === this.#current.sources.length) {
      const landing = landed(this.#current);
      if (landing !== undefined) return landing.then(() => this.#look(member));
    }
    return this.#look(member);
  };

  /** The id of the data node that has not answered yet; undefined when none was asked. */
  get asked(): string | undefined {
    return this.#asked?.id;
  }

  /** Writes the answer of SCAN. */
  write(out: ReplyWriter): void {
    out.array(2);
    out.bulkText(String(this.#cursor()));
    out.array(this.#found);
    for (const keys of this.#keys) out.raw(keys);
  }

  #cursor(): bigint {
    if (this.#group === GROUPS) return 0n;
    const position = { group: this.#group, stop: this.#stop, entry: this.#entry };
    return encodeCursor(position, this.#current.fingerprint, this.#current.stops.length);
  }

  #enterGroup(): void {
    this.#current = this.plan.group(this.#group);
    this.#stop = this.#entry = 0;
  }

  #look(member: Member): Answer<boolean> {
    const first = this.#group * SLOTS_PER_GROUP;
    const args = argumentsOf(
      SCAN_SLOTS.name,
      first,
      first + SLOTS_PER_GROUP,
      this.#entry,
      this.request.count - this.#visited,
      ...(this.#pattern === undefined ? [] : [this.#pattern]),
    );
    const request = new CommandRequest().fill(SCAN_SLOTS, args, this.session, ANY_SLOT, true);
    this.#asked = member;
    const answer = this.router.ask(SCAN, member, request);
    if (!isLater(answer)) return this.#take(answer!);
    return answer.then(
      (later) => this.#take(later!) || this.router.now >= this.#end,
      (error: unknown) => {
        // Whoever takes the place of a member that departed has another list of stops.
        if (!member.gone) throw error;
        this.#enterGroup();
        return this.router.now >= this.#end;
      },
    );
  }

  /** An array: the entry to go on from, how many were looked at, keys. */
  #take(answer: Buffer): boolean {
    this.#asked = undefined;
    const nextAt = lineEnd(answer, 0);
    const visitedAt = lineEnd(answer, nextAt);
    const keysAt = lineEnd(answer, visitedAt);
    this.#visited += numberAt(answer, visitedAt);
    this.#found += numberAt(answer, 0) - 2;
    if (keysAt < answer.length) this.#keys.push(answer.subarray(keysAt));
    this.#entry = numberAt(answer, nextAt);
    // A store that stopped in the middle has done its share of work for one call.
    const stopped = this.#entry !== 0;
    if (this.#current.epoch !== this.plan.epoch) this.#enterGroup();
    else if (!stopped) this.#leaveStop();
    return stopped || this.#group === GROUPS || this.#visited >= this.request.count;
  }

  #leaveStop(): void {
    this.#stop++;
    if (this.#stop < this.#current.stops.length) return;
    this.#group++;
    if (this.#group < GROUPS) this.#enterGroup();
  }
}

function argumentsOf(...values: readonly (string | number | Buffer)[]): Arguments {
  const encoder = new CommandEncoder({ capacity: 256 });
  encoder.encode(...values);
  const parser = new RequestParser();
  parser.feed(encoder.take());
  parser.next();
  return parser;
}
