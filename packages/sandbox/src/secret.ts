import { randomBytes } from "node:crypto";
import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The secret of this sandbox, made at its first start and kept in its folder: no two sandboxes share one, and none is in the repository.
 * Of two starts at once, one writes it and the other reads it.
 */
export async function sandboxSecret(home: string): Promise<string> {
  const path = join(home, "secret");
  await mkdir(home, { recursive: true });
  try {
    const file = await open(path, "wx", 0o600);
    const secret = randomBytes(32).toString("base64url");
    await file.writeFile(secret);
    await file.sync();
    await file.close();
    return secret;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    const secret = (await readFile(path, "utf8")).trim();
    if (secret.length < 32)
      throw new Error(`${path} holds no secret; delete it, and the next start makes a new one (sessions of this sandbox end)`);
    return secret;
  }
}
