/** Node's code of a failed system call or decoder, for example `EBUSY` or `ZSTD_error_checksum_wrong`. */
export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}
