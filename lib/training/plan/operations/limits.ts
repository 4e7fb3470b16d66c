/** Values are cut to a range: (0, ∞) is relu, (0, 6) relu6, (-∞, ∞) nothing. */
export interface Limits {
  low: number;
  high: number;
}

/** No limits. */
export const unlimited: Limits = { low: -Infinity, high: Infinity };

/** Whether anything is cut off. */
export function isLimited({ low, high }: Limits): boolean {
  return low !== -Infinity || high !== Infinity;
}
