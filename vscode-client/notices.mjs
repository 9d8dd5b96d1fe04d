/** The licences of the packages whose files are in a bundle. */
import { readFile, readdir } from "node:fs/promises";

/**
 * @param inputs The files in the bundle, as esbuild's `metafile` names them.
 * @throws Error when a package has no licence file.
 */
export async function notices(inputs) {
  const packages = new Set(inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.slice(0, 1) ?? []));
  const texts = [];
  for (const directory of [...packages].sort()) {
    const { name, version, license } = JSON.parse(await readFile(`${directory}/package.json`, "utf8"));
    const file = (await readdir(directory)).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) {
      throw new Error(`${name} is bundled and has no licence file`);
    }
    texts.push(`${name} ${version} (${license})\n\n${(await readFile(`${directory}/${file}`, "utf8")).trim()}\n`);
  }
  return `This code contains these packages.\n\n${texts.join(`\n${"-".repeat(80)}\n\n`)}`;
}
