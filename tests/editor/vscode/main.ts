/**
 * `node main.ts SESSION CONFIG`: plays one session in a fresh editor and a fresh browser. CONFIG is a JSON file, see {@link Config}.
 *
 * Exit code 0 when every step went well, 1 when one failed (it has been reported), 2 when the session could not be played at all.
 */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";
import { CodeServer, type Settings } from "./codeServer.ts";
import { LOOK_MS } from "./patience.ts";
import { Report, StepFailed } from "./report.ts";
import { SESSIONS, type ServerPlace, type Session, type Stage, type Workspace } from "./sessions.ts";
import { Workbench } from "./workbench.ts";

/** Written by the Python side, which knows where things are. */
interface Config {
  readonly node: string;
  readonly codeServer: string;
  readonly chromium: string;
  readonly vsix: string;
  /** A stand-in for the Python extension. */
  readonly pythonExtension: string;
  readonly home: string;
  readonly pictures: string;
  /** The `prompts` command that starts the language server, and one whose server speaks an older protocol. */
  readonly prompts: string;
  readonly olderPrompts: string;
  /** Folders to look for programs in, on a machine with Python and uv and on one without. */
  readonly path: string;
  readonly pathWithoutPython: string;
  /** Variables that let pip and uv find the package under test. */
  readonly packages: Readonly<Record<string, string>>;
  readonly workspace: Workspace;
}

/** Half a screen is what many people give an editor; pictures of this size can be read in a document. */
const WINDOW = { width: 1400, height: 900 };

async function main(sessionName: string, configFile: string): Promise<number> {
  const session = SESSIONS[sessionName];
  if (session === undefined) {
    throw new Error(`There is no session "${sessionName}"; there are: ${Object.keys(SESSIONS).join(", ")}`);
  }
  const config = JSON.parse(readFileSync(configFile, "utf8")) as Config;
  const editor = await CodeServer.start({
    ...config,
    trusted: session.trusted,
    machineSettings: placeServer(session.server, config),
    alsoInstall: session.server === "python-extension" ? [config.pythonExtension] : [],
    env: environment(session, config),
  });
  try {
    const browser = await chromium.launch({
      executablePath: config.chromium,
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb"],
    });
    try {
      const page = await browser.newPage({ viewport: WINDOW });
      page.setDefaultTimeout(LOOK_MS);
      const workbench = new Workbench(page, config.pictures);
      await session.play({ workbench, report: new Report(workbench), editor, ...stageOf(config) });
      return 0;
    } finally {
      await browser.close();
    }
  } catch (error) {
    if (error instanceof StepFailed) {
      return 1;
    }
    throw error;
  } finally {
    await editor.stop();
  }
}

/** The machine's environment without its keys, with the package under test to be installed, and with `prompts` to be typed. */
function environment({ python }: Session, { packages, path: programs, pathWithoutPython, prompts, home }: Config): NodeJS.ProcessEnv {
  const withoutKeys = Object.entries(process.env).filter(([name]) => !/_(?:KEY|TOKEN|SECRET)$/.test(name));
  const found = python === false ? pathWithoutPython : `${path.dirname(prompts)}${path.delimiter}${programs}`;
  const interpreter = path.join(home, ".venv", "bin", "python");
  return { ...Object.fromEntries(withoutKeys), ...packages, PATH: found, STAND_IN_INTERPRETER: interpreter };
}

function stageOf(config: Config): Pick<Stage, "workspace" | "prompts" | "home" | "breakServer"> {
  return {
    workspace: config.workspace,
    prompts: config.prompts,
    home: config.home,
    breakServer: (broken) => {
      if (broken) {
        writeFileSync(breakMark(config), "");
      } else {
        rmSync(breakMark(config));
      }
    },
  };
}

/** As long as this file is there, the breakable server cannot start. */
function breakMark({ home }: Config): string {
  return path.join(home, "broken");
}

/** A `prompts` command that fails as one does whose environment was half removed, while {@link breakMark} is there. */
function breakablePrompts(config: Config): string {
  const command = path.join(config.home, "breakable-prompts");
  const fails = `if [ -e '${breakMark(config)}' ]; then echo 'ImportError: no module of that name' >&2; exit 1; fi`;
  writeFileSync(command, `#!/bin/sh\n${fails}\nexec '${config.prompts}' "$@"\n`, { mode: 0o755 });
  return command;
}

/** Puts the server where a session wants it found; the editor's settings for that. */
function placeServer(place: ServerPlace, config: Config): Settings {
  const { workspace, prompts, olderPrompts } = config;
  switch (place) {
    case "setting":
      return { "promptGraphs.server": [prompts] };
    case "breakable":
      return { "promptGraphs.server": [breakablePrompts(config)] };
    case "project":
      linkInto(workspace.folder, prompts);
      return {};
    case "python-extension":
      linkInto(config.home, prompts);
      return {};
    case "outdated-project":
      linkInto(workspace.folder, olderPrompts);
      return {};
    case "second-folder":
      linkInto(workspace.second, prompts);
      return {};
    case "nowhere":
      return {};
  }
}

function linkInto(folder: string, command: string): void {
  const scripts = path.join(folder, ".venv", "bin");
  mkdirSync(scripts, { recursive: true });
  symlinkSync(command, path.join(scripts, "prompts"));
}

const [sessionName, configFile] = process.argv.slice(2);
if (sessionName === undefined || configFile === undefined) {
  console.error("usage: node main.ts SESSION CONFIG");
  process.exitCode = 2;
} else {
  process.exitCode = await main(sessionName, configFile).catch((error: unknown) => {
    console.error(error);
    return 2;
  });
}
