import type { ReactNode } from 'react'

/** Something the reader should know. A failure is read out at once. */
export const Notice = ({ failed = false, children }: { failed?: boolean; children: ReactNode }) => (
  <div className={failed ? 'notice failed' : 'notice'} role={failed ? 'alert' : 'status'}>
    {children}
  </div>
)

export const Loading = ({ what }: { what: string }) => (
  <p className="loading" role="status">
    <span className="spinner" aria-hidden="true" /> {what}
  </p>
)
