import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { policyErrors, type Policy } from './policy.ts';

/** Reads a policy file. Throws Error that names the file and what is wrong with it. */
export function readPolicyFile(path: string): Policy {
  const document = parse(readFileSync(path, 'utf8')) as { apiVersion?: string; kind?: string } & Policy | null;
  if (document?.kind !== 'Policy' || document.apiVersion !== 'audit.k8s.io/v1') throw new Error(`audit policy ${path}: this is no Policy of audit.k8s.io/v1`);
  const errors = policyErrors(document);
  if (errors.length > 0) throw new Error(`audit policy ${path}: ${errors.join('; ')}`);
  return document;
}
