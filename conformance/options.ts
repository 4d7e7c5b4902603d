import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { KitError } from './commands.ts';

export const HELP = `conformance/run [OPTION...]: runs upstream's conformance tests against naru clusters of two nodes that it starts and ends

Which tests (all 462 by default; wishes narrow one another down):
  --focus RE, --skip RE     by expression over their names; may be repeated
  --sig NAME                of one interest group, such as network; may be repeated
  --names FILE              those named in the file, one a line; - is standard input
  --passing, --not-passing  those of passing.txt; those that are not
  --sample N [--seed S]     N of them by lot; the seed also orders the run
  --list                    print the names and do nothing else
How:
  --procs N                 tests side by side in a cluster (6)
  --clusters N              side by side, when the run is worth it (4): for [Serial] tests, for long ones, for the others; with one
                            cluster [Serial] tests run alone after the others
  --timeout MINUTES         of the whole run (120)
  --name NAME               of the cluster (conformance; NAME-2 and so on when there are more); one that --keep left is used
  --keep                    leave the clusters running
  --kubeconfig FILE         test another cluster, which must know the images (see README.md)
  --out DIR                 for report.txt, junit.xml, report.json, output.txt
  --update                  add what passed to passing.txt
  --build                   build the programs and images and do nothing else
  --ci [--minutes N]        all quick tests of passing.txt and as many of the others, by lot, as fit into N minutes (10);
                            skips everything when the programs are not built and cannot be in that time
`;

export interface Options {
  focus: RegExp[]; skip: RegExp[]; sigs: string[]; namesFile?: string; passing: boolean; notPassing: boolean; sample?: number; seed: number;
  list: boolean; procs: number; clusters: number; timeoutMinutes: number; name: string; keep: boolean; kubeconfig?: string; out?: string; update: boolean;
  build: boolean; ci: boolean; minutes: number; help: boolean;
}

export function readOptions(args: string[]): Options {
  const text = { type: 'string' } as const, several = { type: 'string', multiple: true } as const, flag = { type: 'boolean' } as const;
  let values;
  try {
    ({ values } = parseArgs({ args, options: {
      focus: several, skip: several, sig: several, names: text, passing: flag, 'not-passing': flag, sample: text, seed: text, list: flag, procs: text, clusters: text,
      timeout: text, name: text, keep: flag, kubeconfig: text, out: text, update: flag, build: flag, ci: flag, minutes: text, help: { type: 'boolean', short: 'h' },
    } }));
  } catch (error) {
    throw new KitError((error as Error).message);
  }
  const number = (name: string, value: string | undefined, otherwise: number): number => {
    if (value === undefined) return otherwise;
    if (!/^\d{1,9}$/.test(value)) throw new KitError(`--${name} wants a number, not ${value}`);
    return Number(value);
  };
  const expressions = (name: string, texts: string[] = []): RegExp[] => texts.map((source) => {
    try {
      return new RegExp(source);
    } catch (error) {
      throw new KitError(`--${name} ${source}: ${(error as Error).message}`);
    }
  });
  return {
    focus: expressions('focus', values.focus), skip: expressions('skip', values.skip), sigs: (values.sig ?? []).map((sig) => sig.replace(/^sig-/, '')),
    namesFile: values.names, passing: values.passing ?? false, notPassing: values['not-passing'] ?? false,
    sample: values.sample === undefined ? undefined : number('sample', values.sample, 0), seed: number('seed', values.seed, Date.now() % 1_000_000),
    list: values.list ?? false, procs: number('procs', values.procs, Math.max(6, availableParallelism())), clusters: number('clusters', values.clusters, 4),
    timeoutMinutes: number('timeout', values.timeout, 120),
    name: values.name ?? 'conformance', keep: values.keep ?? false, kubeconfig: values.kubeconfig, out: values.out, update: values.update ?? false,
    build: values.build ?? false, ci: values.ci ?? false, minutes: number('minutes', values.minutes, 10), help: values.help ?? false,
  };
}
