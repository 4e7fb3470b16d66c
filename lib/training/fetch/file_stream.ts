// A chunk of DEFLATE grows up to 1032 times, and is handed out as a whole: 16 KiB keep that below 17 MB.
const CHUNK_BYTES = 16_384;

/**
 * A part of a file as a stream.
 *
 * @param onRead Called with the number of bytes that each chunk has.
 */
export function fileStream(
  file: Deno.FsFile,
  start: number,
  end: number,
  onRead: (bytes: number) => void = () => {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = start;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (at >= end) return controller.close();
      const bytes = await readAt(file, at, Math.min(CHUNK_BYTES, end - at));
      // The file got shorter meanwhile: whoever reads on sees that something is missing.
      if (bytes.length === 0) return controller.close();
      at += bytes.length;
      onRead(bytes.length);
      controller.enqueue(bytes);
    },
  }, { highWaterMark: 0 });
}

/** Reads `count` bytes at a place; fewer where the file ends before. */
export async function readAt(
  file: Deno.FsFile,
  start: number,
  count: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(count);
  await file.seek(start, Deno.SeekMode.Start);
  let done = 0;
  while (done < count) {
    const read = await file.read(bytes.subarray(done));
    if (read === null) break;
    done += read;
  }
  return bytes.subarray(0, done);
}
