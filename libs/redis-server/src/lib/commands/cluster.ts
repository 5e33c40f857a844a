import { createHash } from 'node:crypto';
import { SLOT_COUNT, slotOf } from '@distributed-cache/consistent-hash';
import type { Session } from '../server/session.ts';
import type { Arguments } from './arguments.ts';
import type { CommandRow } from './command.ts';
import { CLUSTER_DISABLED } from './replies.ts';

function keyslot(args: Arguments, session: Session): void {
  session.out.integer(slotOf(args.buffer, args.starts[2]!, args.ends[2]!));
}

/** What Redis answers when it is not part of a cluster, and what a proxy answers, which hides one. */
function disabled(_args: Arguments, session: Session): void {
  session.fail(CLUSTER_DISABLED);
}

/** A single node is a cluster in which it owns everything. */
function info(args: Arguments, session: Session): void {
  if (session.server.proxy !== undefined) {
    disabled(args, session);
    return;
  }
  const fields = {
    cluster_state: 'ok',
    cluster_slots_assigned: SLOT_COUNT,
    cluster_slots_ok: SLOT_COUNT,
    cluster_slots_pfail: 0,
    cluster_slots_fail: 0,
    cluster_known_nodes: 1,
    cluster_size: 1,
    cluster_current_epoch: 1,
    cluster_my_epoch: 1,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}:${value}\r\n`);
  session.out.verbatim(lines.join(''));
}

function myid(args: Arguments, session: Session): void {
  if (session.server.proxy !== undefined) {
    disabled(args, session);
    return;
  }
  const { id, incarnation } = session.node;
  session.out.bulkText(createHash('sha1').update(`${id}\0${incarnation}`).digest('hex'));
}

export const CLUSTER_COMMANDS: readonly CommandRow<Session>[] = [
  {
    name: 'cluster',
    arity: -2,
    flags: [],
    since: '3.0.0',
    helpSince: '5.0.0',
    summary: 'Says which slots are where.',
    subcommands: [
      {
        name: 'keyslot',
        arity: 3,
        flags: ['stale'],
        since: '3.0.0',
        summary: 'Answers the slot of a key.',
        complexity: 'O(N) in the length of the key',
        syntax: '<key>',
        serve: keyslot,
      },
      {
        name: 'info',
        arity: 2,
        flags: ['stale'],
        since: '3.0.0',
        summary: 'Answers the state of the cluster.',
        complexity: 'O(1)',
        serve: info,
      },
      {
        name: 'myid',
        arity: 2,
        flags: ['stale'],
        since: '3.0.0',
        summary: 'Answers the name of this node in the cluster.',
        complexity: 'O(1)',
        serve: myid,
      },
      ...(['nodes', 'shards', 'slots'] as const).map((name) => ({
        name,
        arity: 2,
        flags: ['stale'] as const,
        since: name === 'shards' ? '7.0.0' : '3.0.0',
        summary: 'Answers that there is no cluster to be seen from here.',
        complexity: 'O(1)',
        serve: disabled,
      })),
    ],
  },
];
