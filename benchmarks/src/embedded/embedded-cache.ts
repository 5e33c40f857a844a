/** A cache inside the process, reduced to what is measured. Values are strings for everyone. */
export interface EmbeddedCache {
  readonly name: string;
  get(key: string): unknown;
  set(key: string, value: string): unknown;
  close(): unknown;
}
