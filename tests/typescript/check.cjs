// Prints every diagnostic of the program that a tsconfig.json describes, as JSON. The `tsc` command leaves all type errors
// out once one file has a syntax error; here files are judged apart.
const path = require("node:path");

const [typescript, root] = process.argv.slice(2);
const ts = require(typescript);
const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (d) => fail([d]) };
const parsed = ts.getParsedCommandLineOfConfigFile(path.join(root, "tsconfig.json"), {}, host);
if (parsed.errors.length > 0) fail(parsed.errors);
const program = ts.createProgram(parsed.fileNames, parsed.options);
const broad = [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()];
if (broad.length > 0) fail(broad);

const found = [...program.getSyntacticDiagnostics(), ...program.getSemanticDiagnostics()].map((d) => {
  const { line, character } = ts.getLineAndCharacterOfPosition(d.file, d.start);
  return {
    path: path.relative(root, d.file.fileName).split(path.sep).join("/"),
    line: line + 1,
    column: character + 1,
    code: `TS${d.code}`,
    message: ts.flattenDiagnosticMessageText(d.messageText, "\n"),
  };
});
console.log(JSON.stringify(found));

function fail(diagnostics) {
  console.error(diagnostics.map((d) => ts.flattenDiagnosticMessageText(d.messageText, "\n")).join("\n"));
  process.exit(1);
}
