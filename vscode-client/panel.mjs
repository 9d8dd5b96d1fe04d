/**
 * Builds the graph panel's page.
 *
 *   node panel.mjs           writes it to the language server, which serves it
 *   node panel.mjs --check   fails when what is committed there is not what the sources give
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { notices } from "./notices.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const SERVED = fileURLToPath(new URL("../server/prompts_server/panel/static/", import.meta.url));

/** The files of the page, by name. */
export async function panelFiles() {
  const { outputFiles, metafile } = await build({
    absWorkingDir: HERE,
    entryPoints: ["panel/src/main.ts"],
    bundle: true,
    platform: "browser",
    target: "es2022",
    format: "iife",
    minify: true,
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
    write: false,
  });
  const inputs = Object.keys(metafile.inputs).map((input) => `${HERE}${input}`);
  return new Map([
    ["index.html", await readFile(`${HERE}panel/index.html`, "utf8")],
    ["panel.css", await readFile(`${HERE}panel/panel.css`, "utf8")],
    ["panel.js", outputFiles[0].text],
    ["THIRD-PARTY-NOTICES.txt", await notices(inputs)],
  ]);
}

async function write() {
  await mkdir(SERVED, { recursive: true });
  for (const [name, content] of await panelFiles()) {
    await writeFile(`${SERVED}${name}`, content);
  }
}

async function check() {
  for (const [name, content] of await panelFiles()) {
    const served = await readFile(`${SERVED}${name}`, "utf8").catch(() => undefined);
    if (served !== content) {
      throw new Error(`server/prompts_server/panel/static/${name} is not what the sources give: run \`npm run panel\``);
    }
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  await (argv.includes("--check") ? check() : write());
}
