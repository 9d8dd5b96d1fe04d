/** Gets the server onto the machine where it is missing or too old: asks first, shows progress, says what went wrong. */
import * as vscode from "vscode";
import type { Mismatch } from "./handshake";
import { machine } from "./machine";
import { InstallError, install, managedEnvironment } from "./managed";

/** Remembered for a workspace: the version of the extension whose own server the user has preferred to the project's. */
const MANAGED_FIRST = "promptGraphs.managedFirst";

export class Installation {
  /** The directory of the managed environment, whether or not it exists. */
  readonly environment: string;

  /**
   * @param storage The directory of the extension's own storage.
   * @param version The version of the extension, and so of the server that fits it.
   * @param complain Tells the user what went wrong, with a button of the given name; resolves to whether that was pressed.
   */
  constructor(
    private readonly remembered: vscode.Memento,
    private readonly storage: string,
    private readonly version: string,
    private readonly log: vscode.LogOutputChannel,
    private readonly complain: (message: string, button: string) => Promise<boolean>,
  ) {
    this.environment = managedEnvironment(storage, version);
  }

  /** Whether the user has chosen the managed environment for this workspace. */
  get preferred(): boolean {
    return this.remembered.get(MANAGED_FIRST) === this.version;
  }

  /** Offers to install the server that is missing. Resolves to whether it is there now. */
  async offer(): Promise<boolean> {
    const button = "Install";
    const choice = await vscode.window.showInformationMessage(
      `Prompt Graphs needs its language server, the Python package prompts-lang ${this.version}. Install it into the extension's own storage?`,
      button,
    );
    return choice === button && this.install();
  }

  /** Says in one message what is wrong with the server that was found, and does what its button promises. Resolves like {@link offer}. */
  async offerRemedy({ message, button, remedy }: Mismatch): Promise<boolean> {
    if ((await vscode.window.showWarningMessage(message, button)) !== button) {
      return false;
    }
    switch (remedy) {
      case "install-matching-server":
        await this.remembered.update(MANAGED_FIRST, this.version);
        return this.install();
      case "update-extension":
        await vscode.commands.executeCommand("workbench.extensions.action.checkForUpdates");
        return false;
      case "open-setting":
        await vscode.commands.executeCommand("workbench.action.openSettings", "promptGraphs.server");
        return false;
    }
  }

  private async install(): Promise<boolean> {
    const location = vscode.ProgressLocation.Notification;
    try {
      await vscode.window.withProgress({ location, title: "Installing the Prompt Graphs language server" }, () =>
        install(machine(this.storage, this.log), this.environment, this.version),
      );
      return true;
    } catch (error) {
      if (!(error instanceof InstallError)) {
        throw error;
      }
      // Whoever installs Python or mends the network meanwhile goes on from here.
      return (await this.complain(error.message, "Try Again")) && this.install();
    }
  }
}
