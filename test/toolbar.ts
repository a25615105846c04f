/** The toolbar of a viewer, which waits out of sight until it is called. */
import type { Locator, Page } from 'playwright-core'

/** A button of it, in sight. The handle is pressed by a key: it slides away under a pointer that goes there, and a click may miss it. */
export const toolOf = async (page: Page, name: string): Promise<Locator> => {
  const handle = page.getByTestId('toolbar-toggle')
  if ((await handle.getAttribute('aria-expanded')) !== 'true') {
    await handle.press('Enter')
    await page.locator('[data-testid=toolbar-toggle][aria-expanded=true]').waitFor()
  }
  return page.getByTestId(name)
}
