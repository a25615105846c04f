const icon = (d: string) => (
  <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">
    <path d={d} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" />
  </svg>
)

export const icons = {
  back: icon('M12 4.5 6.5 10l5.5 5.5'),
  clipboard: icon('M7.5 4H5.5v12.5h9V4h-2M7.5 2.8h5v2.6h-5zM8 9.5h4M8 12.5h4'),
  keys: icon('M2.5 5.5h15v9h-15zM5.5 8.5h.01M8.5 8.5h.01M11.5 8.5h.01M14.5 8.5h.01M6.5 11.7h7'),
  sound: icon('M3 8v4h3l4 3.5v-11L6 8zM13 7.5a3.5 3.5 0 0 1 0 5M15 5a7 7 0 0 1 0 10'),
  noSound: icon('M3 8v4h3l4 3.5v-11L6 8zM13 8l4 4M17 8l-4 4'),
  microphone: icon('M8 4.5a2 2 0 0 1 4 0v5a2 2 0 0 1-4 0zM5.5 9.5a4.5 4.5 0 0 0 9 0M10 14v3M7.5 17h5'),
  noMicrophone: icon('M8 4.5a2 2 0 0 1 4 0v5a2 2 0 0 1-4 0zM5.5 9.5a4.5 4.5 0 0 0 9 0M10 14v3M7.5 17h5M4 3l12 14'),
  share: icon(
    'M1.8 10s3-5.2 8.2-5.2 8.2 5.2 8.2 5.2-3 5.2-8.2 5.2S1.8 10 1.8 10zM10 7.6a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8z',
  ),
  monitors: icon('M1.5 4h9v7h-9zM10.5 7.5h8v6.5h-8M6 11v3M4 14h4M14.5 14v2.5M12.5 16.5h4'),
  pointer: icon('M10 2.5v15M2.5 10h15M8 4.5l2-2 2 2M8 15.5l2 2 2-2M4.5 8l-2 2 2 2M15.5 8l2 2-2 2'),
  size: icon('M3 7.5V3h4.5M17 12.5V17h-4.5M3.5 3.5l5 5M16.5 16.5l-5-5'),
  enterFullScreen: icon('M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4'),
  leaveFullScreen: icon('M7 3v4H3M17 7h-4V3M13 17v-4h4M3 13h4v4'),
}
