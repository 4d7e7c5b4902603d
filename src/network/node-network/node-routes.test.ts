import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeBetween, desiredState } from './node-routes.ts';

const node = (nodeName: string, internalAddress: string, ...podCidrs: string[]) => ({ nodeName, internalAddress, podCidrs });

test('a node has routes to the others only, and speaks to all of their addresses', () => {
  const state = desiredState('n1', [node('n1', '10.0.0.1', '10.1.1.0/24'), node('n2', '10.0.0.2', '10.1.2.0/24', 'fd00::/64'), node('n3', '')]);
  assert.deepEqual([...state.routes], [['10.1.2.0/24', '10.0.0.2']]);
  assert.deepEqual([...state.addresses], ['10.0.0.1', '10.0.0.2']);
});

test('only what differs is changed', () => {
  const before = desiredState('n1', [node('n2', '10.0.0.2', '10.1.2.0/24'), node('n3', '10.0.0.3', '10.1.3.0/24')]);
  const after = desiredState('n1', [node('n2', '10.0.0.22', '10.1.2.0/24'), node('n4', '10.0.0.4', '10.1.4.0/24')]);
  assert.deepEqual(changeBetween(before, after), {
    replaceRoutes: [['10.1.2.0/24', '10.0.0.22'], ['10.1.4.0/24', '10.0.0.4']],
    deleteRoutes: ['10.1.3.0/24'],
    addAddresses: ['10.0.0.22', '10.0.0.4'],
    deleteAddresses: ['10.0.0.2', '10.0.0.3'],
  });
  assert.deepEqual(changeBetween(after, after), { replaceRoutes: [], deleteRoutes: [], addAddresses: [], deleteAddresses: [] });
});
