/**
 * Settings of clusters of processes, which this version does not have yet. Every program refuses them: ignored, one
 * would leave somebody with fewer copies, or less protection, than was asked for.
 */
export const UNSUPPORTED: readonly string[] = [
  ...['NODES', 'CLUSTER_NAME', 'CLUSTER_SECRET', 'NODE_WEIGHT', 'ZONE', 'ADVERTISE_HOST', 'ADVERTISE_PORT'],
  ...['ETCD', 'ETCD_TLS_CA', 'ETCD_TLS_CERT', 'ETCD_TLS_KEY', 'ETCD_USERNAME', 'ETCD_PASSWORD'],
  ...['BACKUP_COUNT', 'LEASE', 'LEASE_RENEW', 'DRAIN_TIMEOUT', 'AGREEMENT_LOSS'],
];
