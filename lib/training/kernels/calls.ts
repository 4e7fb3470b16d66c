/**
 * The calls that a plan is made of: each kernel's arguments, in the order in which they lie in memory. `calls.h` is made
 * from this table.
 *
 * @module
 */

/**
 * What an argument is. `read`, `write` and `update` are floats that the call reads, writes, or both: of its own items
 * where the call is made for each shard and the buffer has a part for each. `readAll` is read whole, whatever the
 * shard. `fill` is written where no other call that fills the same buffer writes. `table` is a list of integers.
 */
export type ArgumentKind =
  | "read"
  | "readAll"
  | "write"
  | "fill"
  | "update"
  | "table"
  | "int"
  | "float";

/** A kernel's arguments, and whether it is made for each shard of the batch, or once, in parts. */
export interface CallDeclaration {
  readonly each: "shard" | "part";
  readonly arguments: { readonly [name: string]: ArgumentKind };
}

const image = {
  height: "int",
  width: "int",
  channels: "int",
  top: "int",
  left: "int",
  padded_height: "int",
  padded_width: "int",
} as const;

const window = {
  height: "int",
  width: "int",
  channels: "int",
  out_height: "int",
  out_width: "int",
  window_height: "int",
  window_width: "int",
  stride_rows: "int",
  stride_columns: "int",
  top: "int",
  left: "int",
} as const;

const convolution = {
  x: "read",
  weights: "read",
  bias: "read",
  y: "write",
  table: "table",
  phases: "int",
  x_item: "int",
  y_item: "int",
  ...image,
  columns: "int",
  accumulate: "int",
} as const;

const filterGradient = {
  x: "read",
  dy: "read",
  dw: "write",
  db: "write",
  table: "table",
  weights: "int",
  x_item: "int",
  dy_item: "int",
  ...image,
  columns: "int",
  strip: "int",
} as const;

const limits = { low: "float", high: "float" } as const;

const taps = {
  offset: "int",
  kernel_width: "int",
  first_row: "int",
  first_column: "int",
  stride_rows: "int",
  stride_columns: "int",
  tap_rows: "int",
  tap_columns: "int",
} as const;

const fixed = {
  gamma: "read",
  beta: "read",
  mean: "read",
  variance: "read",
  pixels: "int",
  channels: "int",
  epsilon: "float",
  ...limits,
} as const;

