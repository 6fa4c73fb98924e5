import { execFile } from 'node:child_process';
import { chownSync, cpSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { type Copy, DockerfileParser, type From, type JSONInstruction } from 'dockerfile-ast';

const run = promisify(execFile);

export interface BuiltImage {
  /** The folder that stands for `/` of the last stage. */
  readonly root: string;
  /** Where something of the image lies. */
  locate(path: string): string;
  readonly env: Readonly<Record<string, string>>;
  readonly workingFolder: string;
  readonly user: { readonly uid: number; readonly gid: number };
  readonly volumes: readonly string[];
  readonly healthcheck: readonly string[];
  /** ENTRYPOINT and CMD. */
  readonly command: readonly string[];
}

interface Stage {
  readonly root: string;
  workingFolder: string;
  readonly env: Record<string, string>;
}

/**
 * Performs a Dockerfile without Docker: each stage is a folder, in which this machine's Node and npm run. Paths of the image that are
 * named in a RUN line are put below that folder. Only what our Dockerfile uses is understood; anything else throws.
 *
 * @param options.ignores what of the context is kept out
 * @param options.env of the commands that are run
 */
export async function buildImage({
  dockerfile,
  context,
  ignores,
  folder,
  env,
}: {
  readonly dockerfile: string;
  readonly context: string;
  readonly ignores: (path: string) => boolean;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}): Promise<BuiltImage> {
  const stages: (Stage & { readonly name: string | null })[] = [];
  let user = { uid: 0, gid: 0 };
  let volumes: string[] = [];
  let healthcheck: string[] = [];
  let entrypoint: string[] = [];
  let command: string[] = [];

  const begin = (from: From) => {
    const base = stages.find(({ name }) => name === from.getImage());
    const root = join(folder, `stage-${stages.length}`);
    if (base === undefined) mkdirSync(root);
    else cpSync(base.root, root, { recursive: true, verbatimSymlinks: true });
    stages.push({
      name: from.getBuildStage(),
      root,
      workingFolder: base?.workingFolder ?? '/',
      env: { ...base?.env },
    });
  };

  for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
    const words = instruction.getArguments().map((argument) => argument.getValue());
    const strings = () => (instruction as JSONInstruction).getJSONStrings().map((text) => text.getJSONValue());
    if (instruction.getKeyword() === 'FROM') {
      begin(instruction as From);
      continue;
    }
    const stage = stages.at(-1)!;
    switch (instruction.getKeyword()) {
      case 'WORKDIR':
        stage.workingFolder = words[0]!;
        mkdirSync(inStage(stage, words[0]!), { recursive: true });
        break;
      case 'ENV':
        Object.assign(stage.env, Object.fromEntries(words.map((word) => word.split(/=(.*)/s).slice(0, 2))));
        break;
      case 'COPY': {
        const from = (instruction as Copy).getFromFlag()?.getValue();
        const source = stages.find(({ name }) => name === from);
        if (typeof from === 'string' && source === undefined) throw new Error(`There is no stage ${from}.`);
        copy(words, stage, (path) =>
          source === undefined
            ? { path: join(context, path), accepts: (file) => !ignores(relative(context, file)) }
            : { path: inStage(source, path), accepts: () => true },
        );
        break;
      }
      case 'RUN':
        await run('/bin/sh', ['-ec', inShell(instruction.getArgumentsContent()!, stage)], {
          cwd: inStage(stage, stage.workingFolder),
          env: { ...env, ...stage.env },
          maxBuffer: 2 ** 26,
        });
        break;
      case 'USER': {
        const [uid, gid] = words[0]!.split(':').map(Number);
        user = { uid: uid!, gid: gid! };
        break;
      }
      case 'VOLUME':
        volumes = strings();
        break;
      case 'EXPOSE':
        break;
      case 'HEALTHCHECK':
        healthcheck = JSON.parse(instruction.getArgumentsContent()!.replace(/^CMD /, '')) as string[];
        break;
      case 'ENTRYPOINT':
        entrypoint = strings();
        break;
      case 'CMD':
        command = strings();
        break;
      default:
        throw new Error(`Not understood here: ${instruction.getKeyword()}`);
    }
  }
  const last = stages.at(-1)!;
  return {
    root: last.root,
    locate: (path) => inStage(last, path),
    env: last.env,
    workingFolder: last.workingFolder,
    user,
    volumes,
    healthcheck,
    command: [...entrypoint, ...command],
  };
}

function inStage({ root, workingFolder }: Stage, path: string): string {
  return join(root, path.startsWith('/') ? path : join(workingFolder, path));
}

function inShell(line: string, { root }: Stage): string {
  const placed = line.replaceAll(/(?<=\s)\/(?=\w)/g, `${root}/`);
  // Only root can give files away.
  return process.getuid?.() === 0 ? placed : placed.replaceAll(/\bchown \S+/g, 'test -d');
}

function copy(
  words: readonly string[],
  stage: Stage,
  find: (path: string) => { path: string; accepts: (file: string) => boolean },
): void {
  const to = inStage(stage, words.at(-1)!);
  for (const word of words.slice(0, -1)) {
    const { path, accepts } = find(word);
    if (!accepts(path)) throw new Error(`.dockerignore keeps ${word} out.`);
    // Of a folder, COPY takes what is in it.
    const into = statSync(path).isDirectory() || !/(^\.|\/)$/.test(words.at(-1)!) ? to : join(to, basename(path));
    cpSync(path, into, { recursive: true, verbatimSymlinks: true, filter: accepts });
    // In an image it all belongs to root, and this process may be somebody else.
    if (process.getuid?.() === 0) chownSync(into, 0, 0);
  }
}

/** The files below a folder, as paths in it. Links are not followed. */
export function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
