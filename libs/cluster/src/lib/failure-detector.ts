import type { Clock } from '@distributed-cache/runtime';
import type { NodeStatus, PubSub } from '@distributed-cache/pubsub';
import type { Subscription } from 'rxjs';

/** So many report intervals of silence make a member lost. */
export const SILENT_INTERVALS = 3;

/** Who is watched. The same id with another incarnation is somebody else. */
export interface Watched {
  readonly id: string;
  readonly incarnation: string;
}

export interface FailureDetectorOptions<M extends Watched> {
  readonly pubsub: PubSub;
  readonly clock: Clock;
  /** How often members report, in milliseconds. */
  readonly interval: number;
  /** Every report that arrives, of watched members and others. */
  readonly onReport: (status: NodeStatus) => void;
  /** Called once for a member that fell silent, which is not watched any more then. */
  readonly onSilent: (member: M) => void;
}

/**
 * Notices members that stopped reporting, from `node_status` messages alone.
 *
 * A member is silent when nothing was heard of it for {@link SILENT_INTERVALS} intervals on this process's own
 * monotonic clock, so it is found out within one interval more. All counts start over when this side may have missed
 * reports: after a gap in its own event loop (its timer ran more than an interval late), and when the PubSub dropped
 * messages. Once the PubSub is closed nobody can report, and nobody is judged.
 */
export class FailureDetector<M extends Watched> {
  readonly #heard = new Map<M, number>();
  readonly #options: FailureDetectorOptions<M>;
  readonly #subscription: Subscription;
  #cancelCheck: () => void = () => undefined;

  constructor(options: FailureDetectorOptions<M>) {
    this.#options = options;
    this.#checkLater();
    this.#subscription = options.pubsub.subscribe('node_status', (message) => {
      if (message.topic === 'overflow') this.#startOver();
      else this.#hear(message);
    });
    this.#subscription.add(() => {
      this.#cancelCheck();
    });
  }

  /** Counts from now. */
  watch(member: M): void {
    this.#heard.set(member, this.#options.clock.now());
  }

  forget(member: M): void {
    this.#heard.delete(member);
  }

  close(): void {
    this.#subscription.unsubscribe();
    this.#heard.clear();
  }

  #hear(status: NodeStatus): void {
    for (const member of this.#heard.keys()) {
      if (member.id === status.node && member.incarnation === status.incarnation) this.watch(member);
    }
    this.#options.onReport(status);
  }

  #startOver(): void {
    for (const member of this.#heard.keys()) this.watch(member);
  }

  #checkLater(): void {
    const { clock, interval } = this.#options;
    const due = clock.now() + interval;
    this.#cancelCheck = clock.schedule(interval, () => {
      this.#checkLater();
      if (clock.now() - due > interval) this.#startOver();
      else this.#check();
    });
  }

  #check(): void {
    const { clock, interval, onSilent } = this.#options;
    const heardSince = clock.now() - SILENT_INTERVALS * interval;
    for (const [member, heard] of this.#heard) {
      if (heard >= heardSince) continue;
      this.forget(member);
      onSilent(member);
    }
  }
}
