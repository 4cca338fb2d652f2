import { createTransport } from "nodemailer";

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Fixed for what the mail is about: sending is at least once, and a mailbox shows two of the same id once. */
  readonly messageId: string;
}
export interface Mailer {
  /** false: SMTP_URL is unset, and mail is dark (law 11) */
  readonly configured: boolean;
  /** @throws Error when the mail server did not take it: the job is tried again */
  send(mail: Mail): Promise<void>;
  close(): void;
}

/** @param smtpUrl null when mail is dark */
export function openMailer(options: { smtpUrl: string | null; from: string; baseUrl: string }): Mailer {
  if (options.smtpUrl === null) {
    return { configured: false, send: () => Promise.reject(new Error("SMTP_URL is not set")), close: () => undefined };
  }
  const transport = createTransport({
    url: options.smtpUrl,
    pool: true,
    maxConnections: 2,
    connectionTimeout: 5000,
    greetingTimeout: 5000,
    socketTimeout: 10_000,
    // A mail is made of our own texts: nothing may pull in a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = new URL(options.baseUrl).hostname;
  return {
    configured: true,
    async send(mail) {
      await transport.sendMail({
        from: options.from,
        // As an object the address is never parsed as a list: exactly one recipient (EM-1).
        to: { name: "", address: mail.to },
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        messageId: `<${mail.messageId}@${domain}>`,
        headers: { "auto-submitted": "auto-generated" },
      });
    },
    close: () => transport.close(),
  };
}
