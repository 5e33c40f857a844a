// Who owns which slot, and how that changes.
export { Member, type SetResult } from './lib/member.ts';
export { Membership, type NodeInfo } from './lib/membership.ts';
export { SlotLocations } from './lib/slot-locations.ts';
export { type Topology } from './lib/topology.ts';
export { type SlotTransit } from './lib/slot-transit.ts';

// What operations fail with.
export {
  CacheError,
  DataNodeUnavailableError,
  DuplicateNodeError,
  InvalidArgumentError,
  ManagerClosedError,
  NoDataNodeError,
  OperationTimeoutError,
} from './lib/errors.ts';
