import { execFile } from "node:child_process";
import * as vscode from "vscode";
import {
  LanguageClient,
  State,
  type LanguageClientOptions,
  type Location,
  type Position,
  type ServerOptions,
} from "vscode-languageclient/node";
import { find, type Found } from "./find";

const LANGUAGES = ["typescript", "typescriptreact", "javascript", "javascriptreact"];
const SHOW_REFERENCES = "convexlint.showReferences";

let client: LanguageClient | undefined;
let output: vscode.LogOutputChannel;
let status: vscode.StatusBarItem;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  output = vscode.window.createOutputChannel("convexlint", { log: true });
  status = vscode.window.createStatusBarItem("convexlint", vscode.StatusBarAlignment.Right);
  status.name = "convexlint";
  status.command = "convexlint.showOutput";
  context.subscriptions.push(
    output,
    status,
    vscode.commands.registerCommand("convexlint.restart", restart),
    vscode.commands.registerCommand("convexlint.showOutput", () => output.show()),
    vscode.commands.registerCommand("convexlint.associateSchema", () => associateSchema(context)),
    vscode.commands.registerCommand(SHOW_REFERENCES, showReferences),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("convexlint.path")) {
        await restart();
      } else if (event.affectsConfiguration("convexlint")) {
        await client?.sendNotification("workspace/didChangeConfiguration", { settings: options() });
      }
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

async function restart(): Promise<void> {
  await client?.stop();
  client = undefined;
  await start();
}

function findProgram(): Found {
  return find({
    setting: vscode.workspace.getConfiguration("convexlint").get<string>("path", ""),
    folders: (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath),
    searchPath: process.env["PATH"] ?? process.env["Path"] ?? "",
    platform: process.platform,
  });
}

/** Let Even Better TOML complete and check convexlint.toml by the schema of the convexlint that runs here. */
async function associateSchema(context: vscode.ExtensionContext): Promise<void> {
  const { command } = findProgram();
  if (command === undefined) {
    await vscode.window.showWarningMessage("convexlint is not installed, so there is no schema.");
    return;
  }
  const schema = await new Promise<string>((resolve, reject) => {
    const options = { shell: command.endsWith(".cmd"), maxBuffer: 16 * 1024 * 1024 };
    execFile(command, ["config", "--schema"], options, (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
  const file = vscode.Uri.joinPath(context.globalStorageUri, "convexlint.schema.json");
  await vscode.workspace.fs.createDirectory(context.globalStorageUri);
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(schema));
  const toml = vscode.workspace.getConfiguration("evenBetterToml");
  const known = toml.get<Record<string, string>>("schema.associations", {});
  await toml.update(
    "schema.associations",
    { ...known, "^.*convexlint\\.toml$": file.toString() },
    vscode.ConfigurationTarget.Global,
  );
}

async function start(): Promise<void> {
  const found = findProgram();
  if (found.command === undefined) {
    output.error(`There is no convexlint. Looked for:\n${found.looked.join("\n")}`);
    say("$(error) convexlint", "There is no convexlint: the output says where was looked");
    const show = "Show where";
    const chosen = await vscode.window.showWarningMessage(
      "convexlint is not installed. Install it with `npm install -D convexlint` or `uv tool install 'convexlint[server]'`, or set convexlint.path.",
      show,
    );
    if (chosen === show) {
      output.show();
    }
    return;
  }
  output.info(`Starting ${found.command} server`);
  const command = found.command;
  const run = { command, args: ["server"], options: { shell: command.endsWith(".cmd") } };
  const server: ServerOptions = { run, debug: run };
  const settings: LanguageClientOptions = {
    documentSelector: [
      ...LANGUAGES.map((language) => ({ scheme: "file", language })),
      { scheme: "file", pattern: "**/convexlint.toml" },
    ],
    outputChannel: output,
    initializationOptions: options(),
  };
  client = new LanguageClient("convexlint", "convexlint", server, settings);
  client.onDidChangeState(({ newState }) => {
    if (newState === State.Running) {
      say("convexlint", `${command} is running`);
    } else if (newState === State.Stopped) {
      say("$(warning) convexlint", "The server has stopped");
    } else {
      say("$(sync~spin) convexlint", "The server is starting");
    }
  });
  try {
    await client.start();
  } catch (error) {
    output.error(`${command} server does not start: ${String(error)}`);
    say("$(error) convexlint", "The server does not start: the output says why");
  }
}

/** What docs/editors.md calls settings. */
function options(): Record<string, unknown> {
  const settings = vscode.workspace.getConfiguration("convexlint");
  return {
    config: settings.get<string>("config", ""),
    select: settings.get<string[]>("select", []),
    ignore: settings.get<string[]>("ignore", []),
    codeLens: settings.get<boolean>("codeLens", true),
    showReferences: SHOW_REFERENCES,
  };
}

async function showReferences(uri: string, position: Position, locations: Location[]): Promise<void> {
  const converter = client?.protocol2CodeConverter;
  if (converter === undefined) {
    return;
  }
  await vscode.commands.executeCommand(
    "editor.action.showReferences",
    vscode.Uri.parse(uri),
    converter.asPosition(position),
    locations.map((location) => converter.asLocation(location)),
  );
}

function say(text: string, tooltip: string): void {
  status.text = text;
  status.tooltip = tooltip;
  status.show();
}
