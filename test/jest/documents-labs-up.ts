// jest runs the set-up of a file once, for one of the projects that name it: so projects that run together name two.
export { default } from './own-labs-up.ts';
