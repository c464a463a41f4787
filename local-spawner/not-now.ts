/** Nothing was started, and asked again it may go: the server was away, or the session had gone to somebody else. */
export class NotNow extends Error {
  override name = 'NotNow'
}
