export { default } from './own-labs-down.ts';
