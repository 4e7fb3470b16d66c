import assert from "node:assert/strict";
import { programParts } from "../../../lib/model/compile/program_parts.ts";

const size = `   text	   data	    bss	    dec	    hex	filename
   1000	     20	    300	   1320	    528	dut
`;

Deno.test("programParts() tells files and functions apart", () => {
  const symbols = `00000000 t .text
00000000 a port.c
00000010 00000010 t baud
20000000 00000008 d speed
00000000 a model.c
00000100 00000040 r weights
20000010 00000080 b arena
00000000 a add.c
00000200 00000004 t helper
00000000 a port.c
20000090 00000010 b ring
00000300 00000020 T engine_add
00000320 0000000a T th_infer
00000330 0000000c T th_name
20000000 D data_start
`;
  assert.deepEqual(programParts(symbols, size, new Set(["add.c"])), [
    { name: "model", flashBytes: 64 + 10, ramBytes: 128 },
    { name: "kernels", flashBytes: 4 + 32, ramBytes: 0 },
    { name: "core, port, stack", flashBytes: 1020 - 110, ramBytes: 320 - 128 },
  ]);
});
