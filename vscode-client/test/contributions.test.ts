/** What package.json promises is there, and the pages say the same. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";

const HERE = path.resolve(import.meta.dirname, "..");
const read = (name: string): string => readFileSync(path.join(HERE, name), "utf8");

interface Command {
  readonly command: string;
  readonly title: string;
  readonly category: string;
}

interface Manifest {
  readonly icon: string;
  readonly contributes: {
    readonly commands: readonly Command[];
    readonly configuration: { readonly properties: Readonly<Record<string, object>> };
    readonly languages: readonly { readonly configuration: string; readonly icon: Readonly<Record<string, string>> }[];
    readonly grammars: readonly { readonly path: string }[];
    readonly snippets: readonly { readonly path: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when?: string }[]>>;
    readonly viewsContainers: { readonly activitybar: readonly { readonly icon: string }[] };
    readonly viewsWelcome: readonly { readonly contents: string }[];
    readonly walkthroughs: readonly {
      readonly steps: readonly { readonly description: string; readonly media: { readonly markdown: string }; readonly completionEvents: readonly string[] }[];
    }[];
  };
}

const manifest = JSON.parse(read("package.json")) as Manifest;
const { contributes } = manifest;
const commands = new Set(contributes.commands.map(({ command }) => command));
const hidden = new Set((contributes.menus["commandPalette"] ?? []).filter(({ when }) => when === "false").map(({ command }) => command));
const sources = (readdirSync(path.join(HERE, "src"), { recursive: true }) as string[])
  .filter((name) => name.endsWith(".ts"))
  .map((name) => read(path.join("src", name)))
  .join("\n");
const linked = (text: string): readonly string[] => [...text.matchAll(/\(command:([\w.]+)\)/g)].map(([, command]) => command ?? "");

/** Whether a pattern of .vscodeignore, which has stars at its end or in its last part, means a file. */
function matches(pattern: string, file: string): boolean {
  if (pattern.endsWith("/**")) {
    return file.startsWith(pattern.slice(0, -2));
  }
  const [start = "", end = ""] = pattern.split("*");
  return pattern.includes("*") ? file.startsWith(start) && file.endsWith(end) && !file.slice(start.length).includes("/") : file === pattern;
}

describe("the manifest", () => {
  it.each([...commands])("has a function for %s", (command) => {
    expect(sources).toContain(`"${command}"`);
  });

  it("names no command that it does not have", () => {
    const steps = contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);
    const completed = steps.flatMap(({ completionEvents }) => completionEvents.map((event) => event.replace("onCommand:", "")));
    const named = [
      ...Object.values(contributes.menus).flatMap((entries) => entries.map(({ command }) => command)),
      ...contributes.viewsWelcome.flatMap(({ contents }) => linked(contents)),
      ...steps.flatMap(({ description }) => linked(description)),
      ...completed.filter((command) => command.startsWith("promptGraphs.")),
    ];
    expect(named.filter((command) => !commands.has(command))).toEqual([]);
  });

  it("names files that are there and are packed", () => {
    const files = [
      manifest.icon,
      ...contributes.languages.flatMap(({ configuration, icon }) => [configuration, ...Object.values(icon)]),
      ...contributes.grammars.map((grammar) => grammar.path),
      ...contributes.snippets.map((snippets) => snippets.path),
      ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
      ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.markdown)),
      "README.md",
      "CHANGELOG.md",
      "LICENSE.txt",
    ];
    const packed = read(".vscodeignore").split("\n").filter((line) => line.startsWith("!")).map((line) => line.slice(1));
    for (const file of files.map((name) => path.normalize(name))) {
      expect(existsSync(path.join(HERE, file)), file).toBe(true);
      expect(packed.some((pattern) => matches(pattern, file)), `${file} is packed`).toBe(true);
    }
  });

  it("calls all commands by one name, as titles are written", () => {
    for (const { title, category } of contributes.commands) {
      expect(category).toBe("Prompt Graphs");
      expect(title).toMatch(/^[A-Z]/);
    }
  });
});

describe("the pages", () => {
  it.each(contributes.commands.filter(({ command }) => !hidden.has(command)))("tell what $command does", ({ title }) => {
    expect(read("README.md")).toContain(`*${title}*`);
  });

  it.each(Object.keys(contributes.configuration.properties))("have the setting %s", (setting) => {
    expect(read("../docs/vscode.md")).toContain(`\`${setting}\``);
  });

  it("name no command or setting that is not there", () => {
    const titles = new Set(contributes.commands.map(({ title }) => title));
    const said = ["README.md", "../docs/vscode.md", "../docs/first-five-minutes.md"].flatMap((page) => [...read(page).matchAll(/\*Prompt Graphs: ([^*]+)\*/g)].map(([, title]) => title ?? ""));
    expect(said.filter((title) => title !== "…" && !titles.has(title))).toEqual([]);
    const settings = [...read("../docs/vscode.md").matchAll(/`(promptGraphs\.\w+|prompts\.\w+)`/g)].map(([, name]) => name ?? "");
    expect(settings.filter((name) => !(name in contributes.configuration.properties))).toEqual([]);
  });
});
