import { runCommand as run } from "@gatehouse/testkit/command-line";
import { expect, test } from "vitest";
import { COMMANDS } from "./commands/commands.ts";

test.each(["", "--help", "-h", "help"])("whoever types only %j is shown every command", async (words) => {
  const { code, stdout, stderr } = await run(words);
  expect([code, stderr]).toEqual([0, ""]);
  for (const command of COMMANDS) expect(stdout).toContain(`gatehouse ${command.name} `);
});

test.each(COMMANDS.map((command) => [command.name, command] as const))("%s --help says how it is called", async (name, command) => {
  for (const flag of ["--help", "-h", "--json --help"]) {
    const { code, stdout, stderr } = await run(`${name} ${flag}`);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(command.summary);
    for (const word of command.positionals) expect(stdout).toContain(word);
    for (const option of Object.keys(command.options)) expect(stdout).toContain(`--${option} `);
    for (const example of command.examples) expect(stdout).toContain(example);
  }
});

test("what is called another way is found by it", async () => {
  for (const { name, alias } of COMMANDS) if (alias) expect((await run(`${alias} --help`)).stdout).toContain(`gatehouse ${name}\n`);
});

test.each([
  ["a command that does not exist", "lunch", 'There is no command "lunch".'],
  ["half of a command", "config", 'There is no command "config".'],
  ["an option first", "--role api", 'There is no command "api".'],
  ["an option alone", "--loud", "A command comes first."],
  ["an option that does not exist", "migrate --faster", "--faster"],
  ["an option without its value", "serve --role", "--role"],
  ["too many words", "migrate everything", "gatehouse migrate takes no words."],
  ["too few words", "operator grant", "gatehouse operator grant takes EMAIL."],
  ["more words than it takes", "settings set signup_mode open now", "gatehouse settings set takes NAME VALUE."],
])("%s ends with 2 and the list of commands", async (_, words, problem) => {
  const { code, stdout, stderr } = await run(words);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr.split("\n")[0]).toContain(problem);
  for (const command of COMMANDS) expect(stderr).toContain(`gatehouse ${command.name} `);
  expect(stderr).not.toContain("    at ");
});

test.each([
  ["a wrong command", "lunch --json", 2],
  ["a wrong option", "migrate --json --faster", 2],
  ["a wrong number of words", "operator grant --json", 2],
  ["no command", "--json", 2],
  ["what the user can mend", "settings set colour blue --json", 1],
  ["what is our fault", "settings show --json", 1],
])("with --json %s is told to a program too", async (_, words, code) => {
  const answer = await run(words);
  expect([answer.code, answer.stdout]).toEqual([code, ""]);
  expect(JSON.parse(answer.stderr)).toEqual({ error: expect.stringMatching(/./) });
});

test.each([
  ["a setting that does not exist", "settings set colour blue", 'There is no setting "colour"; there is signup_mode.'],
  [
    "a mode that does not exist",
    "settings set signup_mode ajar",
    'signup_mode is one of open, waitlist, invite_only, closed or default, not "ajar".',
  ],
  ["an address that is none", "operator grant ada", '"ada" is no email address.'],
  ["a role that does not exist", "serve --role=emperor", '--role is api, worker or all, not "emperor".'],
])("%s is refused in one plain line before anything is started", async (_, words, line) => {
  expect(await run(words)).toEqual({ code: 1, stdout: "", stderr: `${line}\n` });
});

test("what is our fault is told with the place where it happened", async () => {
  const { code, stderr } = await run("migrate");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^nothing may be started\n.*\n {4}at /s);
});
