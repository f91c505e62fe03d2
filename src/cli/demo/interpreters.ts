/** What the demo's scripts run on; each has every script in its own language. */
export interface Interpreter {
  readonly language: 'python' | 'node';
  readonly command: string;
}

/** The same program in both languages. */
export interface Script {
  readonly name: string;
  readonly python: string;
  readonly node: string;
}

/** The script as `input.files` wants it, and the command that runs it. */
export function scriptFor({ language, command }: Interpreter, script: Script) {
  const name = `${script.name}.${language === 'python' ? 'py' : 'mjs'}`;
  return { file: { name, content: script[language] }, command: [command, `/workspace/input/${name}`] };
}
