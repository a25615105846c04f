/** What `load.ts` takes of the library, which comes without types. */
declare module 'autocannon' {
  const autocannon: (options: {
    url: string
    requests: { path: string; headers: Record<string, string> }[]
    connections: number
    /** In seconds. */
    duration: number
    /** For the connections of an https address. */
    tlsOptions?: { cert: string; key: string }
  }) => Promise<{ '2xx': number; non2xx: number; errors: number; duration: number }>
  export default autocannon
}
