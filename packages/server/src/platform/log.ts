import { type DestinationStream, destination, type Logger, pino } from "pino";

export type Log = Pick<Logger, "debug" | "info" | "warn" | "error" | "fatal" | "isLevelEnabled"> & { flush(): void };

/**
 * JSON lines with a time, a level and, for what a request did, its request id. Fields that carry secrets are cut out by name, whatever
 * object they arrive in at the top or one level below (law 7); addresses in links are logged without their query.
 * @param stream where lines go; standard output unless a test listens
 */
export function openLog(options: { level: string; now(): Date; stream?: DestinationStream }): Log {
  // Lines are gathered and written together: an access log then costs little, and at most a quarter of a second of it is lost in a crash.
  const stream = options.stream ?? destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 250 });
  return pino(
    {
      level: options.level,
      base: null,
      messageKey: "message",
      timestamp: () => `,"time":"${options.now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: "[secret]" },
    },
    stream,
  );
}

const SECRET_FIELDS = [
  "password",
  "current_password",
  "new_password",
  "token",
  "refresh_token",
  "access_token",
  "invite_token",
  "authorization",
  "cookie",
  "secret",
  "connectionString",
];
