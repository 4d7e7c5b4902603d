/** The types of the schema under one roof, so that the files beside this one need one import line each. */
export type * from '../../../../schema/v1.37/types/core-v1.ts';
export type { LabelSelector, ObjectMeta } from '../../../../schema/v1.37/types/meta-v1.ts';
