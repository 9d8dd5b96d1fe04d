/** Bundles the extension into `out/extension.js`, with the licences of the packages in it beside it, and the graph panel's page into `out/panel/`. */
import { mkdir, writeFile } from "node:fs/promises";
import { build } from "esbuild";
import { notices } from "./notices.mjs";
import { panelFiles } from "./panel.mjs";

/** Every window that opens a prompt graph loads all of it. */
const LARGEST_BYTES = 500_000;

const { metafile } = await build({
  entryPoints: ["src/extension.ts"],
  outfile: "out/extension.js",
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
});
const [{ bytes }] = Object.values(metafile.outputs);
if (bytes > LARGEST_BYTES) {
  throw new Error(`The extension is ${bytes} bytes, more than the ${LARGEST_BYTES} that it may have: look for what was bundled by mistake`);
}
await writeFile("out/THIRD-PARTY-NOTICES.txt", await notices(Object.keys(metafile.inputs)));

await mkdir("out/panel", { recursive: true });
for (const [name, content] of await panelFiles()) {
  await writeFile(`out/panel/${name}`, content);
}
