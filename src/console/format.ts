/** Moments and lengths of time as a person says them. Times are UTC inside; `timeZone` is the reader's unless given. */

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** `45 s`, `5 min`, `2 h 5 min`, `3 days`. */
export const duration = (ms: number): string => {
  const whole = Math.max(0, ms)
  if (whole < minute) return `${Math.floor(whole / 1000)} s`
  if (whole < hour) return `${Math.floor(whole / minute)} min`
  if (whole < 2 * day) {
    const minutes = Math.floor((whole % hour) / minute)
    return `${Math.floor(whole / hour)} h${minutes > 0 ? ` ${minutes} min` : ''}`
  }
  return `${Math.floor(whole / day)} days`
}

/** `at 18:30`, `tomorrow at 06:30`, `on Fri 28 Nov at 18:30`: the shortest form that cannot be taken for another day. */
export const moment = (at: Date, now: Date, timeZone?: string): string => {
  const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }).format(at)
  const away = calendarDay(at, timeZone) - calendarDay(now, timeZone)
  if (away === 0) return `at ${clock}`
  if (away === 1) return `tomorrow at ${clock}`
  if (away === -1) return `yesterday at ${clock}`
  const date = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', timeZone })
  return `on ${date.format(at).replace(',', '')} at ${clock}`
}

/** Days since 1970 on the reader's calendar, so that a day of 23 or 25 hours counts as one. */
const calendarDay = (at: Date, timeZone?: string): number => {
  const parts = new Intl.DateTimeFormat('en-GB', { year: 'numeric', month: 'numeric', day: 'numeric', timeZone })
    .formatToParts(at)
    .map(({ type, value }): [string, number] => [type, Number(value)])
  const { year = 1970, month = 1, day: date = 1 } = Object.fromEntries(parts)
  return Date.UTC(year, month - 1, date) / day
}
