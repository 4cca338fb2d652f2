import { halfConfigured, PLAYED, readConfig, sandboxParts } from "../platform/config.ts";
import { providerVariable } from "../platform/config-providers.ts";
import { PROVIDERS } from "../platform/oauth/registry.ts";
import type { Command } from "./context.ts";

export const configCheck: Command = {
  name: "config check",
  summary: "Say every wrong or missing variable at once",
  details: "Reads the environment as `serve` would, starts nothing, and prints no secret.",
  positionals: [],
  options: {},
  examples: ["gatehouse config check", "NODE_ENV=production gatehouse config check --json"],
  run(context) {
    const parts = sandboxParts(context.env);
    const config = readConfig(context.env, parts.sandbox ? PLAYED : {});
    const played = parts.sandbox
      ? [
          ...(parts.database ? ["PostgreSQL"] : []),
          ...(parts.mail ? ["mail"] : []),
          ...(parts.google ? ["Google"] : []),
          ...(parts.microsoft ? ["Microsoft"] : []),
        ]
      : [];
    const dark = [
      ...(config.smtpUrl === null ? ["mail (SMTP_URL)"] : []),
      ...PROVIDERS.filter(({ id }) => !config.oauth.has(id)).map(
        ({ id, name }) => `${name} sign-in (${providerVariable(id, "CLIENT_ID")})`,
      ),
    ];
    const data = {
      ok: true,
      production: config.production,
      sandbox: config.sandbox,
      base_url: config.baseUrl,
      played_by_sandbox: played,
      dark,
      self_serve_enabled: config.selfServeEnabled,
      signup_mode: config.signupMode,
    };
    const lines = [
      "The configuration is right.",
      `  served at      ${config.baseUrl}`,
      `  sign-up        ${config.selfServeEnabled ? config.signupMode : "invite_only (SELF_SERVE_ENABLED is false)"}`,
      ...(played.length > 0 ? [`  played here    ${played.join(", ")}`] : []),
      ...halfConfigured(context.env).map((sentence) => `  half set up    ${sentence}`),
      ...(dark.length > 0 ? [`  switched off   ${dark.join(", ")}`] : []),
    ];
    return Promise.resolve({ text: lines.join("\n"), data });
  },
};
