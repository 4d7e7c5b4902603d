/** The library's findings in the words of the parser that upstream uses, and with its lines. */

export interface YamlFinding {
  code: string;
  message: string;
  /** Where it begins, from the start of the text. */
  offset: number;
}

type Words = [phrase: string, line: number];

const lineIndex = (text: string, offset: number): number => text.slice(0, offset).split('\n').length - 1;

/** Upstream's scanner counts lines from 1, its parser tells the line before; the first one goes without. */
const scanned = (phrase: string, index: number): Words => [phrase, index > 0 ? index + 1 : 0];

function flowEnd(text: string, { message, offset }: YamlFinding): Words {
  const rest = text.slice(0, offset + 1).trimEnd();
  const atEnd = text.slice(offset).trim().length <= 1;
  const whole = atEnd ? text.trimEnd() : rest;
  const index = atEnd ? lineIndex(text.trimEnd(), Infinity) + 1 : lineIndex(text, offset);
  if (/[[{,]$/.test(whole)) return ['did not find expected node content', index];
  return [`did not find expected ',' or '${message.includes('sequence') ? ']' : '}'}'`, index];
}

/** The second colon of what cannot hold two. */
function nestedKey(text: string, offset: number): Words {
  const found = text.slice(offset).search(/:(\s|$)/);
  if (found < 0) return ['did not find expected key', lineIndex(text, offset)];
  return scanned('mapping values are not allowed in this context', lineIndex(text, offset + found));
}

function words(text: string, finding: YamlFinding): Words | undefined {
  const { code, message, offset } = finding;
  const index = lineIndex(text, offset);
  if (/^Flow (sequence|map) /.test(message)) return flowEnd(text, finding);
  if (/^Missing closing/.test(message)) return scanned('found unexpected end of stream', lineIndex(text.trimEnd(), Infinity));
  if (/^Implicit map keys need/.test(message)) return ["could not find expected ':'", index + 2];
  if (/^Unexpected flow-/.test(message)) return ['did not find expected node content', index];
  if (/^Unexpected scalar at node end/.test(message)) return ["did not find expected '-' indicator", index];
  if (/^Block scalar header/.test(message)) return scanned('did not find expected comment or line break', index);
  if (/^Verbatim tags/.test(message)) return scanned("did not find the expected '>'", index);
  switch (code) {
    case 'BLOCK_AS_IMPLICIT_KEY': case 'MULTILINE_IMPLICIT_KEY': return nestedKey(text, offset);
    case 'BAD_SCALAR_START': case 'TAB_AS_INDENT': return scanned('found character that cannot start any token', index);
    case 'BAD_DQ_ESCAPE': return scanned('found unknown escape character', index);
    case 'BAD_ALIAS': return scanned('did not find expected alphabetic or numeric character', index);
    default: return undefined;
  }
}

export function yamlErrorText(text: string, finding: YamlFinding): string {
  const [phrase, line] = words(text, finding) ?? [finding.message.toLowerCase(), lineIndex(text, finding.offset) + 1];
  return line > 0 ? `yaml: line ${line}: ${phrase}` : `yaml: ${phrase}`;
}
