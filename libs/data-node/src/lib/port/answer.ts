/** What a port answers: at once when the data node lives in this process, later when it does not. */
export type Answer<T> = T | Promise<T>;

export function isLater<T>(answer: Answer<T>): answer is Promise<T> {
  return typeof answer === 'object' && answer !== null && 'then' in answer;
}
