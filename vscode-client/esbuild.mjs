/** Bundles the extension into `out/extension.js`, with the licences of the packages in it beside it. */
import { readFile, readdir, writeFile } from "node:fs/promises";
import { build } from "esbuild";

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

/** The directories of the packages whose files are in the bundle. */
const packages = new Set(
  Object.keys(metafile.inputs).flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.slice(0, 1) ?? []),
);
const notices = [];
for (const directory of [...packages].sort()) {
  const { name, version, license } = JSON.parse(await readFile(`${directory}/package.json`, "utf8"));
  const file = (await readdir(directory)).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) {
    throw new Error(`${name} is bundled and has no licence file`);
  }
  notices.push(`${name} ${version} (${license})\n\n${(await readFile(`${directory}/${file}`, "utf8")).trim()}\n`);
}
await writeFile("out/THIRD-PARTY-NOTICES.txt", `The extension's code contains these packages.\n\n${notices.join(`\n${"-".repeat(80)}\n\n`)}`);
