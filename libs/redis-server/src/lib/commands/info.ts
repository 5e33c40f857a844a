import type { Session } from '../server/session.ts';
import type { NodeStatistics } from '@distributed-cache/pubsub';
import { REDIS_POLICIES } from './config.ts';
import { REDIS_VERSION } from './version.ts';

type Fields = readonly (readonly [name: string, value: string | number])[];

/** The sections of INFO, in the order in which they are answered. */
const SECTIONS: Readonly<Record<string, (server: Session['server']) => Fields>> = {
  server: (server) => {
    const uptime = Math.floor((server.clock.now() - server.startedAt) / 1000);
    return [
      ['redis_version', REDIS_VERSION],
      ['redis_mode', 'standalone'],
      ['server_name', 'distributed-cache'],
      ['os', `${process.platform} ${process.arch}`],
      ['arch_bits', 64],
      ['node_version', process.version],
      ['process_id', process.pid],
      ['run_id', server.runId],
      ['tcp_port', server.settings.port],
      ['node_id', server.nodes.map(({ id }) => id).join(',')],
      ['uptime_in_seconds', uptime],
      ['uptime_in_days', Math.floor(uptime / 86_400)],
    ];
  },
  clients: (server) => {
    let subscribers = 0;
    for (const session of server.sessions.values()) if (session.subscriptions > 0) subscribers++;
    return [
      ['connected_clients', server.sessions.size],
      ['cluster_connections', 0],
      ['maxclients', server.settings.maxClients],
      ['tracking_clients', server.tracker.clients],
      ['blocked_clients', server.postponed.size],
      ['pubsub_clients', subscribers],
    ];
  },
  memory: (server) => {
    const { bytes, maxBytes } = total(server);
    const memory = process.memoryUsage();
    return [
      ['used_memory', bytes],
      ['used_memory_human', human(bytes)],
      ['used_memory_rss', memory.rss],
      ['used_memory_rss_human', human(memory.rss)],
      ['javascript_heap_used', memory.heapUsed],
      ['javascript_heap_total', memory.heapTotal],
      ['array_buffers', memory.arrayBuffers],
      ['maxmemory', maxBytes],
      ['maxmemory_human', human(maxBytes)],
      ['maxmemory_policy', REDIS_POLICIES[server.settings.evictionPolicy]],
    ];
  },
  persistence: () => [
    ['loading', 0],
    ['rdb_bgsave_in_progress', 0],
    ['aof_enabled', 0],
  ],
  stats: (server) => {
    const { statistics, channels, clientInput, clientOutput } = server;
    const { hits, misses, evictions, expirations } = total(server);
    return [
      ['total_connections_received', statistics.connections],
      ['total_commands_processed', statistics.commands],
      ['total_net_input_bytes', statistics.inputBytes],
      ['total_net_output_bytes', statistics.outputBytes],
      ['rejected_connections', statistics.rejectedConnections],
      ['expired_keys', expirations],
      ['evicted_keys', evictions],
      ['evicted_clients', clientInput.evicted + clientOutput.evicted],
      ['keyspace_hits', hits],
      ['keyspace_misses', misses],
      ['pubsub_channels', channels.names().length],
      ['pubsub_patterns', channels.patterns],
      ['client_output_buffer_limit_disconnections', statistics.outputLimitDisconnections],
      ['total_error_replies', statistics.errorReplies],
    ];
  },
  replication: (server) => [
    ['role', 'master'],
    ['connected_slaves', 0],
    ['master_replid', server.runId],
    ['master_repl_offset', 0],
  ],
  cpu: () => {
    const { system, user } = process.cpuUsage();
    return [
      ['used_cpu_sys', (system / 1e6).toFixed(6)],
      ['used_cpu_user', (user / 1e6).toFixed(6)],
    ];
  },
  modules: () => [],
  commandstats: ({ commands, statistics }) => {
    const fields: [string, string][] = [];
    for (const command of commands.all()) {
      const { index, fullName } = command;
      const calls = statistics.calls[index]!;
      const [failed, rejected] = [statistics.failed[index]!, statistics.rejected[index]!];
      if (calls + rejected === 0) continue;
      const microseconds = Math.round(statistics.microseconds[index]!);
      const each = calls === 0 ? 0 : statistics.microseconds[index]! / calls;
      fields.push([
        `cmdstat_${fullName}`,
        `calls=${calls},usec=${microseconds},usec_per_call=${each.toFixed(2)},rejected_calls=${rejected},failed_calls=${failed}`,
      ]);
    }
    return fields;
  },
  errorstats: ({ statistics }) =>
    [...statistics.errors].map(([code, count]) => [`errorstat_${code}`, `count=${count}`] as const),
  cluster: () => [['cluster_enabled', 0]],
  keyspace: ({ nodes, clock }) => {
    let [entries, expiring, expiry] = [0, 0, 0];
    for (const { store } of nodes) {
      entries += store.entries;
      expiring += store.expiring;
      if (store.expiring > 0) expiry += store.expiring * store.meanExpiry();
    }
    if (entries === 0) return [];
    const ttl = expiring === 0 ? 0 : Math.max(0, Math.round(expiry / expiring - clock.now()));
    return [['db0', `keys=${entries},expires=${expiring},avg_ttl=${ttl}`]];
  },
};

/** What all data nodes of the process have and did. */
function total({ nodes }: Session['server']): NodeStatistics {
  const sum = { entries: 0, bytes: 0, maxBytes: 0, hits: 0, misses: 0, evictions: 0, expirations: 0 };
  const fields = Object.keys(sum) as (keyof NodeStatistics)[];
  for (const node of nodes) {
    const statistics = node.statistics();
    for (const field of fields) sum[field] += statistics[field];
  }
  return sum;
}

/** Not part of plain INFO. */
const ON_REQUEST: ReadonlySet<string> = new Set(['commandstats']);

/** The text of INFO. @param asked names of sections, `default`, `all` or `everything`, in lower case */
export function infoText(server: Session['server'], asked: readonly string[]): string {
  const all = asked.includes('all') || asked.includes('everything');
  const usual = asked.length === 0 || asked.includes('default');
  return Object.entries(SECTIONS)
    .filter(([name]) => all || asked.includes(name) || (usual && !ON_REQUEST.has(name)))
    .map(([name, fieldsOf]) => {
      const lines = fieldsOf(server).map(([field, value]) => `${field}:${value}\r\n`);
      return `# ${titleOf(name)}\r\n${lines.join('')}`;
    })
    .join('\r\n');
}

function titleOf(section: string): string {
  return section === 'cpu' ? 'CPU' : section[0]!.toUpperCase() + section.slice(1);
}

function human(bytes: number): string {
  const units = ['B', 'K', 'M', 'G', 'T'];
  let unit = 0;
  let value = bytes;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return unit === 0 ? `${bytes}B` : `${value.toFixed(2)}${units[unit]!}`;
}
