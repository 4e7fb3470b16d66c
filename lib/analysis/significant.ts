/**
 * A number with four significant digits in plain decimal notation, as tables and figures print it; digits before the
 * decimal point are all kept, and grouped.
 */
export function significant(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return String(value);
  const magnitude = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  const decimals = Math.min(20, Math.max(0, digits - 1 - magnitude));
  return value.toLocaleString("en-US", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}
