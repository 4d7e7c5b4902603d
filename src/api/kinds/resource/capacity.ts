/** How much of a device's capacity a request may take. */
import type { CapacityRequestPolicy, CapacityRequestPolicyRange, DeviceCapacity } from '../../../../schema/v1.37/types/resource-v1.ts';
import { formatQuantity, parseQuantity } from '../../quantity.ts';
import { type Findings, NOT_NEGATIVE } from '../common/findings.ts';
import { compareQuantities, nanoValue } from '../common/quantities.ts';
import { checkUnique } from './names.ts';

type Quantity = string | number;
const VALUES_LIMIT = 10;
const UNIT = 1_000_000_000n;
const MILLI = 1_000_000n;
const LARGEST = 2n ** 63n - 1n;
const larger = (left: Quantity, right: Quantity): boolean => compareQuantities(left, right) > 0;

function checkValues(findings: Findings, at: string, preset: Quantity, capacity: Quantity, values: Quantity[]): void {
  values.forEach((value, index) => {
    if (index > 0 && larger(values[index - 1] as Quantity, value)) findings.invalid(`${at}[${index}]`, String(value), 'values must be sorted in ascending order');
  });
  if (values.length > VALUES_LIMIT) findings.tooMany(at, values.length, VALUES_LIMIT);
  else {
    values.forEach((value, index) => { if (larger(value, capacity)) findings.invalid(`${at}[${index}]`, String(value), `option is larger than capacity value: ${capacity}`); });
    checkUnique(findings, at, values, (value) => String(nanoValue(value)));
  }
  if (values.length > VALUES_LIMIT || !values.some((value) => compareQuantities(value, preset) === 0)) findings.invalid(at, String(preset), 'default value is not valid according to the requestPolicy');
}

function checkBounds(findings: Findings, at: string, preset: Quantity, capacity: Quantity, { min, max }: CapacityRequestPolicyRange): void {
  if (larger(min, capacity)) findings.invalid(`${at}.min`, String(min), `min is larger than capacity value: ${capacity}`);
  if (larger(min, preset)) findings.invalid(`${at}.default`, String(preset), `default is less than min: ${min}`);
  if (max === undefined) return;
  if (larger(min, max)) findings.invalid(`${at}.max`, String(min), `min is larger than max: ${max}`);
  if (larger(max, capacity)) findings.invalid(`${at}.max`, String(max), `max is larger than capacity value: ${capacity}`);
  if (larger(preset, max)) findings.invalid(`${at}.default`, String(preset), `default is more than max: ${max}`);
}

/** Amounts that steps cannot be counted with: finer than a thousandth, or too large. */
function checkCountable(findings: Findings, at: string, amounts: [string, Quantity | undefined][], fine: boolean): boolean {
  const before = findings.list.length;
  for (const [name, amount] of amounts) {
    if (amount === undefined) continue;
    const value = nanoValue(amount);
    if (fine) {
      if (value % MILLI !== 0n) findings.invalid(`${at}.${name}`, String(amount), 'value cannot be represented as a milli value');
    } else if (value < 0n) findings.invalid(`${at}.${name}`, String(amount), NOT_NEGATIVE);
    else if (value > LARGEST * UNIT) findings.invalid(`${at}.${name}`, String(amount), `must not be larger than ${LARGEST}`);
  }
  return findings.list.length === before;
}

function checkRange(findings: Findings, at: string, preset: Quantity, capacity: Quantity, range: CapacityRequestPolicyRange): void {
  const { min, max, step } = range;
  if (min === undefined) return findings.required(`${at}.min`, 'required when validRange is defined');
  checkBounds(findings, at, preset, capacity, range);
  const amounts: [string, Quantity | undefined][] = [['default', preset], ['min', min], ['max', max], ['step', step]];
  const fine = amounts.some(([, amount]) => amount !== undefined && nanoValue(amount) % UNIT !== 0n);
  if (fine && !checkCountable(findings, at, amounts, true)) return;
  if (step === undefined) return;
  const one = nanoValue(step);
  if (one <= 0n) return findings.invalid(`${at}.step`, String(step), 'must be greater than zero');
  const first = formatQuantity({ nanos: nanoValue(min) + one, format: parseQuantity(min).format });
  if (larger(first, capacity)) findings.invalid(`${at}.step`, String(step), `one step ${first} is larger than capacity value: ${capacity}`);
  if (!fine && !checkCountable(findings, at, amounts, false)) return;
  for (const value of [preset, max]) {
    if (value !== undefined && (nanoValue(value) - nanoValue(min)) % one !== 0n) findings.invalid(`${at}.step`, String(value), `value is not a multiple of a given step (${step}) from (${min})`);
  }
}

function checkPolicy(findings: Findings, at: string, capacity: Quantity, { default: preset, validValues = [], validRange }: CapacityRequestPolicy): void {
  if (validValues.length > 0 && validRange) return findings.forbidden(at, 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time');
  if (validValues.length > 0) {
    if (preset == null) findings.required(`${at}.default`, 'required when validValues is defined');
    else checkValues(findings, `${at}.validValues`, preset, capacity, validValues);
  } else if (validRange) {
    if (preset == null) findings.required(`${at}.default`, 'required when validRange is defined');
    else checkRange(findings, `${at}.validRange`, preset, capacity, validRange);
  }
}

/** `shared`: the device may be allocated several times. */
export function checkCapacity(findings: Findings, at: string, { value, requestPolicy }: DeviceCapacity, shared: boolean): void {
  if (!requestPolicy) return;
  if (shared) checkPolicy(findings, `${at}.requestPolicy`, value, requestPolicy);
  else findings.forbidden(`${at}.requestPolicy`, 'allowMultipleAllocations must be true');
}
