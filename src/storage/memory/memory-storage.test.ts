import { storageConformance } from '../conformance.ts';
import { openMemoryStorage } from './memory-storage.ts';

storageConformance('memory', async () => ({ open: async () => openMemoryStorage() }));
