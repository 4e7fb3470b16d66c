import assert from "node:assert/strict";
import { ModelError } from "../../../lib/model/errors.ts";
import { ProtoReader, ProtoWriter, WireType } from "../../../lib/model/onnx/protobuf.ts";

const bytes = (...values: number[]) => new Uint8Array(values);

function fails(data: Uint8Array, offset: number, read: (reader: ProtoReader) => unknown) {
  const reader = new ProtoReader(data);
  assert.throws(
    () => {
      reader.next();
      read(reader);
    },
    (error) => error instanceof ModelError && error.offset === offset,
  );
}

Deno.test("ProtoWriter writes the bytes of the specification's examples", () => {
  // https://protobuf.dev/programming-guides/encoding: Test1 { a: 150 }, Test2 { b: "testing" }, Test3 { c: Test1 }.
  assert.deepEqual([...new ProtoWriter().int(1, 150).finish()], [0x08, 0x96, 0x01]);
  assert.deepEqual(
    [...new ProtoWriter().string(2, "testing").finish()],
    [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67],
  );
  assert.deepEqual(
    [...new ProtoWriter().message(3, (test1) => test1.int(1, 150)).finish()],
    [0x1a, 0x03, 0x08, 0x96, 0x01],
  );
  assert.deepEqual(
    [...new ProtoWriter().ints(6, [3, 270, 86942]).finish()],
    [0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05],
  );
  assert.deepEqual(
    [...new ProtoWriter().int(1, -1).finish()],
    [0x08, ...new Array(9).fill(0xff), 0x01],
  );
});

Deno.test("ProtoReader reads what ProtoWriter writes", () => {
  const ints = [0, 1, 127, 128, 2 ** 28 - 1, 2 ** 28, 2 ** 31, 2 ** 53 - 1, -1, -(2 ** 40)];
  const long = "ß".repeat(5000);
  const written = new ProtoWriter().ints(3, ints).float(4, 0.1).floats(5, [1, -2.5])
    .string(600000, long).message(7, (inner) => inner.int(1, 5).bytes(2, bytes(9)));
  for (const value of ints) written.int(8, value);
  const reader = new ProtoReader(written.finish());
  const seen: number[] = [], single: number[] = [], floats: number[] = [];
  while (reader.next()) {
    if (reader.field === 3) reader.ints(seen);
    else if (reader.field === 4) assert.equal(reader.float(), Math.fround(0.1));
    else if (reader.field === 5) reader.floats(floats);
    else if (reader.field === 600000) assert.equal(reader.string(), long);
    else if (reader.field === 7) {
      const inner = reader.message();
      assert(inner.next());
      assert.equal(inner.int(), 5);
      assert(inner.next());
      assert.deepEqual([...inner.bytes()], [9]);
      assert(!inner.next());
    } else reader.ints(single);
  }
  assert.deepEqual(seen, ints);
  assert.deepEqual(single, ints);
  assert.deepEqual(floats, [1, -2.5]);
});

Deno.test("ProtoReader holds integers beyond 2⁵³ at that bound", () => {
  const most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
  const least = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01];
  const reader = new ProtoReader(bytes(0x08, ...most, 0x08, ...least));
  reader.next();
  assert.equal(reader.int(), Number.MAX_SAFE_INTEGER);
  reader.next();
  assert.equal(reader.int(), -Number.MAX_SAFE_INTEGER);
});

Deno.test("ProtoReader skips fields of every wire type", () => {
  const reader = new ProtoReader(bytes(
    ...[0x08, 0x96, 0x01],
    ...[0x11, 0, 0, 0, 0, 0, 0, 0, 0],
    ...[0x1a, 0x02, 0xff, 0xff],
    ...[0x25, 0, 0, 0, 0],
  ));
  const types: number[] = [];
  while (reader.next()) {
    types.push(reader.wireType);
    reader.skip();
  }
  const { varint, fixed64, bytes: run, fixed32 } = WireType;
  assert.deepEqual(types, [varint, fixed64, run, fixed32]);
});

Deno.test("ProtoReader throws at the byte where a message is damaged", () => {
  fails(bytes(0x08), 1, (r) => r.int());
  fails(bytes(0x08, 0x80), 2, (r) => r.int());
  fails(bytes(0x08, ...new Array(10).fill(0x80), 0), 1, (r) => r.int());
  fails(bytes(0x0a, 0x05, 1, 2), 1, (r) => r.bytes());
  fails(bytes(0x0a, ...new Array(9).fill(0xff), 0x01), 1, (r) => r.string());
  fails(bytes(0x0d, 1, 2, 3), 1, (r) => r.float());
  fails(bytes(0x09, 1, 2, 3), 1, (r) => r.skip());
  fails(bytes(0x0b), 1, (r) => r.skip());
  fails(bytes(0x00), 0, () => 0);
  fails(bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01), 0, () => 0);
  fails(bytes(0x0a, 0x00), 1, (r) => r.int());
  fails(bytes(0x08, 0x00), 1, (r) => r.message());
  // A packed run that ends inside of a value; what follows belongs to another field.
  fails(bytes(0x0a, 0x02, 0x01, 0x80, 0x01), 4, (r) => r.ints([]));
  fails(bytes(0x0a, 0x03, 1, 2, 3, 4), 2, (r) => r.floats([]));
});