/** Of the calls of plans. */
export const calls = {
  convolve: { each: "shard", arguments: convolution },
  convolve_filter_gradient: { each: "shard", arguments: filterGradient },
  depthwise: { each: "shard", arguments: convolution },
  depthwise_filter_gradient: { each: "shard", arguments: filterGradient },
  dense: {
    each: "shard",
    arguments: {
      x: "read",
      weights: "read",
      bias: "read",
      y: "write",
      in: "table",
      out: "table",
      rows: "int",
      columns: "int",
      accumulate: "int",
    },
  },
  dense_filter_gradient: {
    each: "part",
    arguments: {
      x: "read",
      dy: "read",
      dw: "write",
      in: "table",
      rows: "int",
      columns: "int",
      parts: "int",
    },
  },
  column_sums: { each: "part", arguments: { x: "read", sums: "write", columns: "int" } },
  pack_panels: {
    each: "part",
    arguments: { weights: "read", panels: "write", rows: "int", columns: "int", parts: "int" },
  },
  pack_transposed: {
    each: "part",
    arguments: {
      weights: "read",
      panels: "fill",
      inputs: "int",
      outputs: "int",
      ...taps,
      parts: "int",
    },
  },
  flip_depthwise: {
    each: "part",
    arguments: { weights: "read", flipped: "fill", channels: "int", ...taps },
  },
  pad: { each: "shard", arguments: { x: "read", y: "write", ...image } },
  crop: { each: "shard", arguments: { x: "read", y: "write", ...image, accumulate: "int" } },
  batch_norm_sums: {
    each: "shard",
    arguments: { x: "read", shift: "read", sums: "write", pixels: "int", channels: "int" },
  },
  batch_norm: {
    each: "shard",
    arguments: {
      x: "read",
      y: "write",
      sums: "readAll",
      shift: "read",
      gamma: "read",
      beta: "read",
      saved: "write",
      pixels: "int",
      channels: "int",
      epsilon: "float",
      ...limits,
    },
  },
  batch_norm_moving: {
    each: "part",
    arguments: {
      sums: "read",
      finite: "read",
      mean: "update",
      variance: "update",
      pixels: "int",
      channels: "int",
      momentum: "float",
      sample: "int",
    },
  },
  batch_norm_gradient_sums: {
    each: "shard",
    arguments: {
      x: "read",
      y: "read",
      dy: "read",
      saved: "read",
      sums: "write",
      pixels: "int",
      channels: "int",
      ...limits,
    },
  },
  batch_norm_gradient: {
    each: "shard",
    arguments: {
      x: "read",
      y: "read",
      dy: "read",
      dx: "write",
      saved: "read",
      sums: "readAll",
      pixels: "int",
      channels: "int",
      ...limits,
      accumulate: "int",
    },
  },
  batch_norm_parameters: {
    each: "part",
    arguments: { sums: "read", saved: "read", dgamma: "write", dbeta: "write", channels: "int" },
  },
  batch_norm_fixed: { each: "shard", arguments: { x: "read", y: "write", ...fixed } },
  batch_norm_fixed_gradient: {
    each: "shard",
    arguments: { y: "read", dy: "read", dx: "write", ...fixed, accumulate: "int" },
  },
  clamp: { each: "shard", arguments: { x: "read", y: "write", size: "int", ...limits } },
  clamp_gradient: {
    each: "shard",
    arguments: {
      y: "read",
      dy: "read",
      dx: "write",
      size: "int",
      ...limits,
      accumulate: "int",
    },
  },
  add_clamped: {
    each: "shard",
    arguments: { a: "read", b: "read", y: "write", size: "int", ...limits },
  },
  transfer: {
    each: "shard",
    arguments: { x: "read", y: "write", size: "int", accumulate: "int" },
  },
  sigmoid: { each: "shard", arguments: { x: "read", y: "write", size: "int" } },
  sigmoid_gradient: {
    each: "shard",
    arguments: { y: "read", dy: "read", dx: "write", size: "int", accumulate: "int" },
  },
  softmax: { each: "shard", arguments: { x: "read", y: "write", size: "int", columns: "int" } },
  softmax_gradient: {
    each: "shard",
    arguments: {
      y: "read",
      dy: "read",
      dx: "write",
      size: "int",
      columns: "int",
      accumulate: "int",
    },
  },
  dropout: {
    each: "shard",
    arguments: {
      x: "read",
      y: "write",
      size: "int",
      rate: "float",
      salt: "int",
      accumulate: "int",
    },
  },
  average_pool: { each: "shard", arguments: { x: "read", y: "write", ...window } },
  average_pool_gradient: {
    each: "shard",
    arguments: { dy: "read", dx: "write", ...window, accumulate: "int" },
  },
  max_pool: { each: "shard", arguments: { x: "read", y: "write", ...window } },
  max_pool_gradient: {
    each: "shard",
    arguments: { x: "read", dy: "read", dx: "write", ...window, accumulate: "int" },
  },
  cross_entropy: {
    each: "shard",
    arguments: { x: "read", labels: "read", dx: "write", losses: "write", columns: "int" },
  },
  squared_error: {
    each: "shard",
    arguments: { x: "read", labels: "read", dx: "write", losses: "write", size: "int" },
  },
  total_loss: {
    each: "part",
    arguments: {
      losses: "read",
      penalties: "read",
      penalties_count: "int",
      totals: "write",
      finite: "write",
    },
  },
  penalty: {
    each: "part",
    arguments: { weights: "read", result: "write", count: "int", l2: "float" },
  },
  reduce: {
    each: "part",
    arguments: {
      partials: "read",
      weights: "read",
      gradient: "update",
      count: "int",
      l2: "float",
      accumulate: "int",
      parts: "int",
    },
  },
  adam: {
    each: "part",
    arguments: {
      gradients: "read",
      finite: "read",
      weights: "update",
      m: "update",
      v: "update",
      count: "int",
      beta1: "float",
      beta2: "float",
      epsilon: "float",
      parts: "int",
    },
  },
  sgd: {
    each: "part",
    arguments: {
      gradients: "read",
      finite: "read",
      weights: "update",
      velocity: "update",
      count: "int",
      momentum: "float",
      nesterov: "int",
      parts: "int",
    },
  },
  fold_weights: {
    each: "part",
    arguments: {
      weights: "read",
      gamma: "read",
      variance: "read",
      y: "write",
      rows: "int",
      channels: "int",
      epsilon: "float",
    },
  },
  fold_weights_gradient: {
    each: "part",
    arguments: {
      dy: "read",
      weights: "read",
      gamma: "read",
      variance: "read",
      dw: "update",
      dgamma: "update",
      rows: "int",
      channels: "int",
      epsilon: "float",
      accumulate: "int",
      accumulate_gamma: "int",
    },
  },
  fold_bias: {
    each: "part",
    arguments: {
      bias: "read",
      gamma: "read",
      beta: "read",
      mean: "read",
      variance: "read",
      y: "write",
      channels: "int",
      epsilon: "float",
    },
  },
  fold_bias_gradient: {
    each: "part",
    arguments: {
      dy: "read",
      bias: "read",
      gamma: "read",
      mean: "read",
      variance: "read",
      dbias: "update",
      dbeta: "update",
      dgamma: "update",
      channels: "int",
      epsilon: "float",
      accumulate: "int",
      accumulate_beta: "int",
      accumulate_gamma: "int",
    },
  },
  quantize_weights: {
    each: "part",
    arguments: {
      weights: "read",
      y: "write",
      steps: "write",
      rows: "int",
      channels: "int",
      greatest: "float",
      per_channel: "int",
      least_error: "int",
    },
  },
  quantize_weights_gradient: {
    each: "part",
    arguments: {
      weights: "read",
      dy: "read",
      steps: "read",
      dw: "update",
      rows: "int",
      channels: "int",
      greatest: "float",
      per_channel: "int",
      accumulate: "int",
      parts: "int",
    },
  },
  quantize_bias: {
    each: "part",
    arguments: {
      bias: "read",
      range: "read",
      steps: "read",
      y: "write",
      channels: "int",
      per_channel: "int",
    },
  },
  quantize_items: {
    each: "shard",
    arguments: {
      x: "read",
      y: "write",
      range: "read",
      seen: "write",
      size: "int",
      ...limits,
      tie: "float",
    },
  },
  quantize_items_gradient: {
    each: "shard",
    arguments: {
      x: "read",
      dy: "read",
      dx: "write",
      range: "read",
      drange: "write",
      size: "int",
      ...limits,
      accumulate: "int",
    },
  },
  observe_range: {
    each: "part",
    arguments: { seen: "read", finite: "read", range: "update", momentum: "float" },
  },
} as const satisfies { readonly [kind: string]: CallDeclaration };

/** Name of a call. */
export type CallKind = keyof typeof calls;

const cTypes: { readonly [K in ArgumentKind]: string } = {
  read: "const float *",
  readAll: "const float *",
  write: "float *",
  fill: "float *",
  update: "float *",
  table: "const int *",
  int: "int ",
  float: "float ",
};

/** The text of calls.h. */
export function callsHeader(): string {
  const entries: [string, CallDeclaration][] = Object.entries(calls);
  const structs = entries.map(([kind, { arguments: fields }]) => {
    const lines = Object.entries(fields).map(([name, type]) => `  ${cTypes[type]}${name};\n`);
    return `struct ${kind} {\n${lines.join("")}};\nvoid ${kind}(const struct ${kind} *call, ` +
      `const struct work *work);\n`;
  });
  return `/* Made by build_kernels.ts from calls.ts. */\n${structs.join("\n")}\n` +
    `enum {\n${entries.map(([kind]) => `  CALL_${kind},\n`).join("")}};\n` +
    `#define EACH_CALL(X) ${entries.map(([kind]) => `X(${kind})`).join(" ")}\n`;
}
