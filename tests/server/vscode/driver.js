// An extension that uses VS Code as a person would, and writes down what it saw: see tests/server/test_real_vscode.py.
const vscode = require("vscode"), fs = require("fs"), path = require("path");

const pause = (time) => new Promise((done) => setTimeout(done, time));

/** What `ask` gives as soon as `holds` it, or after a minute: the last answer. */
async function until(ask, holds = (answer) => answer.length > 0) {
  for (let round = 0; ; round++) {
    const answer = await ask();
    if ((answer !== undefined && answer !== null && holds(answer)) || round > 300) return answer;
    await pause(200);
  }
}

function findings(uri) {
  return vscode.languages.getDiagnostics(uri).filter((one) => one.source === "convexlint");
}

function plain(one) {
  return {
    rule: one.code.value ?? one.code, line: one.range.start.line + 1, column: one.range.start.character + 1,
    severity: vscode.DiagnosticSeverity[one.severity], message: one.message, related: (one.relatedInformation ?? []).length,
  };
}

async function main() {
  const folder = vscode.workspace.workspaceFolders[0].uri.fsPath;
  const uri = vscode.Uri.file(path.join(folder, "convex/posts.ts"));
  const document = await vscode.workspace.openTextDocument(uri);
  const editor = await vscode.window.showTextDocument(document);
  const seen = { version: vscode.version };

  const first = await until(() => findings(uri));
  seen.first = first.map(plain);
  seen.elsewhere = await until(() => findings(vscode.Uri.file(path.join(folder, "convex/other.ts"))).map(plain));

  const name = document.positionAt(document.getText().indexOf("by_author") + 2);
  const ask = (command, ...more) => vscode.commands.executeCommand(command, uri, ...more);
  const hovers = await until(() => ask("vscode.executeHoverProvider", name));
  seen.hover = hovers.flatMap((one) => one.contents.map((text) => text.value ?? text)).join("\n");
  const targets = await until(() => ask("vscode.executeDefinitionProvider", name));
  seen.definition = targets.map((one) => path.relative(folder, (one.uri ?? one.targetUri).fsPath));
  const references = await until(() => ask("vscode.executeReferenceProvider", name));
  seen.references = references.map((one) => `${path.relative(folder, one.uri.fsPath)}:${one.range.start.line + 1}`).sort();
  const list = await ask("vscode.executeCompletionItemProvider", name);
  seen.completion = list.items.map((one) => one.label.label ?? one.label);
  const lenses = await until(() => ask("vscode.executeCodeLensProvider", 10));
  seen.lenses = lenses.map((one) => one.command?.title).filter(Boolean);

  const floating = first.find((one) => (one.code.value ?? one.code) === "no-floating-promise");
  const actions = await until(() => ask("vscode.executeCodeActionProvider", floating.range));
  seen.actions = actions.map((one) => [one.title, one.kind?.value ?? ""]);
  const fix = actions.find((one) => one.isPreferred);
  await vscode.workspace.applyEdit(fix.edit);
  seen.fixed = document.getText();
  const left = (some) => !some.some((one) => one.message === floating.message);
  seen.afterFix = (await until(() => findings(uri), left)).map(plain);

  const end = new vscode.Position(document.lineCount, 0);
  await editor.edit((edit) => edit.insert(end, "export const half = query({ args: {\n"));
  const broken = (some) => some.some((one) => (one.code.value ?? one.code) === "syntax-error");
  seen.halfTyped = (await until(() => findings(uri), broken)).map(plain);
  await vscode.commands.executeCommand("undo");
  seen.undone = (await until(() => findings(uri), (some) => !broken(some))).map(plain);

  await vscode.commands.executeCommand("convexlint.restart");
  await until(() => findings(uri), (some) => some.length === 0);
  seen.restarted = (await until(() => findings(uri))).map(plain);
  return seen;
}

exports.activate = () => {
  const write = (seen) => {
    fs.writeFileSync(`${process.env.CONVEXLINT_SEEN}.part`, JSON.stringify(seen));
    fs.renameSync(`${process.env.CONVEXLINT_SEEN}.part`, process.env.CONVEXLINT_SEEN);
  };
  main().then(write, (error) => write({ failed: String(error?.stack ?? error) }));
};
