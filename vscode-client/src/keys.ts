/**
 * The providers' keys: kept in the editor's secret storage, handed to the server's environment, from which its worker inherits them.
 *
 * A key is never in a setting, a file or the log, and never leaves the secret storage for an untrusted workspace.
 */
import * as vscode from "vscode";

/** The one secret: a JSON object from environment variable to key. One entry, so that the set of names needs no second bookkeeping. */
const SECRET = "promptGraphs.keys";

const USUAL_VARIABLES = [
  "OPENAI_API_KEY",
  "ANTHROPIC_API_KEY",
  "GEMINI_API_KEY",
  "MISTRAL_API_KEY",
  "GROQ_API_KEY",
  "AZURE_API_KEY",
  "OPENROUTER_API_KEY",
];

export type Keys = Readonly<Record<string, string>>;

/** Why a name cannot be an environment variable for a key, or undefined when it can. */
export function problemWithVariable(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return "Use letters, digits and underscores, as in OPENAI_API_KEY.";
  }
  // Anything else could redirect the server or its worker: PATH, PYTHONPATH, LD_PRELOAD, HTTPS_PROXY.
  if (!/(?:_KEY|_TOKEN|_SECRET)$/i.test(name)) {
    return "The name of a key ends in _KEY, _TOKEN or _SECRET.";
  }
  return undefined;
}

/** The stored keys, without any that {@link problemWithVariable} would refuse. Unreadable storage counts as empty. */
export function parseKeys(stored: string | undefined): Keys {
  if (stored === undefined) {
    return {};
  }
  let value: unknown;
  try {
    value = JSON.parse(stored);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return {};
    }
    throw error;
  }
  if (typeof value !== "object" || value === null) {
    return {};
  }
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string" && problemWithVariable(entry[0]) === undefined,
    ),
  );
}

export class KeyStore {
  constructor(private readonly secrets: vscode.SecretStorage) {}

  /** Variables to add to the server's environment. */
  async environment(trusted: boolean): Promise<Keys> {
    return trusted ? parseKeys(await this.secrets.get(SECRET)) : {};
  }

  /**
   * Asks for a variable, unless it is given, and for its key; an empty key forgets the variable. Returns whether anything changed.
   */
  async ask(given?: string): Promise<boolean> {
    const keys = parseKeys(await this.secrets.get(SECRET));
    const variable = given ?? (await pickVariable(Object.keys(keys)));
    if (variable === undefined || problemWithVariable(variable) !== undefined) {
      return false;
    }
    const key = await vscode.window.showInputBox({
      title: variable,
      prompt: variable in keys ? "Paste the new key. Leave it empty to forget the stored one." : "Paste the key. It is kept in the editor's secret storage.",
      password: true,
      ignoreFocusOut: true,
    });
    if (key === undefined || (key === "" && !(variable in keys))) {
      return false;
    }
    const others = Object.entries(keys).filter(([name]) => name !== variable);
    const updated = key === "" ? others : [...others, [variable, key.trim()] as const];
    await this.secrets.store(SECRET, JSON.stringify(Object.fromEntries(updated)));
    return true;
  }
}

async function pickVariable(stored: readonly string[]): Promise<string | undefined> {
  const other = "Another variable…";
  const items: vscode.QuickPickItem[] = [...new Set([...stored, ...USUAL_VARIABLES])].map((label) =>
    stored.includes(label) ? { label, description: "stored" } : { label },
  );
  const picked = await vscode.window.showQuickPick([...items, { label: other }], {
    title: "Set a Provider Key",
    placeHolder: "The environment variable that the provider's key is read from",
  });
  if (picked?.label !== other) {
    return picked?.label;
  }
  return vscode.window.showInputBox({
    title: "Set a Provider Key",
    prompt: "Name of the environment variable, as LiteLLM names it",
    validateInput: problemWithVariable,
    ignoreFocusOut: true,
  });
}
