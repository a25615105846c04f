/** The saw-tooth roof of an artist's workshop: windows to the north. */
export const Logo = () => (
  <svg className="logo" viewBox="0 0 28 24" width="28" height="24" aria-hidden="true" focusable="false">
    <path d="M2 21V9l10-6v6l10-6h4v18z" fill="currentColor" />
    <path d="M6.5 21v-7h5v7zm10 0v-7h5v7z" fill="var(--ground)" />
  </svg>
)
