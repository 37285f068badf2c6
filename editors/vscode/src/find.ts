// Where the executable is. No import of `vscode`, so that tests need no editor.

import * as fs from "node:fs";
import * as path from "node:path";

export interface Search {
  /** The setting `convexlint.path`, "" where it is not set. */
  setting: string;
  folders: readonly string[];
  /** The variable PATH. */
  searchPath: string;
  platform: NodeJS.Platform;
}

export interface Found {
  command: string | undefined;
  /** Every place that was looked at, in order. */
  looked: string[];
}

/** The setting, then each folder's virtual environments and node_modules/.bin, then the PATH. A setting that names nothing
 * is not passed over in silence: nothing else is tried. */
export function find(search: Search, exists: (file: string) => boolean = isFile): Found {
  const looked: string[] = [];
  const windows = search.platform === "win32";
  const join = windows ? path.win32 : path.posix;
  const names = windows ? ["convexlint.exe", "convexlint.cmd"] : ["convexlint"];
  const look = (file: string): boolean => {
    looked.push(file);
    return exists(file);
  };
  if (search.setting !== "") {
    const given = join.isAbsolute(search.setting)
      ? [search.setting]
      : search.folders.map((folder) => join.join(folder, search.setting));
    return { command: given.find(look), looked };
  }
  const places = search.folders.flatMap((folder) => [
    join.join(folder, ".venv", windows ? "Scripts" : "bin"),
    join.join(folder, "venv", windows ? "Scripts" : "bin"),
    join.join(folder, "node_modules", ".bin"),
  ]);
  places.push(...search.searchPath.split(windows ? ";" : ":").filter((entry) => entry !== ""));
  for (const place of places) {
    for (const name of names) {
      const file = join.join(place, name);
      if (look(file)) {
        return { command: file, looked };
      }
    }
  }
  return { command: undefined, looked };
}

function isFile(file: string): boolean {
  try {
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
