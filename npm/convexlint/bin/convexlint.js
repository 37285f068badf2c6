#!/usr/bin/env node
// Runs convexlint's program for this system. It lies in a package of its own, which the package manager chose by
// `os`, `cpu` and `libc`: nothing is downloaded or built here.
"use strict";

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const FAILED = 2; // convexlint's exit status for a run that did not take place
const own = require("../package.json");
const packages = Object.keys(own.optionalDependencies || {});

/** Whether this Linux has musl in place of glibc. Undefined on other systems. */
function isMusl() {
  if (process.platform !== "linux") return undefined;
  try {
    process.report.excludeNetwork = true; // else the report may wait for name servers
    const report = process.report.getReport();
    const { header, sharedObjects } = typeof report === "string" ? JSON.parse(report) : report;
    if (header.glibcVersionRuntime) return false;
    if (sharedObjects && sharedObjects.some((file) => /libc\.musl-|ld-musl-/.test(file))) return true;
  } catch {
    // A runtime without reports: the loader tells as well.
  }
  try {
    return fs.readdirSync("/lib").some((name) => name.startsWith("ld-musl-")) && !fs.existsSync("/etc/ld.so.cache");
  } catch {
    return false;
  }
}

/** The packages that can run here, the best first. */
function candidates() {
  const name = (cpu) => `@convexlint/cli-${process.platform}-${cpu}${isMusl() ? "-musl" : ""}`;
  // These two systems run programs of x64 on arm64, where there is none of arm64 or Node itself is of x64.
  const emulated = process.arch === "arm64" && ["win32", "darwin"].includes(process.platform);
  return [name(process.arch), ...(emulated ? [name("x64")] : [])].filter((one) => packages.includes(one));
}

/** The folder of an installed package as this package sees it; undefined where it is not installed. */
function folderOf(name) {
  try {
    return path.dirname(require.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

function system() {
  const libc = process.platform === "linux" ? (isMusl() ? " with musl" : " with glibc") : "";
  return `${process.platform} ${process.arch}${libc}`;
}

function fail(lines) {
  process.stderr.write(`error: ${lines.join("\n")}\n`);
  process.exit(FAILED);
}

function find() {
  if (process.env.CONVEXLINT_BINARY) return process.env.CONVEXLINT_BINARY;
  const names = candidates();
  if (names.length === 0) {
    fail([
      `convexlint has no program for ${system()} on npm`,
      "help: with Python 3.10 or newer it runs everywhere: `uvx convexlint check` or `pipx run convexlint check`",
    ]);
  }
  for (const name of names) {
    const folder = folderOf(name);
    if (folder) return path.join(folder, "program", process.platform === "win32" ? "convexlint.exe" : "convexlint");
  }
  const others = packages.filter((name) => folderOf(name));
  const lines = [`convexlint's program for this system (${system()}) is not installed: ${names[0]}@${own.version}`];
  if (others.length > 0) {
    lines.push(
      `There is ${others.join(", ")}, so these packages were installed on another system, or for another one.`,
      "help: delete node_modules and install again here; do not copy node_modules between systems or into an image"
    );
  } else {
    lines.push(
      "It is an optional dependency of convexlint, and the package manager left it out.",
      "help: install again without `--omit=optional` (npm), `--no-optional` (pnpm) or `--ignore-optional` (yarn);",
      "help: a lock file that npm wrote on another system may not name it: delete node_modules and the lock file,",
      "      install again, and commit the new lock file"
    );
  }
  return fail(lines);
}

function run(program, mayMend) {
  const child = spawn(program, process.argv.slice(2), { stdio: "inherit", windowsHide: false });
  const handlers = new Map();
  const forget = () => handlers.forEach((handler, signal) => process.removeListener(signal, handler));

  child.on("error", (error) => {
    forget();
    if (error.code === "EACCES" && mayMend) {
      try {
        fs.chmodSync(program, 0o755); // some tools unpack without the executable bit
        return run(program, false);
      } catch {
        // The text below says what it is.
      }
    }
    return fail([
      `${program} cannot be started: ${error.code || error.message}`,
      "help: install the package again; where the folder does not allow programs (noexec), install it elsewhere",
    ]);
  });
  child.on("spawn", () => {
    // A terminal sends Ctrl-C to every process of the group, the program among them; a second one would cut short
    // what it does on the first. Whoever signals this process alone is passed on.
    const fromTerminal = (signal) => ["SIGINT", "SIGQUIT"].includes(signal) && process.stdin.isTTY;
    for (const signal of ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"]) {
      if (!(signal in os.constants.signals)) continue;
      const handler = () => fromTerminal(signal) || child.kill(signal);
      try {
        process.on(signal, handler);
        handlers.set(signal, handler);
      } catch {
        // This system cannot be asked about this signal.
      }
    }
  });
  child.on("exit", (status, signal) => {
    forget();
    // Ended by a signal: end by the same, so that the process that waits for us sees what happened.
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = status;
  });
}

run(find(), true);
