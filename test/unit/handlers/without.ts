/** A copy of an object that lacks some of its properties. */
export function without<T extends object, K extends keyof T & string>(object: T, ...keys: K[]): Omit<T, K> {
  const left = Object.entries(object).filter(([key]) => !keys.some((gone) => gone === key));
  return Object.fromEntries(left) as unknown as Omit<T, K>;
}
