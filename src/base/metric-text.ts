/** One metric in Prometheus' text form: its name, type and samples. */
export interface Family { name: string; type: 'counter' | 'gauge' | 'histogram'; help: string; samples: string[] }

export function family(name: string, type: Family['type'], help: string, samples: string[]): Family {
  return { name, type, help, samples };
}

/** Families without samples are left out. */
export function familyText(families: Family[]): string {
  return families.filter(({ samples }) => samples.length > 0)
    .map(({ name, type, help, samples }) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.join('\n')}\n`).join('');
}
