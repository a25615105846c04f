/** What the program of this benchmark uses of the package, beside what `src/streamer/x11.d.ts` says. */
declare module 'x11' {
  interface WindowValues {
    backgroundPixmap?: number
  }

  interface XClient {
    RaiseWindow(window: number): void
    MoveWindow(window: number, x: number, y: number): void
    CreateGC(
      id: number,
      drawable: number,
      values: { foreground?: number; background?: number; font?: number; graphicsExposures?: boolean },
    ): void
    OpenFont(id: number, name: string): void
    PolyFillRectangle(drawable: number, gc: number, rectangles: readonly number[]): void
    PolyText8(drawable: number, gc: number, x: number, y: number, text: readonly string[]): void
    GetImage(
      format: number,
      drawable: number,
      x: number,
      y: number,
      width: number,
      height: number,
      planes: number,
      callback: Callback<{ data: Buffer }>,
    ): void
    GrabKeyboard(
      window: number,
      ownerEvents: number,
      time: number,
      pointerMode: number,
      keyboardMode: number,
      callback: Callback<number>,
    ): void
    GetInputFocus(callback: Callback<unknown>): void
  }
}
