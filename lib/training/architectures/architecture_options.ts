/** Options of an architecture. */
export interface ArchitectureOptions {
  /** Initial weights depend on it, as far as they are random. [0] */
  seed?: number;
  /** Classes that it tells apart; of those that do. [as the benchmark has] */
  classes?: number;
}
