/**
 * The official reference data (models, inputs, sessions) lies beside the project, or where `THIMBLE_REFERENCE` says; it
 * is not part of it. Tests that need it are skipped, saying so, where it is absent.
 */
import { existsSync } from "node:fs";

const beside = new URL("../../shared/", import.meta.url).pathname;

/** Folder that holds `reference/` and `golden/`, with a slash at the end; undefined where there is none. */
export const sharedDir: string | undefined = [Deno.env.get("THIMBLE_REFERENCE"), beside]
  .filter((dir) => dir !== undefined)
  .map((dir) => dir.endsWith("/") ? dir : dir + "/")
  .find((dir) => existsSync(dir + "reference") && existsSync(dir + "golden"));

/** Path of a file under the shared folder. Only to be called inside a {@linkcode referenceTest}. */
export function shared(path: string): string {
  return sharedDir + path;
}

/** Whether a test that cannot run is a failure: in CI, where everything has to be there. */
const requireAll = Deno.env.get("THIMBLE_REQUIRE_ALL") === "1";

/** A test that needs something which is not everywhere; without it, it is skipped and says why. */
export function testWith(
  needs: { present: boolean; otherwise: string },
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
) {
  const { present, otherwise } = needs;
  Deno.test({
    name: present ? name : `${name} (skipped: ${otherwise})`,
    ignore: !present && !requireAll,
    fn: present ? fn : () => {
      throw new Error(`Cannot run this test: ${otherwise}`);
    },
  });
}

/** A test on the reference data. */
export function referenceTest(name: string, fn: (t: Deno.TestContext) => void | Promise<void>) {
  testWith(
    { present: sharedDir !== undefined, otherwise: "no reference data, set THIMBLE_REFERENCE" },
    name,
    fn,
  );
}
