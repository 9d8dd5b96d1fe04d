/**
 * `node main.ts SESSION CONFIG`: plays one session in a fresh editor and a fresh browser. CONFIG is a JSON file, see {@link Config}.
 *
 * Exit code 0 when every step went well, 1 when one failed (it has been reported), 2 when the session could not be played at all.
 */
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";
import { CodeServer } from "./codeServer.ts";
import { Report, StepFailed } from "./report.ts";
import { SESSIONS, type Workspace } from "./sessions.ts";
import { Workbench } from "./workbench.ts";

/** Written by the Python side, which knows where things are. */
interface Config {
  readonly node: string;
  readonly codeServer: string;
  readonly chromium: string;
  readonly vsix: string;
  readonly home: string;
  readonly pictures: string;
  /** The `prompts` command that starts the language server. */
  readonly server: string;
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
  if (session.server === "project") {
    const scripts = path.join(config.workspace.folder, ".venv", "bin");
    mkdirSync(scripts, { recursive: true });
    symlinkSync(config.server, path.join(scripts, "prompts"));
  }
  const editor = await CodeServer.start({
    ...config,
    trusted: session.trusted,
    settings: session.server === "setting" ? { "promptGraphs.server": [config.server] } : {},
  });
  try {
    const browser = await chromium.launch({
      executablePath: config.chromium,
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb"],
    });
    try {
      const page = await browser.newPage({ viewport: WINDOW });
      const workbench = new Workbench(page, config.pictures);
      await session.play({ workbench, report: new Report(workbench), editor, workspace: config.workspace });
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
