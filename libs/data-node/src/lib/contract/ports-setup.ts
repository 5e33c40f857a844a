import type { Answer } from '../port/answer.ts';

/** A port of a started data node that has no slots, for a contract suite. */
export interface PortSetup<Port> {
  readonly port: Port;
  /** What the data node is told behind the port's back. */
  readonly node: {
    takeSlots(slots: readonly number[], epoch: number): void;
    releaseSlots(slots: readonly number[]): void;
  };
  /** Waits for an answer, letting time pass as needed. */
  readonly answer: <T>(answer: Answer<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

export type SetUpPort<Port> = () => PortSetup<Port> | Promise<PortSetup<Port>>;
