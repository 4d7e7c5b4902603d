/** A thread that reads YAML for `yaml-text.ts`. */
import { parentPort } from 'node:worker_threads';
import { JsonSyntaxError } from '../../api/codec/json-text.ts';
import { parseYaml } from '../../api/codec/yaml.ts';

parentPort?.on('message', (text: string) => parentPort?.postMessage(answer(text)));

function answer(text: string): object {
  try {
    return { result: parseYaml(text) };
  } catch (error) {
    return error instanceof JsonSyntaxError ? { unreadable: error.message } : { failed: String((error as Error).stack) };
  }
}
