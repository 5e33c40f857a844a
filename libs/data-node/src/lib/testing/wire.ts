import type { DataNode } from '../data-node.ts';
import type { DataNodeLife } from '../port/life.ts';
import type { DataNodeOperations } from '../port/operations.ts';

/** The calls that can go as bytes. */
export type RemoteCalls = DataNodeOperations & DataNodeLife;

/** How calls to a data node travel as bytes. */
export interface Wire {
  /** The end at the data node: carries a request out, and returns its answer. */
  serve(node: DataNode): (request: Buffer) => Buffer;
  /** The end at the caller. `send` comes to the answer. */
  connect(node: DataNode, send: (request: Buffer) => Promise<Buffer>): RemoteCalls;
}
