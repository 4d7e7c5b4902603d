import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectorFault } from './device-scope.ts';

test('a selector speaks of one device, and is true or false or not known before it runs', () => {
  for (const expression of ["device.driver == 'd.example.com'", "device.attributes['d.example.com'].model", "device.capacity['d.example.com'].memory.compareTo(quantity('1Gi')) >= 0", 'device.allowMultipleAllocations']) assert.equal(selectorFault(expression), undefined);
  assert.deepEqual(selectorFault('5'), { kind: 'wrong', detail: 'must evaluate to bool or the unknown type, not int' });
  assert.match(selectorFault('object.name')?.detail ?? '', /^compilation failed: ERROR: <input>:1:1: undeclared reference to 'object'/);
  assert.match(selectorFault('')?.detail ?? '', /^compilation failed: ERROR: <input>:1:0: Syntax error: mismatched input '<EOF>'/);
});

test('a selector that may take too long is refused', () => {
  const loop = 'device.attributes.all(a, device.attributes.all(b, device.attributes.all(c, device.attributes.all(d, device.attributes.all(e, a == b && c == d && e == a)))))';
  assert.deepEqual(selectorFault(loop), { kind: 'costly', detail: 'too complex, exceeds cost limit' });
});
