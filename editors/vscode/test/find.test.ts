import assert from "node:assert/strict";
import { test } from "node:test";
import { find, type Search } from "../src/find";

const SEARCH: Search = { setting: "", folders: ["/w"], searchPath: "/usr/bin:/bin", platform: "linux" };
const only = (...files: string[]) => (file: string): boolean => files.includes(file);

test("the order is: virtual environments, node_modules, PATH", () => {
  const all = ["/w/.venv/bin/convexlint", "/w/venv/bin/convexlint", "/w/node_modules/.bin/convexlint", "/usr/bin/convexlint"];
  for (let from = 0; from < all.length; from += 1) {
    const found = find(SEARCH, only(...all.slice(from)));
    assert.equal(found.command, all[from]);
    assert.deepEqual(found.looked, all.slice(0, from + 1));
  }
});

test("a setting wins, and nothing stands in for one that is wrong", () => {
  assert.equal(find({ ...SEARCH, setting: "/x/convexlint" }, () => true).command, "/x/convexlint");
  assert.equal(find({ ...SEARCH, setting: "tools/convexlint" }, () => true).command, "/w/tools/convexlint");
  const found = find({ ...SEARCH, setting: "/x/convexlint" }, only("/usr/bin/convexlint"));
  assert.equal(found.command, undefined);
  assert.deepEqual(found.looked, ["/x/convexlint"]);
});

test("every folder is looked at, and all places are told when there is nothing", () => {
  const found = find({ ...SEARCH, folders: ["/a", "/b"] }, () => false);
  assert.equal(found.command, undefined);
  assert.equal(found.looked.length, 8);
  assert.equal(find({ ...SEARCH, folders: ["/a", "/b"] }, only("/b/.venv/bin/convexlint")).command, "/b/.venv/bin/convexlint");
});

test("Windows has its own names and separators", () => {
  const windows: Search = { setting: "", folders: ["C:\\w"], searchPath: "C:\\bin;D:\\bin", platform: "win32" };
  assert.equal(find(windows, only("C:\\w\\.venv\\Scripts\\convexlint.exe")).command, "C:\\w\\.venv\\Scripts\\convexlint.exe");
  assert.equal(find(windows, only("C:\\w\\node_modules\\.bin\\convexlint.cmd")).command, "C:\\w\\node_modules\\.bin\\convexlint.cmd");
  assert.equal(find(windows, only("D:\\bin\\convexlint.exe")).command, "D:\\bin\\convexlint.exe");
});
