import { SIGNUP_MODES, type SignupMode, signupModeInForce } from "@gatehouse/core";
import { UserError } from "../cli-error.ts";
import { audit } from "../platform/audit.store.ts";
import { readSetting, writeSetting } from "../platform/settings.store.ts";
import type { Command } from "./context.ts";
import { type ToolParts, withParts } from "./open-parts.ts";

export const settingsShow: Command = {
  name: "settings show",
  summary: "Show what is set at run time, and what is in force",
  positionals: [],
  options: {},
  examples: ["gatehouse settings show"],
  run: (context) => withParts(context, showSettings),
};

export const settingsSet: Command = {
  name: "settings set",
  summary: "Set who may register, without a restart",
  details: `NAME is signup_mode; VALUE is one of ${SIGNUP_MODES.join(", ")}, or default (what the configuration says).\nSELF_SERVE_ENABLED=false caps every mode at invite_only.`,
  positionals: ["NAME", "VALUE"],
  options: {},
  examples: ["gatehouse settings set signup_mode invite_only", "gatehouse settings set signup_mode default"],
  run: (context, [name = "", value = ""]) => {
    if (name !== "signup_mode") throw new UserError(`There is no setting "${name}"; there is signup_mode.`);
    const mode = value === "default" ? null : SIGNUP_MODES.find((known) => known === value);
    if (mode === undefined) throw new UserError(`signup_mode is one of ${SIGNUP_MODES.join(", ")} or default, not "${value}".`);
    return withParts(context, async (parts) => {
      await parts.db.asSystem("settings belong to no account", async (tx) => {
        await writeSetting(tx, "signup_mode", mode, parts.clock.now());
        await audit(parts, tx, {
          accountId: null,
          actorUserId: null,
          action: "settings.changed",
          targetId: name,
          details: { value: mode },
          ip: null,
          userAgent: "gatehouse command line",
        });
      });
      return showSettings(parts);
    });
  },
};

async function showSettings(parts: ToolParts) {
  const stored = await parts.db.asSystem("settings belong to no account", (tx) => readSetting(tx, "signup_mode"));
  const runtimeMode: SignupMode | null = SIGNUP_MODES.find((mode) => mode === stored) ?? null;
  const { signupMode: configuredMode, selfServeEnabled } = parts.config;
  const inForce = signupModeInForce({ configuredMode, runtimeMode, selfServeEnabled });
  return {
    text: `signup_mode  ${inForce} (configured ${configuredMode}, set at run time ${runtimeMode ?? "nothing"}${selfServeEnabled ? "" : ", capped by SELF_SERVE_ENABLED=false"})`,
    data: { signup_mode: { in_force: inForce, configured: configuredMode, run_time: runtimeMode, self_serve_enabled: selfServeEnabled } },
  };
}
